//! From a palette back to a few colours: what the palette editor shows, and what a recipe keeps.

use super::palette::{CODEBOOK, PALETTE_SIZE, Palette, squared_distance};

/// Iterations of the deconvolution; the shares move by less than a percent after half of them.
const ITERATIONS: usize = 200;

/// Colours nearer than this in CIELab are shown as one.
const ALIKE: f64 = 15.0;

impl Palette {
    /// At most `n` colours of the codebook with weights that sum to 1, heaviest first, whose own palette
    /// ([`Palette::from_colors`]) comes near this one.
    ///
    /// The palette is smoothed, so its largest entries are one colour and its neighbours. Richardson and Lucy's
    /// deconvolution (1972) finds the shares before smoothing: they stay positive and keep their sum.
    #[must_use]
    pub fn swatches(&self, n: usize) -> Vec<([u8; 3], f32)> {
        let everything: Vec<usize> = (0..PALETTE_SIZE).collect();
        let shares = self.deconvolve(&everything);
        let mut by_share = everything;
        by_share.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]).then(a.cmp(&b)));

        let mut chosen: Vec<usize> = Vec::new();
        for index in by_share {
            let distinct =
                |&other: &usize| squared_distance(&CODEBOOK.lab[index], &CODEBOOK.lab[other]) >= ALIKE * ALIKE;
            if chosen.len() < n && shares[index] > 1e-3 && chosen.iter().all(distinct) {
                chosen.push(index);
            }
        }
        // What the colours left out had goes to those that explain it best.
        let weights = self.deconvolve(&chosen);
        let mut swatches: Vec<([u8; 3], f32)> =
            chosen.iter().zip(weights).map(|(&index, weight)| (CODEBOOK.rgb[index], weight as f32)).collect();
        swatches.sort_by(|a, b| b.1.total_cmp(&a.1));
        swatches
    }

    /// Shares w ≥ 0 of the colours `support`, summing to 1, such that W w is near this palette.
    fn deconvolve(&self, support: &[usize]) -> Vec<f64> {
        let column_sums: Vec<f64> =
            support.iter().map(|&j| CODEBOOK.smoothing.iter().map(|row| row[j]).sum()).collect();
        let mut shares = vec![1.0 / support.len().max(1) as f64; support.len()];
        for _ in 0..ITERATIONS {
            let mut gain = vec![0.0; support.len()];
            for (row, &target) in CODEBOOK.smoothing.iter().zip(&self.0) {
                let got: f64 = support.iter().zip(&shares).map(|(&j, share)| row[j] * share).sum();
                if target > 0.0 && got > 0.0 {
                    let ratio = f64::from(target) / got;
                    support.iter().zip(&mut gain).for_each(|(&j, gain)| *gain += row[j] * ratio);
                }
            }
            for ((share, gain), sum) in shares.iter_mut().zip(gain).zip(&column_sums) {
                *share *= gain / sum;
            }
        }
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            for share in &mut shares {
                *share /= sum;
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swatches_of_a_few_colors_are_these_colors() {
        let colors = [([255, 0, 0], 0.5), ([0, 0, 0], 0.3), ([255, 255, 255], 0.2)];
        let swatches = Palette::from_colors(&colors).unwrap().swatches(3);
        for ((color, weight), (want, share)) in swatches.iter().zip(colors) {
            assert_eq!(*color, want);
            assert!((weight - share).abs() < 0.01, "{weight} {share}");
        }
    }

    #[test]
    fn swatches_keep_most_of_a_rich_palette() {
        // A gradient through many colours: half the distance (L1) between two palettes is the share that is elsewhere.
        let colors: Vec<_> = (0..64_u8).map(|i| ([i * 4, 255 - i * 3, 128], 1.0)).collect();
        let palette = Palette::from_colors(&colors).unwrap();
        let elsewhere = |n: usize| {
            let again = Palette::from_colors(&palette.swatches(n)).unwrap();
            palette.0.iter().zip(again.0).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0
        };
        let (four, eight) = (elsewhere(4), elsewhere(8));
        assert!(eight < four && eight < 0.15, "{four} {eight}");
    }

    #[test]
    fn there_are_never_more_than_asked_for_and_weights_sum_to_1() {
        let palette = Palette::from_colors(&[([255, 0, 0], 1.0), ([0, 255, 0], 1.0), ([0, 0, 255], 1.0)]).unwrap();
        for n in [1, 2, 3, 156] {
            let swatches = palette.swatches(n);
            assert!(swatches.len() <= n);
            assert!((swatches.iter().map(|swatch| swatch.1).sum::<f32>() - 1.0).abs() < 1e-5);
        }
        assert_eq!(palette.swatches(0), []);
    }
}
