//! burn's layers, built from named weights.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, LayerNorm, LayerNormConfig, PaddingConfig2d};
use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

use super::kernels::Kernels;
use crate::error::Result;
use crate::weights::Scope;

/// Channels of a picture.
pub(super) const RGB: usize = 3;

/// Checks the sizes of a network that halves its map from level to level, and says what is wrong with them.
///
/// `widths` are those of the levels, the finest first, at least one.
pub(super) fn check_levels(
    sample_size: usize,
    patch_size: usize,
    widths: &[usize],
    groups: usize,
) -> std::result::Result<(), &'static str> {
    let divisor = patch_size.checked_shl(widths.len() as u32 - 1).unwrap_or(0);
    if divisor == 0 || sample_size > 4096 || !sample_size.is_multiple_of(divisor) {
        return Err("`sample_size` must be divisible by the patch at every level");
    }
    if groups == 0 || widths.iter().any(|width| *width == 0 || !width.is_multiple_of(groups)) {
        return Err("every width must be divisible by `norm_num_groups`");
    }
    Ok(())
}

/// Size and stride of a convolution's kernel; padding keeps the size where the stride is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvKind {
    /// 1×1.
    Pointwise,
    /// 3×3.
    Same,
    /// 3×3 at every second position.
    Halving,
}

impl ConvKind {
    /// Height and width of the kernel.
    pub(super) fn size(self) -> usize {
        if self == Self::Pointwise { 1 } else { 3 }
    }

    /// Distance of the positions that it is computed at.
    pub(super) fn stride(self) -> usize {
        if self == Self::Halving { 2 } else { 1 }
    }
}

/// A linear layer with a bias.
#[derive(Debug)]
pub struct Linear<B: Kernels> {
    weight: Tensor<B, 2>,
    bias: Tensor<B, 1>,
}

impl<B: Kernels> Linear<B> {
    /// Over the last dimension, one product for all others together.
    ///
    /// # Shapes
    /// `input`: `[…, input]`; returns `[…, output]`
    pub fn forward<const D: usize>(&self, input: Tensor<B, D>) -> Tensor<B, D> {
        let mut shape = input.dims();
        let rows = shape[..D - 1].iter().product();
        let input = input.reshape([rows, shape[D - 1]]);
        let [output] = self.bias.dims();
        shape[D - 1] = output;
        B::apply_linear(input, self.weight.clone(), self.bias.clone()).reshape(shape)
    }
}

/// A linear layer; the stored weight is `[output, input]`, PyTorch's order.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn linear<B: Kernels>(scope: &Scope<'_, B>, input: usize, output: usize) -> Result<Linear<B>> {
    let weight = B::arrange_linear(scope.at("weight").tensor([output, input])?.transpose());
    Ok(Linear { weight, bias: scope.at("bias").tensor([output])? })
}

/// A convolution with a bias.
#[derive(Debug)]
pub struct Conv<B: Kernels> {
    weight: Tensor<B, 4>,
    bias: Tensor<B, 1>,
    kind: ConvKind,
}

impl<B: Kernels> Conv<B> {
    /// # Shapes
    /// - `input`: `[batch, input, height, width]`
    /// - returns: `[batch, output, height, width]`, half as high and wide where the kind says so
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        B::convolve(input, self.weight.clone(), self.bias.clone(), self.kind)
    }
}

/// A convolution with a bias.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn conv2d<B: Kernels>(scope: &Scope<'_, B>, input: usize, output: usize, kind: ConvKind) -> Result<Conv<B>> {
    let weight = B::arrange_conv(scope.at("weight").tensor([output, input, kind.size(), kind.size()])?);
    Ok(Conv { weight, bias: scope.at("bias").tensor([output])?, kind })
}

/// A convolution with a bias and TensorFlow's SAME padding: the output is the input's size divided by `stride`, and where the
/// padding is odd the last row and column get more of it. For inputs whose size `stride` divides; kernels are square and odd.
///
/// `channels` are those of input and output; a depthwise convolution has as many `groups`.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn same_conv2d<B: Kernels>(
    scope: &Scope<'_, B>,
    channels: [usize; 2],
    kernel: usize,
    stride: usize,
    groups: usize,
) -> Result<Conv2d<B>> {
    let [input, output] = channels;
    let weight = scope.at("weight").tensor([output, input / groups, kernel, kernel])?;
    let bias = scope.at("bias").tensor([output])?;
    let total = kernel.saturating_sub(stride);
    let (before, after) = (total / 2, total - total / 2);
    let mut layer = Conv2dConfig::new(channels, [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(before, before, after, after))
        .with_groups(groups)
        .init(scope.device());
    layer.weight = Param::from_tensor(weight);
    layer.bias = Some(Param::from_tensor(bias));
    Ok(layer)
}

/// Group normalisation, ε = 1e-5.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn group_norm<B: Kernels>(scope: &Scope<'_, B>, groups: usize, channels: usize) -> Result<GroupNorm<B>> {
    Ok(GroupNorm {
        gamma: Some(Param::from_tensor(scope.at("weight").tensor([channels])?)),
        beta: Some(Param::from_tensor(scope.at("bias").tensor([channels])?)),
        num_groups: groups,
        num_channels: channels,
        epsilon: 1e-5,
        affine: true,
    })
}

/// Layer normalisation over the last dimension.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn layer_norm<B: Kernels>(scope: &Scope<'_, B>, channels: usize, epsilon: f64) -> Result<LayerNorm<B>> {
    let mut layer = LayerNormConfig::new(channels).with_epsilon(epsilon).init(scope.device());
    layer.gamma = Param::from_tensor(scope.at("weight").tensor([channels])?);
    layer.beta = Some(Param::from_tensor(scope.at("bias").tensor([channels])?));
    Ok(layer)
}

/// Nearest-neighbour enlargement by two: `[batch, channels, height, width]` to `[batch, channels, 2 height, 2 width]`.
#[must_use]
pub fn double<B: Kernels>(sample: Tensor<B, 4>) -> Tensor<B, 4> {
    let [_, _, height, width] = sample.dims();
    interpolate(sample, [2 * height, 2 * width], InterpolateOptions::new(InterpolateMode::Nearest))
}
