//! Fréchet distance of two sets of pictures, by their features. Heusel et al. 2017, <https://arxiv.org/abs/1706.08500>, eq. 6.

use super::singular_values::{dot, nuclear_norm};

/// |μ_a − μ_b|² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½) with means and unbiased covariances: 0 for the same set twice.
///
/// With few pictures the covariances are poor and the distance comes out too large: by the same amount only for sets of the
/// same sizes. So compare equal sizes, and put the distance between two sets of real pictures beside it. No shrinkage is
/// applied: it would pull every covariance the same way and hide what differs. [`kernel_distance`](super::kernel_distance) has
/// no such bias.
///
/// On the features of our image encoder this is the "Fréchet distance on EfficientNet-Lite0 features", never FID: that is
/// defined on another network.
///
/// # Shapes
/// Sets of vectors `[d]`, two in each set at least. Time grows with the cube of the sets' sizes, not of d: about a second for 500
/// in each.
///
/// # Panics
/// When there are fewer, or vectors differ in width.
#[must_use]
pub fn frechet_distance(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    let ((mean_a, a), (mean_b, b)) = (centered(a), centered(b));
    assert_eq!(mean_a.len(), mean_b.len(), "features of two models");
    let means: f64 = mean_a.iter().zip(&mean_b).map(|(a, b)| (a - b).powi(2)).sum();
    let trace = |set: &[Vec<f64>]| set.iter().map(|row| dot(row, row)).sum::<f64>();
    // With Σ = XᵀX the eigenvalues of Σ_a Σ_b are the squares of the singular values of X_a X_bᵀ, which is as small as the sets.
    let (fewer, more) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    let products = fewer.iter().map(|x| more.iter().map(|y| dot(x, y)).collect()).collect();
    (means + trace(&a) + trace(&b) - 2.0 * nuclear_norm(products)).max(0.0)
}

/// The mean of a set, and its members less that mean over √(n − 1), `[n, d]`.
fn centered(set: &[Vec<f32>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    assert!(set.len() > 1, "a distance of sets needs two pictures in each");
    let (count, width) = (set.len() as f64, set[0].len());
    assert!(set.iter().all(|features| features.len() == width), "features of two models");
    let mean: Vec<f64> =
        (0..width).map(|i| set.iter().map(|features| f64::from(features[i])).sum::<f64>() / count).collect();
    let scale = (count - 1.0).sqrt();
    let row =
        |features: &Vec<f32>| features.iter().zip(&mean).map(|(&x, mean)| (f64::from(x) - mean) / scale).collect();
    let rows = set.iter().map(row).collect();
    (mean, rows)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `np.sin(1.7 * i * (j + 1) + k * j) + .5 * k` with `i, j = np.mgrid[:count, :width]`.
    pub(in crate::measures) fn set(count: usize, width: usize, k: f64) -> Vec<Vec<f32>> {
        let value = |i: usize, j: usize| ((1.7 * (i * (j + 1)) as f64 + k * j as f64).sin() + 0.5 * k) as f32;
        (0..count).map(|i| (0..width).map(|j| value(i, j)).collect()).collect()
    }

    /// `((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(s + t - 2 * scipy.linalg.sqrtm(s @ t).real)` with
    /// `s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)`; more pictures than features, and fewer.
    #[test]
    fn distances_are_those_of_the_matrix_root() {
        for (sizes, width, want) in [((12, 9), 5, 1.441_147_830), ((6, 7), 20, 16.367_870_075)] {
            let (a, b) = (set(sizes.0, width, 0.0), set(sizes.1, width, 1.0));
            let got = frechet_distance(&a, &b);
            // scipy takes the root of a matrix without full rank in the second case, which costs it half its digits.
            assert!((got - want).abs() < 1e-4, "{got} is not {want}");
            assert!((frechet_distance(&b, &a) - got).abs() < 1e-9);
        }
    }

    #[test]
    fn the_same_set_is_at_0_and_a_shifted_one_at_the_shift_squared() {
        let a = set(20, 8, 0.3);
        assert!(frechet_distance(&a, &a) < 1e-9);
        let shifted: Vec<Vec<f32>> = a.iter().map(|x| x.iter().map(|value| value + 2.0).collect()).collect();
        assert!((frechet_distance(&a, &shifted) - 8.0 * 4.0).abs() < 1e-4);
    }
}
