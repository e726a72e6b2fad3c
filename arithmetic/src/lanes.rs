//! Slices, eight numbers at a time.

use wide::f32x8;

const LANES: usize = 8;

/// Applies a function to every value.
pub(crate) fn map(values: &mut [f32], function: impl Fn(f32x8) -> f32x8) {
    let (eights, rest) = values.as_chunks_mut::<LANES>();
    for eight in eights {
        *eight = function(f32x8::from(*eight)).to_array();
    }
    for value in rest {
        *value = function(f32x8::splat(*value)).to_array()[0];
    }
}

/// Sums up a term of every value.
pub(crate) fn sum(values: &[f32], term: impl Fn(f32x8) -> f32x8) -> f32 {
    let (eights, rest) = values.as_chunks::<LANES>();
    let whole = eights.iter().fold(f32x8::ZERO, |sum, eight| sum + term(f32x8::from(*eight)));
    whole.reduce_add() + rest.iter().map(|&value| term(f32x8::splat(value)).to_array()[0]).sum::<f32>()
}
