//! The CPU's own way: one pass over memory where burn-flex takes several, and SIMD for what it computes number by number.
//!
//! A 3×3 convolution is the sum of nine products of matrices, one for each place of the kernel: with a border of zeros around every
//! plane, the input as that place sees it is the same memory, read from a few numbers further on. With a stride of 2 it is so within
//! the even and the odd rows and columns, each by themselves.

use burn::backend::flex::FlexTensor;
use burn::nn::GroupNorm;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use wide::{f32x8, i32x8};

use super::kernels::Kernels;
use super::layers::ConvKind;
use super::products::{Planes, ROWS, conv_strip, linear_strip, multiply_planes, multiply_rows, strips};
use crate::backend::Cpu;

const LANES: usize = 8;

impl Kernels for Cpu {
    /// `[strips, places, input, outputs of a strip]`: the matrices of all places of the kernel for a few outputs in one piece.
    fn arrange_conv(weight: Tensor<Self, 4>) -> Tensor<Self, 4> {
        let [outputs, channels, height, width] = weight.dims();
        let (device, strip) = (weight.device(), conv_strip(outputs));
        let weight = primitive(weight.permute([2, 3, 1, 0]));
        let shape = [outputs.div_ceil(strip), height * width, channels, strip];
        Tensor::from_data(TensorData::new(strips(values(&weight), outputs, strip), shape), &device)
    }

    fn convolve(
        input: Tensor<Self, 4>,
        weight: Tensor<Self, 4>,
        bias: Tensor<Self, 1>,
        kind: ConvKind,
    ) -> Tensor<Self, 4> {
        let [batch, channels, height, width] = input.dims();
        let outputs = bias.dims()[0];
        let device = input.device();
        let (input, weight, bias) = (primitive(input), primitive(weight), primitive(bias));
        let (input, weight, bias) = (values(&input), values(&weight), values(&bias));
        let mut convolution = Convolution::new([channels, outputs], [height, width], kind);
        let [out_height, out_width] = convolution.out;
        let area = out_height * out_width;
        let mut out = vec![0.0; batch * outputs * area];
        for (picture, out) in input.chunks_exact(channels * height * width).zip(out.chunks_exact_mut(outputs * area)) {
            convolution.run(picture, weight, bias, out);
        }
        Tensor::from_data(TensorData::new(out, [batch, outputs, out_height, out_width]), &device)
    }

    /// `[strips · input, outputs of a strip]`. Strips or not, it is row after row: the stored order, `[output, input]`, is three
    /// times slower to multiply with.
    fn arrange_linear(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        let [inputs, outputs] = weight.dims();
        let (device, strip) = (weight.device(), linear_strip(outputs));
        let weight = primitive(weight);
        let shape = [outputs.div_ceil(strip) * inputs, strip];
        Tensor::from_data(TensorData::new(strips(values(&weight), outputs, strip), shape), &device)
    }

    fn apply_linear(input: Tensor<Self, 2>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 2> {
        let ([rows, inputs], [outputs]) = (input.dims(), bias.dims());
        let device = input.device();
        let (input, weight, bias) = (primitive(input), primitive(weight), primitive(bias));
        let mut out = multiply_rows([rows, inputs, outputs], values(&input), values(&weight));
        for row in out.chunks_exact_mut(outputs) {
            add(row, values(&bias));
        }
        Tensor::from_data(TensorData::new(out, [rows, outputs]), &device)
    }

    fn norm_silu(
        input: Tensor<Self, 4>,
        norm: &GroupNorm<Self>,
        scale_shift: Option<Tensor<Self, 2>>,
    ) -> Tensor<Self, 4> {
        let [_, channels, height, width] = input.dims();
        let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| param.as_ref().map(|param| primitive(param.val())));
        let [gamma, beta] = [&gamma, &beta].map(|tensor| tensor.as_ref().map(values));
        let scale_shift = scale_shift.map(primitive);
        let scale_shift = scale_shift.as_ref().map(values);
        let mut tensor = primitive(input);
        let plane = height * width;
        let group = channels / norm.num_groups;
        for (sample, picture) in values_mut(&mut tensor).chunks_exact_mut(channels * plane).enumerate() {
            // One row of scales and shifts may stand for the whole batch.
            let of_sample = scale_shift.map(|rows| {
                let row = if rows.len() == 2 * channels { 0 } else { sample };
                rows[row * 2 * channels..][..2 * channels].split_at(channels)
            });
            for (index, part) in picture.chunks_exact_mut(group * plane).enumerate() {
                let (mean, deviation) = mean_and_deviation(part, norm.epsilon as f32);
                for (offset, plane) in part.chunks_exact_mut(plane).enumerate() {
                    let channel = index * group + offset;
                    let factor = gamma.map_or(1.0, |gamma| gamma[channel]) / deviation;
                    let (mut slope, mut start) = (factor, beta.map_or(0.0, |beta| beta[channel]) - mean * factor);
                    if let Some((scale, shift)) = of_sample {
                        slope *= 1.0 + scale[channel];
                        start = start * (1.0 + scale[channel]) + shift[channel];
                    }
                    let (slope, start) = (f32x8::splat(slope), f32x8::splat(start));
                    map(plane, |x| silu(x.mul_add(slope, start)));
                }
            }
        }
        from_primitive(tensor)
    }

