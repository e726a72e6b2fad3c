//! burn's layers, built from named weights.

use burn::module::Param;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, LayerNorm, LayerNormConfig, Linear, PaddingConfig2d};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, backend::Backend};

use crate::error::Result;
use crate::weights::Scope;

/// Size and stride of a convolution's kernel; padding keeps the size where the stride is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conv {
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
pub fn linear<B: Backend>(scope: &Scope<'_, B>, input: usize, output: usize) -> Result<Linear<B>> {
    let weight = scope.at("weight").tensor([output, input])?.transpose();
    let bias = scope.at("bias").tensor([output])?;
    Ok(Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) })
}

/// A convolution with a bias.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn conv2d<B: Backend>(scope: &Scope<'_, B>, input: usize, output: usize, kind: Conv) -> Result<Conv2d<B>> {
    let (kernel, stride) = match kind {
        Conv::Pointwise => (1, 1),
        Conv::Same => (3, 1),
        Conv::Halving => (3, 2),
    };
    let weight = scope.at("weight").tensor([output, input, kernel, kernel])?;
    let bias = scope.at("bias").tensor([output])?;
    // `init` is lazy: the parameters that it would draw are never made.
    let mut layer = Conv2dConfig::new([input, output], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(kernel / 2, kernel / 2, kernel / 2, kernel / 2))
        .init(scope.device());
    layer.weight = Param::from_tensor(weight);
    layer.bias = Some(Param::from_tensor(bias));
    Ok(layer)
}

/// A convolution with a bias and TensorFlow's SAME padding: the output is the input's size divided by `stride`, and where the
/// padding is odd the last row and column get more of it. For inputs whose size `stride` divides; kernels are square and odd.
///
/// `channels` are those of input and output; a depthwise convolution has as many `groups`.
///
/// # Errors
/// Where a tensor is missing or has another shape.
pub fn same_conv2d<B: Backend>(
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
pub fn group_norm<B: Backend>(scope: &Scope<'_, B>, groups: usize, channels: usize) -> Result<GroupNorm<B>> {
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
pub fn layer_norm<B: Backend>(scope: &Scope<'_, B>, channels: usize, epsilon: f64) -> Result<LayerNorm<B>> {
    let mut layer = LayerNormConfig::new(channels).with_epsilon(epsilon).init(scope.device());
    layer.gamma = Param::from_tensor(scope.at("weight").tensor([channels])?);
    layer.beta = Some(Param::from_tensor(scope.at("bias").tensor([channels])?));
    Ok(layer)
}

/// Nearest-neighbour enlargement by two.
pub(super) fn double<B: Backend>(sample: Tensor<B, 4>) -> Tensor<B, 4> {
    let [_, _, height, width] = sample.dims();
    interpolate(sample, [2 * height, 2 * width], InterpolateOptions::new(InterpolateMode::Nearest))
}
