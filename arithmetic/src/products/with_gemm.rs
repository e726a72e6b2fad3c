//! The products of the crate `gemm`, which picks the best instructions of the processor as the program runs.

use super::Planes;
use crate::parallel::{for_each_piece, share};

/// Positions come in multiples of so many.
pub(crate) const ROWS: usize = 1;

/// Width of the strips that a convolution's weights are arranged in.
pub(crate) const fn conv_strip(outputs: usize) -> usize {
    outputs
}

/// Outputs of a strip of a linear layer: a strip's weights for one input fill whole vectors of any processor.
const STRIP: usize = 32;

/// Width of the strips that a linear layer's weights are arranged in.
pub(crate) const fn linear_strip(_outputs: usize) -> usize {
    STRIP
}

/// The sum over the places of a kernel of planes times weights.
///
/// # Shapes
/// `weight`: `[places, channels, outputs]`, `out`: `[outputs, positions]`
pub(crate) fn multiply_planes(
    [positions, outputs, channels]: [usize; 3],
    planes: Planes<'_>,
    weight: &[f32],
    out: &mut [f32],
) {
    // Every thread has outputs of its own, over all places of the kernel: they meet once.
    let each = share(outputs);
    for_each_piece(out, each * positions, channels, |index, out| {
        for (place, (&start, matrix)) in planes.starts.iter().zip(weight.chunks_exact(channels * outputs)).enumerate() {
            multiply(
                [positions, out.len() / positions, channels],
                Matrix { values: &planes.values[start..], row: 1, column: planes.pitch },
                Matrix { values: &matrix[index * each..], row: outputs, column: 1 },
                out,
                place > 0,
            );
        }
    });
}

/// Rows times weights.
///
/// # Shapes
/// `input`: `[rows, inputs]`, `weight`: `[outputs / 32, inputs, 32]`, the last strip filled up; returns `[rows, outputs]`
pub(crate) fn multiply_rows([rows, inputs, outputs]: [usize; 3], input: &[f32], weight: &[f32]) -> Vec<f32> {
    // Few rows take less time than their weights take to arrive: each weight is read once, by one thread, in the order of memory.
    let mut strips = vec![0.0; outputs.div_ceil(STRIP) * rows * STRIP];
    for_each_piece(&mut strips, rows * STRIP, inputs, |index, strip| {
        multiply(
            [STRIP, rows, inputs],
            Matrix { values: &weight[index * inputs * STRIP..], row: 1, column: STRIP },
            Matrix { values: input, row: 1, column: inputs },
            strip,
            false,
        );
    });
    let mut out = Vec::with_capacity(rows * outputs);
    for row in 0..rows {
        for (index, strip) in strips.chunks_exact(rows * STRIP).enumerate() {
            out.extend_from_slice(&strip[row * STRIP..][..STRIP.min(outputs - index * STRIP)]);
        }
    }
    out
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