    fn silu<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        mapped(input, silu)
    }

    fn gelu_erf<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        mapped(input, |x| 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)))
    }

    /// ½ x (1 + tanh y) = x / (1 + e^−2y).
    fn gelu_tanh<const D: usize>(input: Tensor<Self, D>) -> Tensor<Self, D> {
        const SLOPE: f32 = 0.797_884_6; // √(2/π)
        mapped(input, |x| {
            let y = (x * x * x).mul_add(f32x8::splat(0.044_715), x) * SLOPE;
            x / (1.0 + exp(y * -2.0))
        })
    }
}

/// x / (1 + e^−x). Far below zero e^−x is huge and the quotient as good as 0.
fn silu(x: f32x8) -> f32x8 {
    x / (1.0 + exp(-x))
}

/// e^x to 2e-7 of itself, for x cut to ±87: `wide`'s own looks after infinities and the like, which takes twice as long.
///
/// e^x = 2ⁿ e^r, where n is x / ln 2 rounded and e^r the first terms of its series, |r| ≤ ½ ln 2.
#[inline]
fn exp(x: f32x8) -> f32x8 {
    /// Adding 3 · 2²² leaves no bits for a fraction: the sum is rounded, and its last bits are n.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two numbers, the first so short that its product with n is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = x.fast_min(f32x8::splat(87.0)).fast_max(f32x8::splat(-87.0));
    let rounded = x.mul_add(f32x8::splat(std::f32::consts::LOG2_E), f32x8::splat(ROUND));
    let n = rounded - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let mut sum = f32x8::splat(1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum.mul_add(r, f32x8::splat(coefficient));
    }
    // Into the exponent, which begins at bit 23.
    let power: i32x8 = bytemuck::cast::<f32x8, i32x8>(rounded) << 23;
    bytemuck::cast(bytemuck::cast::<f32x8, i32x8>(sum) + power)
}

/// The error function to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
fn erf(x: f32x8) -> f32x8 {
    let t = 1.0 / x.abs().mul_add(f32x8::splat(0.327_591_1), f32x8::splat(1.0));
    let mut sum = f32x8::splat(1.061_405_4);
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        sum = sum.mul_add(t, f32x8::splat(coefficient));
    }
    (1.0 - sum * t * exp(-(x * x))).copysign(x)
}

/// Mean and √(variance + epsilon) of a group; the variance from the differences, which cancels nothing.
fn mean_and_deviation(values: &[f32], epsilon: f32) -> (f32, f32) {
    let count = values.len() as f32;
    let mean = sum(values, |x| x) / count;
    let variance = sum(values, |x| (x - mean) * (x - mean)) / count;
    (mean, (variance + epsilon).sqrt())
}

fn sum(values: &[f32], term: impl Fn(f32x8) -> f32x8) -> f32 {
    let (eights, rest) = values.as_chunks::<LANES>();
    let whole = eights.iter().fold(f32x8::ZERO, |sum, eight| sum + term(f32x8::from(*eight)));
    whole.reduce_add() + rest.iter().map(|&value| term(f32x8::splat(value)).to_array()[0]).sum::<f32>()
}

/// Applies a function to every value, eight at a time.
fn map(values: &mut [f32], function: impl Fn(f32x8) -> f32x8) {
    let (eights, rest) = values.as_chunks_mut::<LANES>();
    for eight in eights {
        *eight = function(f32x8::from(*eight)).to_array();
    }
    for value in rest {
        *value = function(f32x8::splat(*value)).to_array()[0];
    }
}

fn mapped<const D: usize>(input: Tensor<Cpu, D>, function: impl Fn(f32x8) -> f32x8) -> Tensor<Cpu, D> {
    let mut tensor = primitive(input);
    map(values_mut(&mut tensor), function);
    from_primitive(tensor)
}

