//! What a U-Net consists of between its first and its last convolution.

use burn::tensor::Tensor;

use super::{Encoded, UNetConfig};
use crate::error::Result;
use crate::model::attention::Attention;
use crate::model::kernels::Kernels;
use crate::model::layers::{Conv, ConvKind, Linear, conv2d, linear};
use crate::model::resnet::ResnetBlock;
use crate::weights::Scope;

/// One local condition to the common width.
#[derive(Debug)]
pub struct Stem<B: Kernels> {
    conv_1: Conv<B>,
    conv_2: Conv<B>,
}

impl<B: Kernels> Stem<B> {
    /// Takes its tensors from `scope`; `channels` are those after the patches were folded into them.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, channels: usize, width: usize) -> Result<Self> {
        Ok(Self {
            conv_1: conv2d(&scope.at("conv_1"), channels, width, ConvKind::Same)?,
            conv_2: conv2d(&scope.at("conv_2"), width, width, ConvKind::Same)?,
        })
    }

    /// # Shapes
    /// - `condition`: `[batch, channels, height, width]`
    /// - returns: `[batch, stem_channels, height, width]`
    pub fn forward(&self, condition: Tensor<B, 4>) -> Tensor<B, 4> {
        self.conv_2.forward(B::silu(self.conv_1.forward(condition)))
    }
}

/// Semantics and time as a map over the coarsest level; everything else here is the same at every position.
#[derive(Debug)]
pub(super) struct Layout<B: Kernels> {
    linear: Linear<B>,
    conv: Conv<B>,
    side: usize,
}

impl<B: Kernels> Layout<B> {
    pub(super) fn load(scope: &Scope<'_, B>, width: usize, config: &UNetConfig) -> Result<Self> {
        let (channels, side) = (config.layout_channels, config.coarsest_side());
        Ok(Self {
            linear: linear(&scope.at("linear"), config.time_embed_dim + config.semantics_dim, channels * side * side)?,
            conv: conv2d(&scope.at("conv"), channels, width, ConvKind::Pointwise)?,
            side,
        })
    }

    /// # Shapes
    /// - `temb`: `[batch, time_embed_dim]`, SiLU already applied
    /// - `semantics`: `[batch, semantics_dim]`, unit vectors
    /// - returns: `[batch, width, side, side]`
    pub(super) fn forward(&self, temb: Tensor<B, 2>, semantics: Tensor<B, 2>) -> Tensor<B, 4> {
        let root = (semantics.dims()[1] as f64).sqrt();
        let map = self.linear.forward(Tensor::cat(vec![temb, semantics * root], 1)); // [batch, channels · side²]
        let [batch, values] = map.dims();
        let map = map.reshape([batch, values / (self.side * self.side), self.side, self.side]);
        self.conv.forward(B::silu(map))
    }
}

/// A run of residual blocks, each followed by attention where the level has it, then a change of resolution.
#[derive(Debug)]
pub(super) struct Block<B: Kernels> {
    pub(super) resnets: Vec<ResnetBlock<B>>,
    pub(super) attentions: Vec<Attention<B>>,
    pub(super) downsampler: Option<Conv<B>>,
    pub(super) upsampler: Option<Conv<B>>,
}

/// What of a block differs from level to level.
pub(super) struct BlockShape {
    pub(super) in_channels: usize,
    pub(super) out_channels: usize,
    pub(super) layers: usize,
    pub(super) attention: bool,
    pub(super) downsample_to: Option<usize>,
    pub(super) upsample_to: Option<usize>,
}

impl<B: Kernels> Block<B> {
    pub(super) fn load(scope: &Scope<'_, B>, shape: &BlockShape, config: &UNetConfig) -> Result<Self> {
        let (width, groups) = (shape.out_channels, config.norm_num_groups);
        let resnet = |index| {
            let scope = scope.at("resnets").at(index);
            ResnetBlock::load(&scope, shape.in_channels, width, Some(config.time_embed_dim), groups)
        };
        let attention = |index| {
            let scope = scope.at("attentions").at(index);
            Attention::load(&scope, width, config.context_dim, config.attention_head_dim, groups)
        };
        let attentions = if shape.attention { shape.layers } else { 0 };
        let downsampler = shape.downsample_to.map(|to| conv2d(&scope.at("downsampler"), width, to, ConvKind::Halving));
        let upsampler = shape.upsample_to.map(|to| conv2d(&scope.at("upsampler"), width, to, ConvKind::Same));
        Ok(Self {
            resnets: (0..shape.layers).map(resnet).collect::<Result<_>>()?,
            attentions: (0..attentions).map(attention).collect::<Result<_>>()?,
            downsampler: downsampler.transpose()?,
            upsampler: upsampler.transpose()?,
        })
    }

    pub(super) fn layer(
        &self,
        index: usize,
        sample: Tensor<B, 4>,
        temb: &Tensor<B, 2>,
        encoded: &Encoded<B>,
    ) -> Tensor<B, 4> {
        let sample = self.resnets[index].forward(sample, Some(temb.clone()));
        match self.attentions.get(index) {
            Some(attention) => attention.forward(sample, encoded.context.clone(), encoded.context_bias.clone()),
            None => sample,
        }
    }
}
