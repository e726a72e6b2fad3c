//! Colour statistics: a smoothed CIELab histogram over 156 fixed colours.
//!
//! The codebook and the smoothing are VideoComposer's (<https://arxiv.org/abs/2306.02018>), after rayleigh: 11 hues in 13 rows
//! of saturation and value, and 13 greys. Training computes the same numbers; `training/composer_training/data/palette.py`.

use std::sync::LazyLock;

use super::color::{lab_of_linear, linear, rgb_of_hsv};
use crate::error::{Error, Result};
use crate::image::Picture;

/// Colours of the codebook.
pub const PALETTE_SIZE: usize = HUES.len() * ROWS.len() + ROWS.len();

const HUES: [f64; 11] = [0.0, 0.0833, 0.166, 0.25, 0.333, 0.5, 0.56333, 0.666, 0.73, 0.803, 0.916];

/// (saturation, value): paler, full, darker, and both paler and darker.
const ROWS: [(f64, f64); 13] = [
    (1.0 / 6.0, 1.0),
    (2.0 / 6.0, 1.0),
    (3.0 / 6.0, 1.0),
    (4.0 / 6.0, 1.0),
    (5.0 / 6.0, 1.0),
    (1.0, 1.0),
    (1.0, 0.84),
    (1.0, 0.68),
    (1.0, 0.52),
    (1.0, 0.36),
    (0.4, 0.84),
    (0.4, 0.68),
    (0.4, 0.52),
];

/// Width of the smoothing, in CIELab units.
const SIGMA: f64 = 10.0;

/// Smoothed entries below this are set to 0.
const SMALLEST: f64 = 1e-5;

/// The fixed colours and how much they look alike.
pub(super) struct Codebook {
    /// sRGB, rounded to 8 bits, to show.
    pub(super) rgb: Vec<[u8; 3]>,
    pub(super) lab: Vec<[f64; 3]>,
    /// W_ij = exp(−|l_i − l_j|² / 2σ²), rows summing to 1.
    pub(super) smoothing: Vec<[f64; PALETTE_SIZE]>,
    /// Linear light of each 8-bit value.
    linear: [f64; 256],
}

/// Colour c < 143 has hue c / 13 and row c % 13; the greys follow, white first.
pub(super) static CODEBOOK: LazyLock<Codebook> = LazyLock::new(|| {
    let colors = HUES.iter().flat_map(|&hue| ROWS.map(|(saturation, value)| rgb_of_hsv(hue, saturation, value)));
    let last = (ROWS.len() - 1) as f64;
    let greys = (0..ROWS.len()).map(|i| [1.0 - i as f64 / last; 3]);
    let colors: Vec<[f64; 3]> = colors.chain(greys).collect();
    let lab: Vec<[f64; 3]> = colors.iter().map(|rgb| lab_of_linear(rgb.map(linear))).collect();
    let smoothing = lab
        .iter()
        .map(|a| {
            let alike: [f64; PALETTE_SIZE] =
                std::array::from_fn(|j| libm::exp(-squared_distance(a, &lab[j]) / (2.0 * SIGMA * SIGMA)));
            let sum: f64 = alike.iter().sum();
            alike.map(|value| value / sum)
        })
        .collect();
    Codebook {
        rgb: colors.iter().map(|rgb| rgb.map(|value| (value * 255.0).round() as u8)).collect(),
        lab,
        smoothing,
        linear: std::array::from_fn(|value| linear(value as f64 / 255.0)),
    }
});

/// The fixed colours in CIELab, in the order of [`Palette`]'s shares.
pub(crate) fn codebook_lab() -> &'static [[f64; 3]] {
    &CODEBOOK.lab
}

