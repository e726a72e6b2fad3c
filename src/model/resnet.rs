//! Residual block, where asked for with scale-shift timestep conditioning as in guided-diffusion,
//! <https://arxiv.org/abs/2105.05233>, appendix A.

use burn::nn::GroupNorm;
use burn::tensor::Tensor;

use super::kernels::Kernels;
use super::layers::{Conv, ConvKind, Linear, conv2d, group_norm, linear};
use crate::error::Result;
use crate::weights::Scope;

/// Two convolutions beside a shortcut.
#[derive(Debug)]
pub struct ResnetBlock<B: Kernels> {
    norm1: GroupNorm<B>,
    conv1: Conv<B>,
    time_emb_proj: Option<Linear<B>>,
    norm2: GroupNorm<B>,
    conv2: Conv<B>,
    conv_shortcut: Option<Conv<B>>,
}

impl<B: Kernels> ResnetBlock<B> {
    /// Takes its tensors from `scope`; without `time_embed_dim` the block does not know the time.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(
        scope: &Scope<'_, B>,
        in_channels: usize,
        out_channels: usize,
        time_embed_dim: Option<usize>,
        groups: usize,
    ) -> Result<Self> {
        let shortcut = || conv2d(&scope.at("conv_shortcut"), in_channels, out_channels, ConvKind::Pointwise);
        let time_emb_proj = |dim| linear(&scope.at("time_emb_proj"), dim, 2 * out_channels);
        Ok(Self {
            norm1: group_norm(&scope.at("norm1"), groups, in_channels)?,
            conv1: conv2d(&scope.at("conv1"), in_channels, out_channels, ConvKind::Same)?,
            time_emb_proj: time_embed_dim.map(time_emb_proj).transpose()?,
            norm2: group_norm(&scope.at("norm2"), groups, out_channels)?,
            conv2: conv2d(&scope.at("conv2"), out_channels, out_channels, ConvKind::Same)?,
            conv_shortcut: (in_channels != out_channels).then(shortcut).transpose()?,
        })
    }

    /// # Shapes
    /// - `sample`: `[batch, in_channels, height, width]`
    /// - `temb`: `[batch, time_embed_dim]`, SiLU already applied (every block needs the same); for a block that knows the time
    /// - returns: `[batch, out_channels, height, width]`
    ///
    /// # Panics
    /// If a block that knows the time gets none, or the other way round.
    pub fn forward(&self, sample: Tensor<B, 4>, temb: Option<Tensor<B, 2>>) -> Tensor<B, 4> {
        let hidden = self.conv1.forward(B::norm_silu(sample.clone(), &self.norm1, None));
        assert_eq!(
            self.time_emb_proj.is_some(),
            temb.is_some(),
            "whether a block knows the time is decided as it loads"
        );
        let scale_shift = self.time_emb_proj.as_ref().zip(temb).map(|(project, temb)| project.forward(temb));
        let hidden = self.conv2.forward(B::norm_silu(hidden, &self.norm2, scale_shift));
        match &self.conv_shortcut {
            Some(shortcut) => shortcut.forward(sample) + hidden,
            None => sample + hidden,
        }
    }
}
