//! Work that falls into pieces: natively on all of the processor's threads, in a browser, whose page has one, in turn.

/// Calls `work` with the number of each piece of `values` and the piece, `length` numbers long; the last may be shorter. `terms` is
/// of how many others each number is the sum.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn for_each_piece(values: &mut [f32], length: usize, terms: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    use rayon::prelude::*;

    /// Numbers below which waking another thread takes longer than what it saves.
    const FEW: usize = 1 << 13;
    /// Terms that are added while one number is moved.
    const QUICK: usize = 16;
    if values.len() * terms.div_ceil(QUICK) < FEW {
        values.chunks_mut(length).enumerate().for_each(|(index, piece)| work(index, piece));
    } else {
        values.par_chunks_mut(length).enumerate().for_each(|(index, piece)| work(index, piece));
    }
}

/// Calls `work` with the number of each piece of `values` and the piece, `length` numbers long; the last may be shorter.
#[cfg(target_arch = "wasm32")]
pub(crate) fn for_each_piece(values: &mut [f32], length: usize, _terms: usize, work: impl Fn(usize, &mut [f32])) {
    values.chunks_mut(length).enumerate().for_each(|(index, piece)| work(index, piece));
}

/// How many things out of `count` a thread takes, so that all threads have as many.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn share(count: usize) -> usize {
    count.div_ceil(rayon::current_num_threads()).max(1)
}
