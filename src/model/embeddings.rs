//! Embeddings of timesteps and of global conditions.

use burn::tensor::Tensor;

use super::kernels::Kernels;
use super::layers::{Linear, linear};
use crate::error::Result;
use crate::weights::Scope;

/// Sinusoidal embedding of a timestep, cosines first; DDPM, <https://arxiv.org/abs/2006.11239>, after
/// Vaswani et al. 2017, section 3.5. Returns `channels` values.
#[must_use]
pub fn timestep_embedding(timestep: usize, channels: usize) -> Vec<f32> {
    let half = channels / 2;
    let angle = |index: usize| timestep as f64 * (-(10_000f64.ln()) * index as f64 / half as f64).exp();
    let cosines = (0..half).map(|index| angle(index).cos() as f32);
    cosines.chain((0..half).map(|index| angle(index).sin() as f32)).collect()
}

/// Linear – SiLU – Linear. Projects the timestep and each global condition.
#[derive(Debug)]
pub struct TimestepEmbedding<B: Kernels> {
    linear_1: Linear<B>,
    linear_2: Linear<B>,
}

impl<B: Kernels> TimestepEmbedding<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, channels: usize, time_embed_dim: usize) -> Result<Self> {
        Ok(Self {
            linear_1: linear(&scope.at("linear_1"), channels, time_embed_dim)?,
            linear_2: linear(&scope.at("linear_2"), time_embed_dim, time_embed_dim)?,
        })
    }

    /// # Shapes
    /// - `sample`: `[batch, channels]`
    /// - returns: `[batch, time_embed_dim]`
    pub fn forward(&self, sample: Tensor<B, 2>) -> Tensor<B, 2> {
        self.linear_2.forward(B::silu(self.linear_1.forward(sample)))
    }
}
