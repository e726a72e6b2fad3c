//! Operations for which a chain of tensor operations is a detour: each backend may have its own way.
//!
//! The defaults are burn's operations, which its GPU backends fuse by themselves.

use burn::nn::GroupNorm;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, activation, backend::Backend, module};

use super::layers::ConvKind;
use crate::backend::Gpu;

/// A backend that the networks run on.
pub trait Kernels: Backend {
    /// The weight of a convolution, `[output, input, size, size]`, in the order that [`Self::convolve`] wants.
    #[must_use]
    fn arrange_conv(weight: Tensor<Self, 4>) -> Tensor<Self, 4> {
        weight
    }

    /// A convolution.
    ///
    /// # Shapes
    /// - `input`: `[batch, input, height, width]`; `bias`: `[output]`; `weight` from [`Self::arrange_conv`]
    /// - returns: `[batch, output, height, width]`, divided by the stride of `kind` and rounded up
    #[must_use]
    fn convolve(
        input: Tensor<Self, 4>,
        weight: Tensor<Self, 4>,
        bias: Tensor<Self, 1>,
        kind: ConvKind,
    ) -> Tensor<Self, 4> {
        let (stride, padding) = (kind.stride(), kind.size() / 2);
        module::conv2d(input, weight, Some(bias), ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1))
    }

    /// The weight of a linear layer, `[input, output]`, in the order that [`Self::apply_linear`] wants.
    #[must_use]
    fn arrange_linear(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        weight
    }

    /// A linear layer.
    ///
    /// # Shapes
    /// - `input`: `[rows, input]`; `bias`: `[output]`; `weight` from [`Self::arrange_linear`]
    /// - returns: `[rows, output]`
    #[must_use]
    fn apply_linear(input: Tensor<Self, 2>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 2> {
        module::linear(input, weight, Some(bias))
    }

    /// SiLU(norm(x) (1 + scale) + shift).
    ///
    /// # Shapes
    /// - `input`: `[batch, channels, height, width]`, the result is alike
    /// - `scale_shift`: `[1 or batch, 2 · channels]`, scale before shift; without it both are 0
    #[must_use]
    fn norm_silu(
        input: Tensor<Self, 4>,
        norm: &GroupNorm<Self>,
        scale_shift: Option<Tensor<Self, 2>>,
    ) -> Tensor<Self, 4> {
        let width = input.dims()[1];
        let mut hidden = norm.forward(input);
        if let Some(scale_shift) = scale_shift {
            let scale_shift = scale_shift.unsqueeze_dims::<4>(&[2, 3]);
            let [scale, shift] = [0, 1].map(|half| scale_shift.clone().narrow(1, half * width, width));
            hidden = hidden * (scale + 1.0) + shift;
        }
        activation::silu(hidden)
    }

    /// x / (1 + e^−x).
    #[must_use]
    fn silu<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        activation::silu(input)
    }

    /// GELU with the error function, as BERT has it.
    #[must_use]
    fn gelu_erf<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        activation::gelu(input)
    }

    /// GELU with a hyperbolic tangent.
    #[must_use]
    fn gelu_tanh<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        activation::gelu_approximate(input)
    }
}

impl Kernels for Gpu {}
