//! From a network's soft lines to lines as thin as those that the networks were trained with.

use super::Raster;

/// Width of the smoothing before crests are sought, in pixels.
const SIGMA: f64 = 1.5;
/// The least that a line is anywhere, and the least that it is at its clearest place. Chosen on held-out pictures of the
/// default model's decomposer: F1 at one pixel is 0.85 with these.
const WEAK: f32 = 0.05;
const STRONG: f32 = 0.2;
/// Shorter lines, in pixels, are specks.
const SHORTEST: usize = 12;

/// Crests of a soft line map: 1 where a pixel is the largest across the line (along the lower eigenvector of the Hessian,
/// Steger 1998, "An unbiased detector of curvilinear structures"), connected to one that is surely a line; 0 elsewhere.
///
/// # Shapes
/// `soft`: `[1, size, size]` in [0, 1]; the result is alike, lines about one pixel wide.
///
/// # Panics
/// When there is more than one plane.
#[must_use]
pub fn crests(soft: &Raster) -> Raster {
    assert_eq!(soft.channels, 1, "lines are one plane");
    let plane = Plane { values: smoothed(&soft.data, soft.size), size: soft.size.cast_signed() };
    let is_crest = |at: usize| {
        let (y, x) = ((at / soft.size).cast_signed(), (at % soft.size).cast_signed());
        let (dx, dy) = plane.across(x, y);
        let here = plane.at(x, y);
        soft.data[at] >= WEAK && here >= plane.at(x + dx, y + dy) && here > plane.at(x - dx, y - dy)
    };
    let mut weak: Vec<bool> = (0..soft.data.len()).map(is_crest).collect();
    let mut out = vec![0.0; soft.data.len()];
    for start in 0..weak.len() {
        let line = connected(&mut weak, soft.size, start);
        if line.len() >= SHORTEST && line.iter().any(|&at| soft.data[at] >= STRONG) {
            for at in line {
                out[at] = 1.0;
            }
        }
    }
    Raster::new(1, soft.size, out)
}

/// A plane with its edge repeated around it.
struct Plane {
    values: Vec<f32>,
    size: isize,
}

impl Plane {
    fn at(&self, x: isize, y: isize) -> f32 {
        let last = self.size - 1;
        self.values[(y.clamp(0, last) * self.size + x.clamp(0, last)).cast_unsigned()]
    }

    /// The neighbour across a line through this place, as a step in x and y.
    fn across(&self, x: isize, y: isize) -> (isize, isize) {
        let at = |dx: isize, dy: isize| f64::from(self.at(x + dx, y + dy));
        // Second differences, each smoothed across by [1, 2, 1].
        let second = |along: &dyn Fn(isize, isize) -> f64| {
            [(-1, 1.0), (0, 2.0), (1, 1.0)]
                .map(|(side, weight)| weight * (along(-1, side) - 2.0 * along(0, side) + along(1, side)))
                .iter()
                .sum::<f64>()
        };
        let (xx, yy) = (second(&|along, side| at(along, side)), second(&|along, side| at(side, along)));
        let xy = at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1);
        let angle = 0.5 * libm::atan2(2.0 * xy, xx - yy) + std::f64::consts::FRAC_PI_2;
        match (angle / std::f64::consts::FRAC_PI_4).round().rem_euclid(4.0) as u8 {
            0 => (1, 0),
            1 => (1, 1),
            2 => (0, 1),
            _ => (-1, 1),
        }
    }
}

/// The pixels that hang together with `start`, which are taken out of `set`.
fn connected(set: &mut [bool], size: usize, start: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        if !std::mem::take(&mut set[at]) {
            continue;
        }
        found.push(at);
        let around = |at: usize| at.saturating_sub(1)..=(at + 1).min(size - 1);
        for y in around(at / size) {
            open.extend(around(at % size).map(|x| y * size + x).filter(|&near| set[near]));
        }
    }
    found
}