/// Adds to each value the other of its place.
fn add(values: &mut [f32], others: &[f32]) {
    let ((eights, rest), (others, last)) = (values.as_chunks_mut::<LANES>(), others.as_chunks::<LANES>());
    for (eight, other) in eights.iter_mut().zip(others) {
        *eight = (f32x8::from(*eight) + f32x8::from(*other)).to_array();
    }
    for (value, other) in rest.iter_mut().zip(last) {
        *value += other;
    }
}

/// The memory of convolutions of one shape.
struct Convolution {
    channels: usize,
    outputs: usize,
    width: usize,
    /// Height and width of an output plane.
    out: [usize; 2],
    kind: ConvKind,
    /// Columns of a padded plane, of which a stride of 2 makes four: even and odd rows, even and odd columns.
    pitch: usize,
    /// Numbers of such a plane.
    plane: usize,
    /// Where each place of the kernel starts to read.
    starts: Vec<usize>,
    /// Input planes with their borders, and a little behind the last for the positions that are too many.
    padded: Vec<f32>,
    /// Output planes whose rows are as long as a padded one; the last columns of each are meaningless.
    wide: Vec<f32>,
}

impl Convolution {
    fn new([channels, outputs]: [usize; 2], [height, width]: [usize; 2], kind: ConvKind) -> Self {
        let (size, stride) = (kind.size(), kind.stride());
        let out = [height.div_ceil(stride), width.div_ceil(stride)];
        // How many rows and columns more than the output a padded plane has.
        let more = (size - 1) / stride;
        let (rows, pitch) = (out[0] + more, out[1] + more);
        let plane = rows * pitch;
        let start = |place: usize| {
            let (y, x) = (place / size, place % size);
            (y % stride * stride + x % stride) * plane + y / stride * pitch + x / stride
        };
        Self {
            channels,
            outputs,
            width,
            out,
            kind,
            pitch,
            plane,
            starts: (0..size * size).map(start).collect(),
            padded: vec![0.0; channels * stride * stride * plane + more + ROWS],
            wide: vec![0.0; outputs.next_multiple_of(conv_strip(outputs)) * (out[0] * pitch).next_multiple_of(ROWS)],
        }
    }

    fn run(&mut self, picture: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
        let Self { channels, outputs, width, kind, pitch, plane, out: [out_height, out_width], .. } = *self;
        let (stride, border) = (kind.stride(), kind.size() / 2);
        let height = picture.len() / channels / width;
        let planes = self.padded.chunks_exact_mut(stride * stride * plane);
        for (rows, planes) in picture.chunks_exact(height * width).zip(planes) {
            for (y, row) in rows.chunks_exact(width).enumerate() {
                let y = y + border;
                let start = y % stride * stride * plane + y / stride * pitch;
                if stride == 1 {
                    planes[start + border..][..width].copy_from_slice(row);
                    continue;
                }
                for (x, value) in row.iter().enumerate() {
                    let x = x + border;
                    planes[start + x % stride * plane + x / stride] = *value;
                }
            }
        }
        let positions = (out_height * pitch).next_multiple_of(ROWS);
        let planes = Planes { values: &self.padded, pitch: stride * stride * plane, starts: &self.starts };
        let columns = outputs.next_multiple_of(conv_strip(outputs));
        multiply_planes([positions, columns, channels], planes, weight, &mut self.wide);
        let planes = out.chunks_exact_mut(out_height * out_width).zip(self.wide.chunks_exact(positions)).zip(bias);
        for ((plane, wide), bias) in planes {
            for (row, wide) in plane.chunks_exact_mut(out_width).zip(wide.chunks(pitch)) {
                row.copy_from_slice(&wide[..out_width]);
            }
            map(plane, |x| x + *bias);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_to_the_last_bits() {
        for step in -8700..=8700 {
            let x = step as f32 / 100.0;
            let (got, want) = (exp(f32x8::splat(x)).to_array()[0], f64::from(x).exp());
            assert!((f64::from(got) / want - 1.0).abs() < 2.5e-7, "e^{x} = {want}, not {got}");
        }
    }

    #[test]
    fn silu_of_huge_numbers_is_0_or_they() {
        let far = |x| silu(f32x8::splat(x)).to_array()[0];
        assert_eq!((far(1e30), far(f32::MAX)), (1e30, f32::MAX));
        assert!(far(-1e3).abs() < 1e-30);
    }
}
