//! The CPU's own way: [`composer_arithmetic`] on the tensors' own memory.

use burn::backend::flex::FlexTensor;
use burn::nn::GroupNorm;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use composer_arithmetic::{self as arithmetic, Convolution};

use super::kernels::Kernels;
use super::layers::ConvKind;
use crate::backend::Cpu;

impl Kernels for Cpu {
    /// The strips of [`arithmetic::arrange_convolution`], one after the other.
    fn arrange_conv(weight: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let outputs = weight.dims()[0];
        let device = weight.device();
        let weight = primitive(weight.permute([2, 3, 1, 0]));
        let weight = arithmetic::arrange_convolution(values(&weight), outputs);
        let length = weight.len();
        Tensor::from_data(TensorData::new(weight, [1, 1, 1, length]), &device)
    }

    fn convolve(
        input: Tensor<Self, 4>,
        weight: Tensor<Self, 4>,
        bias: Tensor<Self, 1>,
        kind: ConvKind,
    ) -> Tensor<Self, 4> {
        let ([batch, channels, height, width], [outputs]) = (input.dims(), bias.dims());
        let device = input.device();
        let (input, weight, bias) = (primitive(input), primitive(weight), primitive(bias));
        let mut convolution = Convolution::new([channels, outputs], [height, width], [kind.size(), kind.stride()]);
        let [out_height, out_width] = convolution.out();
        let area = out_height * out_width;
        let mut out = vec![0.0; batch * outputs * area];
        let pictures = values(&input).chunks_exact(channels * height * width);
        for (picture, out) in pictures.zip(out.chunks_exact_mut(outputs * area)) {
            convolution.run(picture, values(&weight), values(&bias), out);
        }
        Tensor::from_data(TensorData::new(out, [batch, outputs, out_height, out_width]), &device)
    }

    /// The strips of [`arithmetic::arrange_linear`], one after the other.
    fn arrange_linear(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        let outputs = weight.dims()[1];
        let device = weight.device();
        let weight = arithmetic::arrange_linear(values(&primitive(weight)), outputs);
        let length = weight.len();
        Tensor::from_data(TensorData::new(weight, [1, length]), &device)
    }

    fn apply_linear(input: Tensor<Self, 2>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 2> {
        let ([rows, inputs], [outputs]) = (input.dims(), bias.dims());
        let device = input.device();
        let (input, weight, bias) = (primitive(input), primitive(weight), primitive(bias));
        let out = arithmetic::linear(values(&input), values(&weight), values(&bias), inputs);
        Tensor::from_data(TensorData::new(out, [rows, outputs]), &device)
    }

    fn norm_silu(
        input: Tensor<Self, 4>,
        norm: &GroupNorm<Self>,
        scale_shift: Option<Tensor<Self, 2>>,
    ) -> Tensor<Self, 4> {
        let [_, channels, height, width] = input.dims();
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| param.as_ref().map(|param| primitive(param.val())));
        let norm = arithmetic::GroupNorm {
            groups: norm.num_groups,
            channels,
            gamma: gamma.as_ref().map(values),
            beta: beta.as_ref().map(values),
            epsilon: norm.epsilon as f32,
        };
        let scale_shift = scale_shift.map(primitive);
        let scale_shift = scale_shift.as_ref().map(values);
        let mut tensor = primitive(input);
        for (sample, picture) in values_mut(&mut tensor).chunks_exact_mut(channels * height * width).enumerate() {
            // One row of scales and shifts may stand for the whole batch.
            let of_sample = scale_shift.map(|rows| {
                let row = if rows.len() == 2 * channels { 0 } else { sample };
                &rows[row * 2 * channels..][..2 * channels]
            });
            arithmetic::norm_silu(picture, &norm, of_sample);
        }
        from_primitive(tensor)
    }

    fn silu<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        changed(input, arithmetic::silu)
    }

    fn gelu_erf<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        changed(input, arithmetic::gelu_erf)
    }

    fn gelu_tanh<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        changed(input, arithmetic::gelu_tanh)
    }
}

fn changed<const D: usize>(input: Tensor<Cpu, D>, change: fn(&mut [f32])) -> Tensor<Cpu, D> {
    let mut tensor = primitive(input);
    change(values_mut(&mut tensor));
    from_primitive(tensor)
}

/// The tensor's own memory, row-major.
fn primitive<const D: usize>(tensor: Tensor<Cpu, D>) -> FlexTensor {
    tensor.into_primitive().tensor().to_contiguous()
}

/// All values of a tensor from [`primitive`].
fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.storage()
}

/// Likewise, to write to; copied first where another tensor has the same memory.
fn values_mut(tensor: &mut FlexTensor) -> &mut [f32] {
    tensor.storage_mut()
}

fn from_primitive<const D: usize>(tensor: FlexTensor) -> Tensor<Cpu, D> {
    Tensor::from_primitive(TensorPrimitive::Float(tensor))
}
