//! Kernel distance of two sets of pictures, by their features. Bińkowski et al. 2018, <https://arxiv.org/abs/1801.01401>.

use super::features::{dot, mean_over_pairs};

/// Unbiased estimate of the squared maximum mean discrepancy with the kernel (x·y / d + 1)³ (the paper's eq. 4 and section
/// 4.1), over all pairs rather than drawn blocks. 0 on average for two sets of one distribution, whatever their sizes, and so
/// now and then a little below.
///
/// On the features of our image encoder this is the "kernel distance on EfficientNet-Lite0 features", never KID: that is
/// defined on another network.
///
/// # Shapes
/// Sets of vectors `[d]`, two in each set at least.
///
/// # Panics
/// When there are fewer, or vectors differ in width.
#[must_use]
pub fn kernel_distance(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    assert!(a.len() > 1 && b.len() > 1, "a distance of sets needs two pictures in each");
    mean_over_pairs(a, kernel) + mean_over_pairs(b, kernel) - 2.0 * between(a, b)
}

fn kernel(x: &[f32], y: &[f32]) -> f64 {
    assert_eq!(x.len(), y.len(), "features of two models");
    (dot(x, y) / x.len() as f64 + 1.0).powi(3)
}

fn between(a: &[Vec<f32>], b: &[Vec<f32>]) -> f64 {
    let sum: f64 = a.iter().flat_map(|x| b.iter().map(move |y| kernel(x, y))).sum();
    sum / (a.len() * b.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::super::frechet::tests::set;
    use super::*;

    /// `k = lambda x, y: (x @ y.T / width + 1) ** 3`, then
    /// `(k(a, a).sum() - np.trace(k(a, a))) / (n * (n - 1)) + (the same of b) - 2 * k(a, b).mean()`.
    #[test]
    fn distances_are_those_of_the_formula() {
        for (sizes, width, want) in [((12, 9), 5, 0.527_919_002), ((6, 7), 20, 0.590_281_388)] {
            let got = kernel_distance(&set(sizes.0, width, 0.0), &set(sizes.1, width, 1.0));
            assert!((got - want).abs() < 1e-6, "{got} is not {want}");
        }
    }

    #[test]
    fn halves_of_one_set_are_nearer_than_a_shifted_set() {
        let all = set(40, 8, 0.3);
        let (odd, even): (Vec<_>, Vec<_>) = all.iter().cloned().enumerate().partition(|(i, _)| i % 2 == 1);
        let members = |half: Vec<(usize, Vec<f32>)>| half.into_iter().map(|(_, x)| x).collect::<Vec<_>>();
        let (odd, even) = (members(odd), members(even));
        let shifted: Vec<Vec<f32>> = odd.iter().map(|x| x.iter().map(|value| value + 1.0).collect()).collect();
        assert!(kernel_distance(&odd, &even) < kernel_distance(&shifted, &even));
    }
}