pub(super) fn squared_distance(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

impl Codebook {
    /// Index of the colour nearest to an sRGB pixel in CIELab; the lower index wins a tie.
    fn nearest(&self, rgb: [u8; 3]) -> usize {
        let lab = lab_of_linear(rgb.map(|value| self.linear[usize::from(value)]));
        let mut best = (0, f64::INFINITY);
        for (i, color) in self.lab.iter().enumerate() {
            let distance = squared_distance(&lab, color);
            if distance < best.1 {
                best = (i, distance);
            }
        }
        best.0
    }

    /// h′ = W h, small entries dropped, scaled to sum 1 (W keeps rows, not sums, so the scaling is needed).
    fn smooth(&self, histogram: &[f64; PALETTE_SIZE]) -> Palette {
        let mut smoothed: [f64; PALETTE_SIZE] =
            std::array::from_fn(|i| self.smoothing[i].iter().zip(histogram).map(|(w, h)| w * h).sum());
        let sum: f64 = histogram.iter().sum();
        for value in &mut smoothed {
            *value /= sum;
            if *value < SMALLEST {
                *value = 0.0;
            }
        }
        let sum: f64 = smoothed.iter().sum();
        Palette(smoothed.map(|value| (value / sum) as f32))
    }
}

/// The palette condition: shares of the 156 colours after smoothing; they sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette(pub [f32; PALETTE_SIZE]);

impl Palette {
    /// The palette of a whole picture: each pixel counts for its nearest colour.
    #[must_use]
    pub fn from_picture(picture: &Picture) -> Self {
        let mut histogram = [0.0; PALETTE_SIZE];
        let (pixels, _) = picture.rgb.as_chunks::<3>();
        // Neighbours are often alike, and the search costs 156 distances.
        let mut last = None;
        for &pixel in pixels {
            let index = match last {
                Some((known, index)) if known == pixel => index,
                _ => CODEBOOK.nearest(pixel),
            };
            last = Some((pixel, index));
            histogram[index] += 1.0;
        }
        CODEBOOK.smooth(&histogram)
    }

    /// The palette of colours picked by hand; weights are relative to each other.
    ///
    /// # Errors
    /// [`Error::Recipe`] when a weight is negative or not a number, or when no colour has weight.
    pub fn from_colors(colors: &[([u8; 3], f32)]) -> Result<Self> {
        let mut histogram = [0.0; PALETTE_SIZE];
        for &(color, weight) in colors {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(Error::recipe("colors", format!("weight {weight}; choose a number from 0 up")));
            }
            histogram[CODEBOOK.nearest(color)] += f64::from(weight);
        }
        if histogram.iter().all(|&share| share <= 0.0) {
            return Err(Error::recipe("colors", "no colour has a weight above 0; add one"));
        }
        Ok(CODEBOOK.smooth(&histogram))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(palette: &Palette) -> f32 {
        palette.0.iter().sum()
    }

    #[test]
    fn every_color_of_the_codebook_is_nearest_to_itself() {
        for (i, &rgb) in CODEBOOK.rgb.iter().enumerate() {
            assert_eq!(CODEBOOK.nearest(rgb), i, "{rgb:?}");
        }
    }

    #[test]
    fn a_palette_sums_to_1_and_peaks_at_its_color() {
        let palette = Palette::from_colors(&[([255, 0, 0], 3.0)]).unwrap();
        assert!((sum(&palette) - 1.0).abs() < 1e-6);
        let peak = (0..PALETTE_SIZE).max_by(|&a, &b| palette.0[a].total_cmp(&palette.0[b])).unwrap();
        assert_eq!(CODEBOOK.rgb[peak], [255, 0, 0]);
    }

    #[test]
    fn colors_by_hand_and_a_picture_of_them_give_the_same_palette() {
        let picture = Picture::new(4, 1, vec![255, 0, 0, 0, 0, 255, 255, 0, 0, 255, 0, 0]).unwrap();
        let by_hand = Palette::from_colors(&[([255, 0, 0], 0.75), ([0, 0, 255], 0.25)]).unwrap();
        assert_eq!(Palette::from_picture(&picture), by_hand);
    }

    #[test]
    fn weights_that_mean_nothing_are_errors() {
        for weights in [&[][..], &[0.0], &[f32::NAN], &[f32::INFINITY], &[1.0, -1.0]] {
            let colors: Vec<_> = weights.iter().map(|&weight| ([1, 2, 3], weight)).collect();
            assert!(Palette::from_colors(&colors).is_err(), "{weights:?}");
        }
    }
}
