//! Structural similarity. Wang, Bovik, Sheikh and Simoncelli 2004, <https://doi.org/10.1109/TIP.2003.819861>.

use crate::conditions::Raster;

/// Side of the window and its deviation, in pixels.
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;

/// (K L)² of the paper with K1 = 0.01, K2 = 0.03 and L = 1.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// Mean structural similarity of two planes with values in [0, 1]: 1 the same, about 0 unrelated. Windows lie wholly within the
/// planes, as in the authors' own code.
///
/// # Shapes
/// Both `[1, n, n]` with n of 11 at least.
///
/// # Panics
/// When the shapes differ, or are not that.
#[must_use]
pub fn ssim(result: &Raster, reference: &Raster) -> f64 {
    assert_eq!((result.channels, result.size), (1, reference.size), "two planes of unlike shape");
    assert!(reference.channels == 1 && reference.size >= WINDOW, "one plane of {WINDOW} pixels a side at least");
    let size = result.size;
    let blurred = |value: &dyn Fn(f64, f64) -> f64| {
        let pairs = result.data.iter().zip(&reference.data);
        let plane: Vec<f64> = pairs.map(|(&x, &y)| value(f64::from(x), f64::from(y))).collect();
        blur(&plane, size)
    };
    let (mean_x, mean_y) = (blurred(&|x, _| x), blurred(&|_, y| y));
    let (square_x, square_y, product) = (blurred(&|x, _| x * x), blurred(&|_, y| y * y), blurred(&|x, y| x * y));
    let at = |i: usize| {
        let (x, y) = (mean_x[i], mean_y[i]);
        let (variance_x, variance_y) = (square_x[i] - x * x, square_y[i] - y * y);
        let covariance = product[i] - x * y;
        let contrast = (2.0 * covariance + C2) / (variance_x + variance_y + C2);
        contrast * (2.0 * x * y + C1) / (x * x + y * y + C1)
    };
    (0..mean_x.len()).map(at).sum::<f64>() / mean_x.len() as f64
}

/// Gaussian means of every whole window of a `[size, size]` plane.
fn blur(plane: &[f64], size: usize) -> Vec<f64> {
    let centre = (WINDOW / 2) as f64;
    let taps: [f64; WINDOW] = std::array::from_fn(|i| (-((i as f64 - centre) / SIGMA).powi(2) / 2.0).exp());
    let sum: f64 = taps.iter().sum();
    let taps = taps.map(|tap| tap / sum);
    let dot = |values: &mut dyn Iterator<Item = &f64>| taps.iter().zip(values).map(|(tap, v)| tap * v).sum::<f64>();
    let inner = size - WINDOW + 1;
    let rows: Vec<f64> =
        plane.chunks_exact(size).flat_map(|row| row.windows(WINDOW).map(|window| dot(&mut window.iter()))).collect(); // [size, inner]
    (0..inner * inner).map(|i| dot(&mut rows[i..].iter().step_by(inner))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(size: usize, value: impl Fn(f32, f32) -> f32) -> Raster {
        Raster::new(1, size, (0..size * size).map(|i| value((i / size) as f32, (i % size) as f32)).collect())
    }

    fn waves() -> (Raster, Raster) {
        (
            plane(32, |y, x| 0.5 + 0.5 * (0.3 * y + 0.05 * x * x).sin()),
            plane(32, |y, x| 0.5 + 0.4 * (0.3 * y + 0.05 * x * x + 0.4).sin()),
        )
    }

    /// `skimage.metrics.structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    /// data_range=1)` with `a = .5 + .5 * np.sin(.3 * y + .05 * x * x)`, `b = .5 + .4 * np.sin(.3 * y + .05 * x * x + .4)` and
    /// `y, x = np.mgrid[:32, :32]`.
    #[test]
    fn similarity_is_that_of_scikit_image() {
        let (a, b) = waves();
        let got = ssim(&a, &b);
        assert!((got - 0.893_475_532).abs() < 1e-6, "{got}");
        assert!((ssim(&b, &a) - got).abs() < 1e-12);
    }

    #[test]
    fn a_plane_is_like_itself_and_unlike_its_negative() {
        let (a, _) = waves();
        assert!((ssim(&a, &a) - 1.0).abs() < 1e-12);
        let negative = Raster::new(1, 32, a.data.iter().map(|value| 1.0 - value).collect());
        assert!(ssim(&a, &negative) < -0.5);
    }
}
