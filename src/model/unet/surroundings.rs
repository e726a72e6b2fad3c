//! What is kept of a picture, and what shines from there into the hole: what stands before the layout.

use crate::conditions::Raster;
use crate::model::layers::RGB;

/// What is left of the surroundings' colour from one level to the next, twice as coarse.
const SPREAD: f32 = 0.85;

/// A place is kept where all of its pixels are.
const WHOLE: f32 = 0.999;

/// Colour times cover, and cover, of a masking `[4, full, full]`. A pull and push over ever coarser levels (Gortler et al., "The
/// Lumigraph", 1996), but fading: deep inside a large hole little covers what the layout has there.
///
/// # Shapes
/// Returns `[4, side, side]`, `side` a divisor of `full`.
pub(super) fn surroundings(masking: &[f32], full: usize, side: usize) -> Raster {
    let mut mean = Raster::new(RGB + 1, full, masking.to_vec()).box_mean(full / side);
    let (color, kept) = mean.data.split_at_mut(RGB * side * side);
    for kept in kept.iter_mut() {
        *kept = f32::from(u8::from(*kept > WHOLE));
    }
    for (color, kept) in color.iter_mut().zip(kept.iter().cycle()) {
        *color *= kept;
    }
    spread(mean)
}

fn spread(mut level: Raster) -> Raster {
    if !level.size.is_multiple_of(2) {
        return level;
    }
    let coarser = spread(level.box_mean(2)).bilinear(2);
    let uncovered: Vec<f32> = level.data[RGB * level.size * level.size..].iter().map(|cover| 1.0 - cover).collect();
    for ((value, uncovered), coarser) in level.data.iter_mut().zip(uncovered.iter().cycle()).zip(&coarser.data) {
        *value += uncovered * SPREAD * coarser;
    }
    level
}
