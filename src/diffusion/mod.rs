//! Diffusion arithmetic: noise schedule, samplers, inversion, guidance, noise. No network, no device: plain `f32`
//! vectors on the CPU.
//!
//! Vectors of pixels are tiny beside the networks, so this costs nothing, and a sampler gives the same bits on every
//! backend. Coefficients are `f64`.

mod ddim;
mod dpm_solver;
mod guidance;
mod interpolation;
mod inversion;
#[cfg(test)]
mod mixture;
mod noise;
mod schedule;
mod scheduler;
mod unipc;

pub use guidance::{between_conditions, classifier_free};
pub use interpolation::{lerp, slerp, slerp_with_length};
pub use inversion::Inversion;
pub use noise::{gaussian, philox4x32_10};
pub use schedule::{NoiseSchedule, trailing_timesteps};
pub use scheduler::{Prediction, SamplerKind, Scheduler};
