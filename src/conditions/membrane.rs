//! A smooth field over a hole, from what is known around it.

use super::Raster;

/// Every free place is computed from its neighbours so many times at each level; coarser levels have brought it near.
const SWEEPS: usize = 40;

/// At this side there is no coarser level.
const COARSEST: usize = 4;

/// The distance over which the field falls off, in sides of the picture: what lies deeper in a hole keeps its own values.
const REACH: f32 = 0.125;

/// The known values, and where `free` is not 0 what they are continued by: the membrane of Pérez, Gangnet and Blake, "Poisson
/// Image Editing" (2003), screened, ∇²f = f / [`REACH`]², level at the edge of the picture. Zero where nothing is known.
///
/// # Shapes
/// `known` `[channels, size, size]`, `free` `[1, size, size]` of zeros and ones.
pub(super) fn membrane(known: &Raster, free: &Raster) -> Raster {
    let size = known.size;
    let pull = 1.0 / (4.0 + (REACH * size as f32).powi(-2));
    let mut field = if size > COARSEST && size.is_multiple_of(2) {
        let (known, free) = halved(known, free);
        membrane(&known, &free).bilinear(2)
    } else {
        Raster::new(known.channels, size, vec![0.0; known.data.len()])
    };
    let hole: Vec<_> =
        (0..size * size).filter(|&at| free.data[at] > 0.0).map(|at| (at, neighbours(at, size))).collect();
    for (plane, known) in field.data.chunks_mut(size * size).zip(known.data.chunks(size * size)) {
        for ((value, known), free) in plane.iter_mut().zip(known).zip(&free.data) {
            *value = if *free > 0.0 { *value } else { *known };
        }
        for _ in 0..SWEEPS {
            for (at, near) in &hole {
                plane[*at] = near.iter().map(|&near| plane[near]).sum::<f32>() * pull;
            }
        }
    }
    field
}

/// Both at half the side: a place is known where any of its four is, as the mean of those.
fn halved(known: &Raster, free: &Raster) -> (Raster, Raster) {
    let share: Vec<f32> = free.box_mean(2).data.iter().map(|free| 1.0 - free).collect();
    let only_known =
        known.data.iter().zip(free.data.iter().cycle()).map(|(value, free)| value * (1.0 - free)).collect();
    let mut mean = Raster::new(known.channels, known.size, only_known).box_mean(2);
    for (value, share) in mean.data.iter_mut().zip(share.iter().cycle()) {
        *value = if *share > 0.0 { *value / share } else { 0.0 };
    }
    let free = share.iter().map(|&share| f32::from(u8::from(share <= 0.0))).collect();
    (mean, Raster::new(1, known.size / 2, free))
}

/// Left, right, above, below; the place itself instead of what lies outside.
fn neighbours(at: usize, size: usize) -> [usize; 4] {
    let (y, x) = (at / size, at % size);
    let last = size - 1;
    [
        y * size + x.saturating_sub(1),
        y * size + (x + 1).min(last),
        y.saturating_sub(1) * size + x,
        (y + 1).min(last) * size + x,
    ]
}

#[cfg(test)]
mod tests {
    use super::{REACH, Raster, membrane};

    const SIZE: usize = 64;

    fn raster(value: impl Fn(usize, usize) -> f32) -> Raster {
        Raster::new(1, SIZE, (0..SIZE * SIZE).map(|i| value(i / SIZE, i % SIZE)).collect())
    }

    /// Known is the left half, as 1: the equation's solution falls off as cosh, level at the right edge.
    #[test]
    fn the_known_goes_on_and_falls_off() {
        let half = SIZE / 2;
        let free = raster(|_, x| f32::from(u8::from(x >= half)));
        let filled = membrane(&raster(|_, x| if x < half { 1.0 } else { 9.0 }), &free);
        let reach = REACH * SIZE as f32;
        for (i, value) in filled.data.iter().enumerate() {
            let depth = (i % SIZE + 1).saturating_sub(half) as f32;
            let wanted = ((half as f32 - depth) / reach).cosh() / (half as f32 / reach).cosh();
            assert!((value - wanted).abs() < 0.03, "{value} instead of {wanted}, {depth} pixels into the hole");
        }
    }

    #[test]
    fn where_nothing_is_known_there_is_nothing() {
        assert!(membrane(&raster(|_, _| 1.0), &raster(|_, _| 1.0)).data.iter().all(|&value| value == 0.0));
    }
}
