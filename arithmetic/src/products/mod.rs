//! Products of matrices for the CPU: gemm's, and in WebAssembly with relaxed SIMD our own, which run up to twice as fast there.
//!
//! Both want the matrix that is known beforehand, the weights, in strips: so many columns that each strip lies in one piece. What
//! depends on their width is asked of the functions here; [`strips`] does the arranging.

#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
mod with_gemm;
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
pub(crate) use with_gemm::{ROWS, conv_strip, linear_strip, multiply_planes, multiply_rows};

#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod with_relaxed_simd;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
pub(crate) use with_relaxed_simd::{ROWS, conv_strip, linear_strip, multiply_planes, multiply_rows};

/// The planes that a convolution reads, once for each place of its kernel.
#[derive(Clone, Copy)]
pub(crate) struct Planes<'a> {
    pub(crate) values: &'a [f32],
    /// How far the next channel's plane is.
    pub(crate) pitch: usize,
    /// Where the first position lies as each place of the kernel sees it.
    pub(crate) starts: &'a [usize],
}

/// `[rows, columns]` row after row → `[strips, rows, width]`, the last strip filled up with zeros.
pub(crate) fn strips(matrix: &[f32], columns: usize, width: usize) -> Vec<f32> {
    if width == columns {
        return matrix.to_vec();
    }
    let mut out = vec![0.0; matrix.len() / columns * columns.next_multiple_of(width)];
    let length = matrix.len() / columns * width;
    for (index, strip) in out.chunks_exact_mut(length).enumerate() {
        let (start, end) = (index * width, columns.min((index + 1) * width));
        for (row, to) in matrix.chunks_exact(columns).zip(strip.chunks_exact_mut(width)) {
            to[..end - start].copy_from_slice(&row[start..end]);
        }
    }
    out
}
