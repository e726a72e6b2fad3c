//! Composer in a browser tab: takes pictures apart into representations and puts pictures together from any mix of
//! them, with diffusion models that run on the visitor's own machine. After Huang et al. 2023,
//! <https://arxiv.org/abs/2302.09778>.
//!
//! Each module imports only those before it: [`error`], then [`image`] and [`tensor`], then [`conditions`], [`measures`],
//! [`model`], [`weights`], [`diffusion`] and [`expression`], then [`pipeline`], then [`recipe`], then [`tasks`],
//! [`engine`] and [`self_test`], then what JavaScript or the command line sees.

pub mod backend;
pub mod conditions;
pub mod diffusion;
pub mod engine;
pub mod error;
pub mod expression;
pub mod image;
pub mod measures;
pub mod model;
pub mod pipeline;
pub mod recipe;
pub mod self_test;
pub mod tasks;
pub mod tensor;
#[cfg(target_arch = "wasm32")]
pub mod web;
pub mod weights;

pub use error::{Error, Result};
