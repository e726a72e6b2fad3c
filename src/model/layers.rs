//! burn's layers, built from named weights.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, LayerNorm, LayerNormConfig, Linear, PaddingConfig2d};
use burn::tensor::Tensor;
use burn::tensor::module::{conv2d as convolve, interpolate};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions};

use super::kernels::Kernels;
use crate::error::Result;
use crate::weights::Scope;

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

/// A linear layer; the stored weight is `[output, input]`, PyTorch's order.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn linear<B: Kernels>(scope: &Scope<'_, B>, input: usize, output: usize) -> Result<Linear<B>> {
    let weight = B::arrange_linear(scope.at("weight").tensor([output, input])?.transpose());
    let bias = scope.at("bias").tensor([output])?;
    Ok(Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) })
}

/// A linear layer over the last dimension. One product for the whole batch: with a product for each sample, the CPU would arrange
/// the weight anew for each.
///
/// # Shapes
/// `input`: `[batch, rows, input]`; returns `[batch, rows, output]`
pub(super) fn apply<B: Kernels>(layer: &Linear<B>, input: Tensor<B, 3>) -> Tensor<B, 3> {
    let [batch, rows, channels] = input.dims();
    let output = layer.forward(input.reshape([batch * rows, channels]));
    let channels = output.dims()[1];
    output.reshape([batch, rows, channels])
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
        let (weight, bias) = (self.weight.clone(), self.bias.clone());
        let (stride, padding) = match self.kind {
            ConvKind::Same => return B::conv3x3(input, weight, bias),
            ConvKind::Pointwise => (1, 0),
            ConvKind::Halving => (2, 1),
        };
        convolve(input, weight, Some(bias), ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1))
    }
}

/// A convolution with a bias.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn conv2d<B: Kernels>(scope: &Scope<'_, B>, input: usize, output: usize, kind: ConvKind) -> Result<Conv<B>> {
    let size = if kind == ConvKind::Pointwise { 1 } else { 3 };
    let weight = scope.at("weight").tensor([output, input, size, size])?;
    let weight = if kind == ConvKind::Same { B::arrange_conv3x3(weight) } else { weight };
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

/// Nearest-neighbour enlargement by two.
pub(super) fn double<B: Kernels>(sample: Tensor<B, 4>) -> Tensor<B, 4> {
    let [_, _, height, width] = sample.dims();
    interpolate(sample, [2 * height, 2 * width], InterpolateOptions::new(InterpolateMode::Nearest))
}
