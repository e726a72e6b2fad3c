//! What the networks compute on the CPU: one pass over memory where a chain of tensor operations takes several, and SIMD for what is
//! computed number by number. It knows slices and no tensors.
//!
//! A crate by itself because optimisation is chosen crate by crate: the browser build is optimised for size, in which SIMD ends up in
//! a function call for each instruction, ten times slower.

mod activations;
mod convolution;
mod lanes;
mod linear;
mod norm;
mod parallel;
mod products;

pub use activations::{gelu_erf, gelu_tanh, silu};
pub use convolution::{Convolution, arrange_convolution};
pub use linear::{arrange_linear, linear};
pub use norm::{GroupNorm, norm_silu};
