//! What a U-Net consists of between its first and its last convolution.

use burn::tensor::Tensor;

use super::{Encoded, UNetConfig};
use crate::error::Result;
use crate::model::attention::Attention;
use crate::model::kernels::Kernels;
use crate::model::layers::{Conv, ConvKind, Linear, RGB, conv2d, linear};
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

/// The picture that the global conditions let one expect, as fine as the finest level, and the stem that takes it in where nothing
/// local is given, or only a part of a picture.
#[derive(Debug)]
pub struct Layout<B: Kernels> {
    linear_1: Linear<B>,
    linear_2: Linear<B>,
    linear_3: Linear<B>,
    stem: Stem<B>,
    side: usize,
}

impl<B: Kernels> Layout<B> {
    /// `scope` is the whole U-Net's: the stem stands beside those of the local conditions.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, config: &UNetConfig) -> Result<Self> {
        let (layout, dim, side) = (scope.at("layout"), config.layout_dim, config.side());
        let given = config.token_dim + config.semantics_dim + config.palette_dim;
        Ok(Self {
            linear_1: linear(&layout.at("linear_1"), given, dim)?,
            linear_2: linear(&layout.at("linear_2"), dim, dim)?,
            linear_3: linear(&layout.at("linear_3"), dim, RGB * side * side)?,
            stem: Stem::load(&scope.at("stems").at("layout"), RGB, config.stem_channels)?,
            side,
        })
    }

    /// # Shapes
    /// - `globals`: sentence, semantics and the palette's roots, unit vectors `[batch, dim]`, each times its weight
    /// - `before`: what stands before it, `[batch, 4, side, side]`: colour times cover, and cover
    /// - returns: `[batch, stem_channels, side, side]`
    pub fn forward(&self, globals: [Tensor<B, 2>; 3], before: Option<Tensor<B, 4>>) -> Tensor<B, 4> {
        let given = globals.map(|global| {
            let root = (global.dims()[1] as f64).sqrt();
            global * root
        });
        let hidden = B::silu(self.linear_1.forward(Tensor::cat(given.to_vec(), 1)));
        let hidden = hidden.clone() + B::silu(self.linear_2.forward(hidden));
        let picture = self.linear_3.forward(hidden); // [batch, 3 · side²]
        let batch = picture.dims()[0];
        let mut picture = picture.reshape([batch, RGB, self.side, self.side]);
        if let Some(before) = before {
            let (color, cover) = (before.clone().narrow(1, 0, RGB), before.narrow(1, RGB, 1));
            picture = picture.clone() - picture * cover + color;
        }
        self.stem.forward(picture)
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
