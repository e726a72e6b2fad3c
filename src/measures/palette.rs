//! Colours: how far they would have to move.

use super::transport::least_work;
use crate::conditions::{Palette, codebook_lab};

/// Shares are counted in these: far finer than the f32 of a palette, and whole.
const UNITS: f64 = (1_u64 << 40) as f64;

/// Earth mover's distance of two palettes (Rubner, Tomasi and Guibas 2000, <https://doi.org/10.1023/A:1026543900054>): the
/// least mean distance in CIELab by which colour has to move to turn one palette into the other. 0 the same, 2 barely seen,
/// 100 from white to black.
#[must_use]
pub fn palette_distance(a: &Palette, b: &Palette) -> f64 {
    let total = |palette: &Palette| palette.0.iter().map(|&share| f64::from(share)).sum::<f64>();
    let (sum_a, sum_b) = (total(a), total(b));
    let units = |share: f32, sum: f64| (f64::from(share) / sum * UNITS).round() as i64;
    // What a colour has in both palettes stays, since distances obey the triangle inequality; only the rest is carried.
    let surplus: Vec<i64> = a.0.iter().zip(&b.0).map(|(&a, &b)| units(a, sum_a) - units(b, sum_b)).collect();
    let with_sign = |sign: i64| {
        let kept = surplus.iter().enumerate().filter(move |(_, rest)| rest.signum() == sign);
        kept.map(|(color, rest)| (color, rest.unsigned_abs())).unzip::<usize, u64, Vec<usize>, Vec<u64>>()
    };
    let ((from, supplies), (to, demands)) = (with_sign(1), with_sign(-1));
    let lab = codebook_lab();
    let distance = |a: usize, b: usize| lab[a].iter().zip(&lab[b]).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let distances: Vec<f64> = from.iter().flat_map(|&a| to.iter().map(move |&b| distance(a, b))).collect();
    least_work(&supplies, &demands, &distances) / UNITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn palette(colors: &[[u8; 3]]) -> Palette {
        Palette::from_colors(&colors.iter().map(|&color| (color, 1.0)).collect::<Vec<_>>()).unwrap()
    }

    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];

    /// `scipy.optimize.linprog` over all 156 x 156 amounts, method HiGHS, with `palette.palette` and `palette.CODEBOOK_LAB` of
    /// `training/composer_training/data`.
    #[test]
    fn distances_are_those_of_linear_programming() {
        let many: Vec<[u8; 3]> = (0..64).map(|i| [i * 4, 255 - i * 3, 128]).collect();
        let others: Vec<[u8; 3]> = (0..64).map(|i| [255 - i * 3, i * 2, i * 4]).collect();
        for (a, b, want) in [
            (palette(&[RED]), palette(&[BLUE]), 166.438_703_226),
            (palette(&[RED]), palette(&[RED, RED, RED, BLUE]), 39.489_616_105),
            (palette(&many), palette(&others), 72.701_926_218),
            (palette(&[[255; 3]]), palette(&[[0; 3]]), 90.557_914_241),
        ] {
            let got = palette_distance(&a, &b);
            assert!((got - want).abs() < 1e-4, "{got} is not {want}");
            assert!((palette_distance(&b, &a) - want).abs() < 1e-4);
        }
    }

    #[test]
    fn a_shade_is_nearer_than_another_hue() {
        let red = palette(&[RED]);
        assert!(palette_distance(&red, &red) < 1e-12);
        assert!(palette_distance(&red, &palette(&[[214, 0, 0]])) < palette_distance(&red, &palette(&[[255, 128, 0]])));
    }

    #[test]
    fn the_most_unlike_full_palettes_take_no_time() {
        let full = |weight: fn(usize) -> usize| {
            let shares: [f32; 156] = std::array::from_fn(|i| weight(i) as f32);
            let sum: f32 = shares.iter().sum();
            Palette(shares.map(|share| share / sum))
        };
        let (a, b) = (full(|i| i * 7919 % 101), full(|i| i * 104_729 % 97));
        let start = std::time::Instant::now();
        assert!(palette_distance(&a, &b) > 0.0);
        // Some 15 ms when optimised; tests may run without, on a busy machine.
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_detour_is_never_shorter(colors in proptest::collection::vec(any::<[u8; 3]>(), 12)) {
            let [a, b, c] = [&colors[..4], &colors[4..8], &colors[8..]].map(palette);
            let direct = palette_distance(&a, &c);
            prop_assert!(direct <= palette_distance(&a, &b) + palette_distance(&b, &c) + 1e-6);
            // Colour moves at least as far as its mean.
            let lab = codebook_lab();
            let mean = |palette: &Palette, i: usize| {
                palette.0.iter().zip(lab).map(|(&share, lab)| f64::from(share) * lab[i]).sum::<f64>()
            };
            let moved = (0..3).map(|i| (mean(&a, i) - mean(&c, i)).powi(2)).sum::<f64>().sqrt();
            prop_assert!(direct >= moved - 1e-3, "{direct} {moved}");
        }
    }
}
