//! Relative depth: nothing but the order of things and the shape of their distances counts.

use crate::conditions::Depth;

/// Root mean square error after the result was brought to the reference's scale and shift by least squares (Ranftl et al. 2020,
/// <https://arxiv.org/abs/1907.01341>, eq. 3 and 4). Scales below 0 are not allowed: near and far exchanged is not the same depth.
///
/// # Shapes
/// Returns a number in the reference's own unit, where 0 to 1 is the whole range: 0 the same up to scale and shift, the
/// reference's standard deviation for a result that says nothing.
#[must_use]
pub fn depth_rmse(result: &Depth, reference: &Depth) -> f64 {
    let count = reference.values().len() as f64;
    let mean = |depth: &Depth| depth.values().iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let (mean_result, mean_reference) = (mean(result), mean(reference));
    let (mut variance, mut covariance, mut wanted) = (0.0, 0.0, 0.0);
    for (&x, &y) in result.values().iter().zip(reference.values()) {
        let (x, y) = (f64::from(x) - mean_result, f64::from(y) - mean_reference);
        variance += x * x / count;
        covariance += x * y / count;
        wanted += y * y / count;
    }
    let scale = if variance > 0.0 { (covariance / variance).max(0.0) } else { 0.0 };
    // The residual's mean square; rounding must not take it below 0.
    (wanted - 2.0 * scale * covariance + scale * scale * variance).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: impl Fn(f32, f32) -> f32) -> Depth {
        Depth::new((0..64 * 64).map(|i| value((i / 64) as f32, (i % 64) as f32)).collect()).unwrap()
    }

    fn slope() -> Depth {
        map(|y, x| (y + x) / 126.0)
    }

    #[test]
    fn scale_and_shift_do_not_count() {
        assert!(depth_rmse(&slope(), &slope()) < 1e-9);
        assert!(depth_rmse(&map(|y, x| 0.3 + 0.2 * (y + x) / 126.0), &slope()) < 1e-6);
    }

    /// `s, t = np.polyfit(result.ravel(), reference.ravel(), 1); np.sqrt(((s * result + t - reference) ** 2).mean())`.
    #[test]
    fn the_error_is_what_least_squares_leave() {
        let reference = map(|y, x| 0.5 + 0.5 * (y / 9.0 + x / 17.0).sin());
        let result = map(|y, x| 0.5 + 0.3 * (y / 9.0 + x / 17.0 + 0.7).sin() * (x / 40.0).cos());
        let got = depth_rmse(&result, &reference);
        assert!((got - 0.253_837_763).abs() < 1e-6, "{got}");
    }

    #[test]
    fn a_flat_map_and_an_inverted_one_are_as_far_as_the_deviation() {
        let values = slope();
        let mean = values.values().iter().sum::<f32>() / 4096.0;
        let deviation = (values.values().iter().map(|value| (value - mean).powi(2)).sum::<f32>() / 4096.0).sqrt();
        for poor in [map(|_, _| 0.5), map(|y, x| 1.0 - (y + x) / 126.0)] {
            assert!((depth_rmse(&poor, &slope()) - f64::from(deviation)).abs() < 1e-6);
        }
    }
}