/// A gaussian blur with the edge repeated.
fn smoothed(values: &[f32], size: usize) -> Vec<f32> {
    let radius = (4.0 * SIGMA) as isize;
    let weights: Vec<f64> =
        (-radius..=radius).map(|offset| libm::exp(-((offset * offset) as f64) / (2.0 * SIGMA * SIGMA))).collect();
    let sum: f64 = weights.iter().sum();
    let blurred_along = |values: &[f32], step_x: isize, step_y: isize| -> Vec<f32> {
        let plane = Plane { values: values.to_vec(), size: size.cast_signed() };
        let value = |at: usize| {
            let (y, x) = ((at / size).cast_signed(), (at % size).cast_signed());
            let tap = |(index, weight): (usize, &f64)| {
                let offset = index.cast_signed() - radius;
                weight * f64::from(plane.at(x + offset * step_x, y + offset * step_y))
            };
            (weights.iter().enumerate().map(tap).sum::<f64>() / sum) as f32
        };
        (0..values.len()).map(value).collect()
    };
    blurred_along(&blurred_along(values, 1, 0), 0, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 64;

    /// A soft line: the closer to the curve `distance(x, y) = 0`, the larger.
    fn soft(distance: impl Fn(f32, f32) -> f32, height: f32) -> Raster {
        let value = |at: usize| {
            let distance = distance((at % SIZE) as f32, (at / SIZE) as f32);
            height * (-distance * distance / 4.0).exp()
        };
        Raster::new(1, SIZE, (0..SIZE * SIZE).map(value).collect())
    }

    fn places(lines: &Raster) -> Vec<(usize, usize)> {
        (0..SIZE * SIZE).filter(|&at| lines.data[at] > 0.0).map(|at| (at % SIZE, at / SIZE)).collect()
    }

    #[test]
    fn a_soft_line_becomes_one_pixel_wide_in_its_middle() {
        for (name, line) in [
            ("vertical", soft(|x, _| x - 20.0, 0.5)),
            ("horizontal", soft(|_, y| y - 20.0, 0.5)),
            ("falling", soft(|x, y| (x - y) * std::f32::consts::FRAC_1_SQRT_2, 0.5)),
            ("rising", soft(|x, y| (x + y - 63.0) * std::f32::consts::FRAC_1_SQRT_2, 0.5)),
        ] {
            let found = places(&crests(&line));
            let near = |&(x, y): &(usize, usize)| line.data[y * SIZE + x] > 0.4;
            assert!(found.iter().all(near), "{name}: {found:?}");
            // A slanting line of pixels that touch by their sides has two in each row.
            let most = if name.ends_with("al") { SIZE + 2 } else { 2 * SIZE };
            assert!((SIZE - 2..=most).contains(&found.len()), "{name}: {} pixels", found.len());
        }
    }

    #[test]
    fn a_circle_stays_whole() {
        let circle = soft(|x, y| (x - 32.0).hypot(y - 32.0) - 20.0, 0.3);
        let found = places(&crests(&circle));
        for degrees in 0..360_i16 {
            let angle = f32::from(degrees).to_radians();
            let (x, y) = (32.0 + 20.0 * angle.cos(), 32.0 + 20.0 * angle.sin());
            assert!(
                found.iter().any(|&(at, row)| (at as f32 - x).abs() < 1.6 && (row as f32 - y).abs() < 1.6),
                "a gap at {degrees} degrees"
            );
        }
    }

    #[test]
    fn faint_lines_need_a_clear_place_and_specks_are_dropped() {
        assert!(places(&crests(&soft(|x, _| x - 20.0, 0.15))).is_empty(), "nowhere clear");
        // From 0.1 at the top to 0.3 at the bottom: one clear end makes it a line as a whole.
        let mut fading = soft(|x, _| x - 20.0, 1.0);
        for (at, value) in fading.data.iter_mut().enumerate() {
            *value *= 0.1 + 0.2 * (at / SIZE) as f32 / SIZE as f32;
        }
        assert_eq!(places(&crests(&fading)).len(), SIZE);
        let dot = soft(|x, y| 2.0 * (x - 20.0).hypot(y - 20.0), 1.0);
        assert!(places(&crests(&dot)).is_empty());
    }
}
