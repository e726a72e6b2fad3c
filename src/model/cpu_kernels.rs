//! The CPU's own way: one pass over memory where burn-flex takes several, and SIMD for what it computes number by number.
//!
//! A 3×3 convolution is nine products of matrices, one for each place of the kernel, added up where they lie: with a border of
//! zeros around every plane, the input as that place sees it is the same memory, read from a few numbers further on.

use burn::backend::flex::FlexTensor;
use burn::nn::GroupNorm;
use burn::tensor::{Tensor, TensorData, TensorPrimitive};
use wide::f32x8;

use super::kernels::Kernels;
use crate::backend::Cpu;

const LANES: usize = 8;

impl Kernels for Cpu {
    /// `[3, 3, input, output]`: the matrix of each place of the kernel in one piece.
    fn arrange_conv3x3(weight: Tensor<Self, 4>) -> Tensor<Self, 4> {
        in_one_piece(weight.permute([2, 3, 1, 0]))
    }

    fn conv3x3(input: Tensor<Self, 4>, weight: Tensor<Self, 4>, bias: Tensor<Self, 1>) -> Tensor<Self, 4> {
        let [batch, channels, height, width] = input.dims();
        let outputs = weight.dims()[3];
        let device = input.device();
        let (input, weight, bias) = (primitive(input), primitive(weight), primitive(bias));
        let (input, weight, bias) = (values(&input), values(&weight), values(&bias));
        let mut convolution = Conv3x3::new(channels, outputs, height, width);
        let mut out = vec![0.0; batch * outputs * height * width];
        let pictures =
            input.chunks_exact(channels * height * width).zip(out.chunks_exact_mut(outputs * height * width));
        for (picture, out) in pictures {
            convolution.run(picture, weight, bias, out);
        }
        Tensor::from_data(TensorData::new(out, [batch, outputs, height, width]), &device)
    }

    /// Row after row in memory: the stored order, `[output, input]`, is three times slower to multiply with.
    fn arrange_linear(weight: Tensor<Self, 2>) -> Tensor<Self, 2> {
        in_one_piece(weight)
    }

    fn norm_silu(
        input: Tensor<Self, 4>,
        norm: &GroupNorm<Self>,
        scale_shift: Option<Tensor<Self, 2>>,
    ) -> Tensor<Self, 4> {
        let [_, channels, height, width] = input.dims();
        let (gamma, beta) = match (&norm.gamma, &norm.beta) {
            (Some(gamma), Some(beta)) => (primitive(gamma.val()), primitive(beta.val())),
            _ => return Self::silu(norm.forward(input)),
        };
        let (gamma, beta) = (values(&gamma), values(&beta));
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
                    let factor = gamma[channel] / deviation;
                    let (mut slope, mut start) = (factor, beta[channel] - mean * factor);
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
            x / (1.0 + (y * -2.0).exp())
        })
    }
}

/// x / (1 + e^−x). Far below zero e^−x is infinite and the quotient 0, as it should be.
fn silu(x: f32x8) -> f32x8 {
    x / (1.0 + (-x).exp())
}

/// The error function to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
fn erf(x: f32x8) -> f32x8 {
    let t = 1.0 / x.abs().mul_add(f32x8::splat(0.327_591_1), f32x8::splat(1.0));
    let mut sum = f32x8::splat(1.061_405_4);
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        sum = sum.mul_add(t, f32x8::splat(coefficient));
    }
    (1.0 - sum * t * (-(x * x)).exp()).copysign(x)
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

/// The memory of convolutions of one shape.
struct Conv3x3 {
    channels: usize,
    outputs: usize,
    height: usize,
    width: usize,
    /// Input planes with their borders, and a little behind the last for the two positions that a row is too long.
    padded: Vec<f32>,
    /// Output planes whose rows are as long as a padded one; the last two columns of each are meaningless.
    wide: Vec<f32>,
}

impl Conv3x3 {
    fn new(channels: usize, outputs: usize, height: usize, width: usize) -> Self {
        let padded = vec![0.0; channels * Self::plane(height, width)];
        let wide = vec![0.0; outputs * height * (width + 2)];
        Self { channels, outputs, height, width, padded, wide }
    }

    fn plane(height: usize, width: usize) -> usize {
        (height + 2) * (width + 2) + 2
    }

    fn run(&mut self, picture: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
        let Self { channels, outputs, height, width, .. } = *self;
        let (pitch, plane, positions) = (width + 2, Self::plane(height, width), height * (width + 2));
        for (channel, rows) in picture.chunks_exact(height * width).enumerate() {
            for (y, row) in rows.chunks_exact(width).enumerate() {
                self.padded[channel * plane + (y + 1) * pitch + 1..][..width].copy_from_slice(row);
            }
        }
        for (tap, matrix) in weight.chunks_exact(channels * outputs).enumerate() {
            let seen = &self.padded[tap / 3 * pitch + tap % 3..];
            multiply(
                [positions, outputs, channels],
                Matrix { values: seen, row: 1, column: plane },
                Matrix { values: matrix, row: outputs, column: 1 },
                &mut self.wide,
                tap > 0,
            );
        }
        let planes = out.chunks_exact_mut(height * width).zip(self.wide.chunks_exact(positions)).zip(bias);
        for ((plane, wide), bias) in planes {
            for (row, wide) in plane.chunks_exact_mut(width).zip(wide.chunks_exact(pitch)) {
                for (value, wide) in row.iter_mut().zip(wide) {
                    *value = wide + bias;
                }
            }
        }
    }
}

/// A matrix in a slice: how far the next row and the next column are.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    values: &'a [f32],
    row: usize,
    column: usize,
}

impl Matrix<'_> {
    /// Whether every element of `rows` × `columns` lies in the slice.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        rows > 0 && columns > 0 && (rows - 1) * self.row + (columns - 1) * self.column < self.values.len()
    }
}

/// `out = left · right`, or `out + left · right`; `out` lies column after column.
///
/// # Shapes
/// `left`: `[m, k]`, `right`: `[k, n]`, `out`: `[m, n]`
#[allow(unsafe_code, reason = "gemm takes pointers")]
fn multiply([m, n, k]: [usize; 3], left: Matrix<'_>, right: Matrix<'_>, out: &mut [f32], add: bool) {
    assert!(left.holds(m, k) && right.holds(k, n) && out.len() == m * n, "a matrix is not of its size");
    // SAFETY: `gemm` reads left[i row + l column], right[l row + j column] and reads and writes out[i + j m], for i < m, j < n
    // and l < k; the assertion above bounds the largest of each index. `out` is borrowed alone, so nothing overlaps it.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            m.cast_signed(),
            1,
            add,
            left.values.as_ptr(),
            left.column.cast_signed(),
            left.row.cast_signed(),
            right.values.as_ptr(),
            right.column.cast_signed(),
            right.row.cast_signed(),
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
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

fn in_one_piece<const D: usize>(tensor: Tensor<Cpu, D>) -> Tensor<Cpu, D> {
    from_primitive(primitive(tensor))
}
