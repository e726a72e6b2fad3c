//! Our own products, because those of `gemm` multiply and add in two instructions in WebAssembly.
//!
//! A tile of eight rows and four columns stays in eight registers over the whole sum, all places of a kernel included: so many sums
//! at a time keep a processor's multiply-adds busy, and a larger tile, with the numbers that go into it, no longer fits into the
//! fifteen registers that x86-64 leaves an engine: half as fast, by measurement.

use core::arch::wasm32::{f32x4_relaxed_madd, f32x4_splat, v128, v128_load, v128_load32_splat, v128_store};

use super::Planes;

/// Rows of a tile; positions come in multiples of so many.
pub(crate) const ROWS: usize = 8;
/// Columns of a tile.
const COLUMNS: usize = 4;
/// Numbers of the left matrix that are used for all columns before the next are fetched: half of a common second cache.
const BLOCK: usize = 1 << 16;

/// Width of the strips that a convolution's weights are arranged in: there they are the right matrix.
pub(crate) const fn conv_strip(_outputs: usize) -> usize {
    COLUMNS
}

/// Width of the strips that a linear layer's weights are arranged in: there they are the left matrix.
pub(crate) const fn linear_strip(_outputs: usize) -> usize {
    ROWS
}

/// The sum over the places of a kernel of planes times weights.
///
/// # Shapes
/// `weight`: `[outputs / 4, places, channels, 4]`, `out`: `[outputs, positions]`; `outputs` is a multiple of 4, `positions` of 8
pub(crate) fn multiply_planes(
    [positions, outputs, channels]: [usize; 3],
    planes: Planes<'_>,
    weight: &[f32],
    out: &mut [f32],
) {
    let left = Left { values: planes.values, starts: planes.starts, tile: ROWS, column: planes.pitch };
    let block = (BLOCK / channels / ROWS).max(1);
    multiply([positions / ROWS, outputs / COLUMNS, channels], &left, block, weight, out);
}

/// Rows times weights.
///
/// # Shapes
/// `input`: `[rows, inputs]`, `weight`: `[outputs / 8, inputs, 8]`, the last strip filled up; returns `[rows, outputs]`
pub(crate) fn multiply_rows([rows, inputs, outputs]: [usize; 3], input: &[f32], weight: &[f32]) -> Vec<f32> {
    let (strips, columns) = (outputs.div_ceil(ROWS), rows.div_ceil(COLUMNS));
    let mut right = vec![0.0; columns * inputs * COLUMNS];
    for (index, row) in input.chunks_exact(inputs).enumerate() {
        let strip = &mut right[index / COLUMNS * inputs * COLUMNS..][..inputs * COLUMNS];
        for (to, value) in strip[index % COLUMNS..].iter_mut().step_by(COLUMNS).zip(row) {
            *to = *value;
        }
    }
    let mut out = vec![0.0; columns * COLUMNS * strips * ROWS];
    let left = Left { values: weight, starts: &[0], tile: inputs * ROWS, column: ROWS };
    // One strip at a time stays in the first cache.
    multiply([strips, columns, inputs], &left, 1, &right, &mut out);
    if outputs % ROWS > 0 {
        // Later rows move towards the start, each over numbers that are not needed any more.
        for row in 1..rows {
            out.copy_within(row * strips * ROWS..row * strips * ROWS + outputs, row * outputs);
        }
    }
    out.truncate(rows * outputs);
    out
}

/// A matrix of several parts, in tiles of eight rows: element (i, l) of part p is `values[starts[p] + i / 8 · tile + i % 8 + l · column]`.
struct Left<'a> {
    values: &'a [f32],
    starts: &'a [usize],
    tile: usize,
    column: usize,
}

/// Σ leftₚ · rightₚ over the parts, a `block` of left tiles after the other; `out` lies column after column.
///
/// # Shapes
/// For `m` tiles of rows and `n` of columns: `left`: `[parts, 8 m, k]`, `right`: `[n, parts, k, 4]`, `out`: `[4 n, 8 m]`
fn multiply([m, n, k]: [usize; 3], left: &Left<'_>, block: usize, right: &[f32], out: &mut [f32]) {
    let (parts, height) = (left.starts.len(), m * ROWS);
    let last = left.starts.iter().max().map(|start| start + (m - 1) * left.tile + (k - 1) * left.column + ROWS);
    assert!(
        last.is_some_and(|last| last <= left.values.len())
            && right.len() == n * parts * k * COLUMNS
            && out.len() == n * COLUMNS * height,
        "a matrix is not of its size"
    );
    for start in (0..m).step_by(block) {
        let columns = right.chunks_exact(parts * k * COLUMNS).zip(out.chunks_exact_mut(COLUMNS * height));
        for (right, out) in columns {
            for index in start..m.min(start + block) {
                multiply_tile(left, index, k, right, out, height);
            }
        }
    }
}

/// One tile of [`multiply`], which has checked the sizes.
#[allow(unsafe_code, reason = "bounds checks in the innermost loop take a quarter of its time")]
#[inline]
fn multiply_tile(left: &Left<'_>, index: usize, k: usize, right: &[f32], out: &mut [f32], height: usize) {
    let zero = f32x4_splat(0.0);
    let [mut a0, mut a1, mut b0, mut b1, mut c0, mut c1, mut d0, mut d1] = [zero; 8];
    let mut right = right.as_ptr();
    for start in left.starts {
        // SAFETY: the largest index of the left matrix, that of the last tile, part and column, was checked against its length by
        // the caller, and so was the length of the right one, `parts · k · 4`; the pointers step past the last numbers that they
        // read, but are not read from there, and wrapping arithmetic may leave the slice.
        unsafe {
            let mut rows = left.values.as_ptr().wrapping_add(start + index * left.tile);
            for _ in 0..k {
                let (low, high) = (v128_load(rows.cast()), v128_load(rows.add(4).cast()));
                let factor = v128_load32_splat(right.cast());
                a0 = f32x4_relaxed_madd(low, factor, a0);
                a1 = f32x4_relaxed_madd(high, factor, a1);
                let factor = v128_load32_splat(right.add(1).cast());
                b0 = f32x4_relaxed_madd(low, factor, b0);
                b1 = f32x4_relaxed_madd(high, factor, b1);
                let factor = v128_load32_splat(right.add(2).cast());
                c0 = f32x4_relaxed_madd(low, factor, c0);
                c1 = f32x4_relaxed_madd(high, factor, c1);
                let factor = v128_load32_splat(right.add(3).cast());
                d0 = f32x4_relaxed_madd(low, factor, d0);
                d1 = f32x4_relaxed_madd(high, factor, d1);
                rows = rows.wrapping_add(left.column);
                right = right.wrapping_add(COLUMNS);
            }
        }
    }
    for (column, (low, high)) in [(a0, a1), (b0, b1), (c0, c1), (d0, d1)].into_iter().enumerate() {
        let to: &mut [f32] = &mut out[column * height + index * ROWS..][..ROWS];
        let to: *mut v128 = to.as_mut_ptr().cast();
        // SAFETY: the slice holds eight numbers, two vectors, and `v128_store` asks for no alignment.
        unsafe {
            v128_store(to, low);
            v128_store(to.add(1), high);
        }
    }
}
