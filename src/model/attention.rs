//! Attention of a feature map over itself and the context tokens at once; GLIDE,
//! <https://arxiv.org/abs/2112.10741>, section 2.

use burn::nn::GroupNorm;
use burn::tensor::{Tensor, activation::softmax};

use super::kernels::Kernels;
use super::layers::{Linear, group_norm, linear};
use crate::error::Result;
use crate::weights::Scope;

/// Multi-head attention with a residual connection.
#[derive(Debug)]
pub struct Attention<B: Kernels> {
    group_norm: GroupNorm<B>,
    to_q: Linear<B>,
    to_k: Linear<B>,
    to_v: Linear<B>,
    add_k_proj: Linear<B>,
    add_v_proj: Linear<B>,
    to_out: Linear<B>,
    head_dim: usize,
}

impl<B: Kernels> Attention<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(
        scope: &Scope<'_, B>,
        channels: usize,
        context_dim: usize,
        head_dim: usize,
        groups: usize,
    ) -> Result<Self> {
        Ok(Self {
            group_norm: group_norm(&scope.at("group_norm"), groups, channels)?,
            to_q: linear(&scope.at("to_q"), channels, channels)?,
            to_k: linear(&scope.at("to_k"), channels, channels)?,
            to_v: linear(&scope.at("to_v"), channels, channels)?,
            add_k_proj: linear(&scope.at("add_k_proj"), context_dim, channels)?,
            add_v_proj: linear(&scope.at("add_v_proj"), context_dim, channels)?,
            to_out: linear(&scope.at("to_out"), channels, channels)?,
            head_dim,
        })
    }

    /// # Shapes
    /// - `sample`: `[batch, channels, height, width]`
    /// - `context`: `[batch, tokens, context_dim]`
    /// - `context_bias`: `[batch, tokens]`, 0 where a token counts, -10⁴ where it is padding
    /// - returns: the shape of `sample`
    pub fn forward(&self, sample: Tensor<B, 4>, context: Tensor<B, 3>, context_bias: Tensor<B, 2>) -> Tensor<B, 4> {
        let [batch, channels, height, width] = sample.dims();
        let pixels = height * width;
        let hidden = self.group_norm.forward(sample.clone());
        let hidden = hidden.reshape([batch, channels, pixels]).swap_dims(1, 2); // [batch, pixels, channels]

        let query = self.to_q.forward(hidden.clone());
        let key = Tensor::cat(vec![self.to_k.forward(hidden.clone()), self.add_k_proj.forward(context.clone())], 1);
        let value = Tensor::cat(vec![self.to_v.forward(hidden), self.add_v_proj.forward(context)], 1);
        let bias = Tensor::cat(vec![Tensor::zeros([batch, pixels], &context_bias.device()), context_bias], 1);

        let hidden = attend(query, key, value, bias.unsqueeze_dims::<4>(&[1, 1]), self.head_dim);
        let hidden = self.to_out.forward(hidden).swap_dims(1, 2).reshape([batch, channels, height, width]);
        sample + hidden
    }
}

/// Scaled dot-product attention, softmax(QKᵀ/√d + bias) V, over heads of width `head_dim`.
///
/// # Shapes
/// - `query`: `[batch, queries, channels]`; `key`, `value`: `[batch, keys, channels]`
/// - `bias`: `[batch, 1, queries or 1, keys]`
/// - returns: the shape of `query`
pub(super) fn attend<B: Kernels>(
    query: Tensor<B, 3>,
    key: Tensor<B, 3>,
    value: Tensor<B, 3>,
    bias: Tensor<B, 4>,
    head_dim: usize,
) -> Tensor<B, 3> {
    let [batch, queries, channels] = query.dims();
    let split = |tensor: Tensor<B, 3>| {
        let tokens = tensor.dims()[1];
        tensor.reshape([batch, tokens, channels / head_dim, head_dim]).swap_dims(1, 2)
    };
    let scale = 1.0 / (head_dim as f64).sqrt();
    let scores = split(query).mul_scalar(scale).matmul(split(key).swap_dims(2, 3)) + bias;
    softmax(scores, 3).matmul(split(value)).swap_dims(1, 2).reshape([batch, queries, channels])
}
