//! Peak signal-to-noise ratio, in decibels.

use crate::conditions::Raster;
use crate::image::Picture;

/// 10 log10(peak² / mean square error) of two rasters with values in [-1, 1], whose peak is 2. Infinite where they are the same.
///
/// # Shapes
/// Both `[channels, n, n]`.
///
/// # Panics
/// When the shapes differ.
#[must_use]
pub fn psnr(result: &Raster, reference: &Raster) -> f64 {
    assert_eq!((result.channels, result.size), (reference.channels, reference.size), "two rasters of unlike shape");
    decibels(result.data.iter().zip(&reference.data).map(|(&a, &b)| (f64::from(a), f64::from(b))), 2.0)
}

/// The same of the 8-bit pixels of two pictures where `mask` is 0: what had to stay as it was. Infinite where it did, or where the
/// mask leaves nothing.
///
/// # Shapes
/// Both pictures are of one size, the mask `[1, side, side]`, 1 where the picture was free to change.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn psnr_outside(result: &Picture, original: &Picture, mask: &Raster) -> f64 {
    assert_eq!((result.width, result.height), (original.width, original.height), "two pictures of unlike size");
    assert_eq!(mask.data.len() * 3, original.rgb.len(), "the mask is not of the picture's size");
    let kept = result.rgb.chunks_exact(3).zip(original.rgb.chunks_exact(3)).zip(&mask.data);
    let kept = kept.filter(|(_, free)| **free <= 0.0);
    decibels(kept.flat_map(|((a, b), _)| a.iter().zip(b)).map(|(&a, &b)| (f64::from(a), f64::from(b))), 255.0)
}

fn decibels(pairs: impl Iterator<Item = (f64, f64)>, peak: f64) -> f64 {
    let (count, sum) = pairs.fold((0_usize, 0.0), |(count, sum), (a, b)| (count + 1, sum + (a - b).powi(2)));
    if sum > 0.0 { 10.0 * (peak * peak * count as f64 / sum).log10() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_infinitely_near_and_the_opposite_is_0_decibels() {
        let white = Raster::new(1, 2, vec![1.0; 4]);
        assert!(psnr(&white, &white).is_infinite());
        assert!(psnr(&white, &Raster::new(1, 2, vec![-1.0; 4])).abs() < 1e-12);
    }

    /// `skimage.metrics.peak_signal_noise_ratio(x, y, data_range=2)`, `x = np.linspace(-1, 1, 16)`, `y = x ** 3`.
    #[test]
    fn decibels_are_those_of_scikit_image() {
        let x: Vec<f32> = (0..16).map(|i| -1.0 + 2.0 * i as f32 / 15.0).collect();
        let y = x.iter().map(|value| value.powi(3)).collect();
        let got = psnr(&Raster::new(1, 4, x), &Raster::new(1, 4, y));
        assert!((got - 17.483_674_533).abs() < 1e-5, "{got}");
    }

    #[test]
    fn only_what_lies_outside_the_mask_counts() {
        let original = Picture::new(2, 2, vec![100; 12]).unwrap();
        let mut result = original.clone();
        result.rgb[..3].fill(7);
        let mask = |free: [f32; 4]| Raster::new(1, 2, free.to_vec());
        assert!(psnr_outside(&result, &original, &mask([1.0, 0.0, 0.0, 0.0])).is_infinite());
        assert!(psnr_outside(&result, &original, &mask([1.0; 4])).is_infinite());
        let want = 10.0 * (255.0_f64.powi(2) * 3.0 / 93.0_f64.powi(2)).log10();
        assert!((psnr_outside(&result, &original, &mask([0.0, 1.0, 0.0, 0.0])) - want).abs() < 1e-9);
    }
}
