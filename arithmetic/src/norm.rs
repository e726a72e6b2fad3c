//! Group normalisation.

use wide::f32x8;

use crate::activations::silu_of;
use crate::lanes::{map, sum};
use crate::parallel::for_each_piece;

/// A group normalisation's parameters; scale and offset, where there are any, have one value a channel.
#[derive(Debug, Clone, Copy)]
pub struct GroupNorm<'a> {
    /// Groups that the channels fall into.
    pub groups: usize,
    /// Channels.
    pub channels: usize,
    /// Factor of each channel, 1 where there is none.
    pub gamma: Option<&'a [f32]>,
    /// Offset of each channel, 0 where there is none.
    pub beta: Option<&'a [f32]>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// SiLU(norm(x) (1 + scale) + shift) of one picture, in its own memory.
///
/// # Shapes
/// - `picture`: `[channels, positions]`
/// - `scale_shift`: `[2 · channels]`, scale before shift; without it both are 0
///
/// # Panics
/// If a slice is too short.
pub fn norm_silu(picture: &mut [f32], norm: &GroupNorm<'_>, scale_shift: Option<&[f32]>) {
    let (group, area) = (norm.channels / norm.groups, picture.len() / norm.channels);
    let scale_shift = scale_shift.map(|both| both.split_at(norm.channels));
    for_each_piece(picture, group * area, 1, |index, part| {
        let (mean, deviation) = mean_and_deviation(part, norm.epsilon);
        for (offset, plane) in part.chunks_exact_mut(area).enumerate() {
            let channel = index * group + offset;
            let factor = norm.gamma.map_or(1.0, |gamma| gamma[channel]) / deviation;
            let (mut slope, mut start) = (factor, norm.beta.map_or(0.0, |beta| beta[channel]) - mean * factor);
            if let Some((scale, shift)) = scale_shift {
                slope *= 1.0 + scale[channel];
                start = start * (1.0 + scale[channel]) + shift[channel];
            }
            let (slope, start) = (f32x8::splat(slope), f32x8::splat(start));
            map(plane, |x| silu_of(x.mul_add(slope, start)));
        }
    });
}

/// Mean and √(variance + epsilon) of a group; the variance from the differences, which cancels nothing.
fn mean_and_deviation(values: &[f32], epsilon: f32) -> (f32, f32) {
    let count = values.len() as f32;
    let mean = sum(values, |x| x) / count;
    let variance = sum(values, |x| (x - mean) * (x - mean)) / count;
    (mean, (variance + epsilon).sqrt())
}
