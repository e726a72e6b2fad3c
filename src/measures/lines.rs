//! Line drawings: are the lines of one where the lines of the other are? Precision and recall of boundaries with a tolerance,
//! after Martin, Fowlkes and Malik 2004, <https://doi.org/10.1109/TPAMI.2004.1273918>, without their one-to-one matching.

use super::thinning::Lines;
use crate::conditions::Raster;

/// A sketch has a line where it is at least this. Far below one half, for a network's soft maps: the decomposer spreads its doubt
/// where exactly a line of one pixel runs over several, and F1 against the true lines was 0.83 with 0.1, 0.79 with 0.2 and 0.24
/// with 0.5. What the pipeline hands out ([`crate::conditions::crests`]) is 0 or 1, as drawn lines are.
pub const LINE_THRESHOLD: f32 = 0.2;

/// How far a line may be off, in pixels along each axis, to count as the same line.
const TOLERANCE: isize = 1;

/// Shares of lines that lie where they should, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineScore {
    /// Of the result's lines, the share that is near a line of the reference. 1 where the result has no line.
    pub precision: f64,
    /// Of the reference's lines, the share that is near a line of the result. 1 where the reference has no line.
    pub recall: f64,
}

impl LineScore {
    /// Harmonic mean of precision and recall: 1 is the same drawing, 0 no common line.
    #[must_use]
    pub fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

/// Compares two drawings, 1 = line. Both are cut at [`LINE_THRESHOLD`] and thinned to lines of one pixel, so that the pen's
/// width says nothing; a pixel is near another within 1 pixel along each axis, diagonals included.
///
/// # Shapes
/// Both `[1, n, n]`, values in [0, 1].
///
/// # Panics
/// When the shapes differ or there is more than one channel.
#[must_use]
pub fn line_score(result: &Raster, reference: &Raster) -> LineScore {
    assert_eq!((result.channels, result.size), (1, reference.size), "two drawings of unlike shape");
    assert_eq!(reference.channels, 1, "a drawing has one channel");
    let (result, reference) = (lines_of(result), lines_of(reference));
    LineScore { precision: share_near(&result, &reference), recall: share_near(&reference, &result) }
}

fn lines_of(drawing: &Raster) -> Lines {
    let on = drawing.data.iter().map(|&value| value >= LINE_THRESHOLD).collect();
    Lines { size: drawing.size, on }.thinned()
}

/// The share of `lines` that is near one of `others`.
fn share_near(lines: &Lines, others: &Lines) -> f64 {
    let near = |index: usize| {
        let (y, x) = (index / lines.size, index % lines.size);
        (-TOLERANCE..=TOLERANCE).any(|dy| (-TOLERANCE..=TOLERANCE).any(|dx| others.at(y, x, (dy, dx))))
    };
    let all = lines.count();
    if all == 0 {
        return 1.0;
    }
    (0..lines.on.len()).filter(|&index| lines.on[index] && near(index)).count() as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(on: impl Fn(usize, usize) -> bool) -> Raster {
        Raster::new(1, 64, (0..64 * 64).map(|i| f32::from(u8::from(on(i / 64, i % 64)))).collect())
    }

    fn box_at(top: usize, left: usize) -> Raster {
        drawing(|y, x| {
            let (y, x) = (y.wrapping_sub(top), x.wrapping_sub(left));
            y < 20 && x < 30 && (y == 0 || y == 19 || x == 0 || x == 29)
        })
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-12, "{got} is not {want}");
    }

    #[test]
    fn one_pixel_off_is_the_same_drawing_and_two_are_not() {
        for (top, left) in [(10, 10), (11, 10), (9, 11)] {
            near(line_score(&box_at(top, left), &box_at(10, 10)).f1(), 1.0);
        }
        assert!(line_score(&box_at(12, 12), &box_at(10, 10)).f1() < 0.2);
    }

    #[test]
    fn the_pen_s_width_says_nothing() {
        let thick = drawing(|y, x| (28..33).contains(&y) && (5..60).contains(&x));
        let thin = drawing(|y, x| y == 30 && (5..60).contains(&x));
        assert!(line_score(&thick, &thin).f1() > 0.97);
    }

    /// Zhang and Suen's two rules in numpy, then `(a & scipy.ndimage.binary_dilation(b, np.ones((3, 3)))).sum() / a.sum()`: a
    /// ring and a line, thick in one drawing and a little elsewhere in the other.
    #[test]
    fn shares_are_those_of_thinning_and_dilating() {
        let ring = |y: usize, x: usize, top: f64, left: f64| ((y as f64 - top).hypot(x as f64 - left) - 18.0).abs();
        let line = |y: usize, x: usize, slope: f64, top: f64| (y as f64 - x as f64 * slope - top).abs();
        let thick = drawing(|y, x| ring(y, x, 30.0, 33.0) < 2.2 || line(y, x, 0.5, 10.0) < 1.4);
        let thin = drawing(|y, x| ring(y, x, 31.0, 31.0) < 1.2 || line(y, x, 0.45, 12.0) < 1.2);
        let score = line_score(&thick, &thin);
        near(score.precision, 132.0 / 179.0);
        near(score.recall, 129.0 / 170.0);
    }

    #[test]
    fn half_the_lines_are_half_the_recall_at_full_precision() {
        let two = drawing(|y, _| y == 10 || y == 40);
        let one = drawing(|y, _| y == 10);
        let score = line_score(&one, &two);
        near(score.precision, 1.0);
        near(score.recall, 0.5);
        near(score.f1(), 2.0 / 3.0);
    }

    #[test]
    fn an_empty_sheet_is_like_another_and_unlike_a_drawing() {
        let empty = drawing(|_, _| false);
        near(line_score(&empty, &empty).f1(), 1.0);
        near(line_score(&empty, &box_at(3, 4)).f1(), 0.0);
        near(line_score(&box_at(3, 4), &empty).f1(), 0.0);
    }
}
