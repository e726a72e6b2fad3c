//! Sets of pictures by their features: how varied they are, and whether they are copies.

/// Mean of 1 − cosine over all pairs: 0 where all are alike, about 1 where no two have anything in common.
///
/// # Shapes
/// Vectors `[d]`, two at least.
///
/// # Panics
/// When there are fewer, or they differ in width.
#[must_use]
pub fn diversity(set: &[Vec<f32>]) -> f64 {
    assert!(set.len() > 1, "how varied pictures are takes two at least");
    mean_over_pairs(set, |x, y| 1.0 - cosine(x, y))
}

/// The mean of a symmetric function over all pairs of different members.
pub(super) fn mean_over_pairs(set: &[Vec<f32>], value: impl Fn(&[f32], &[f32]) -> f64) -> f64 {
    let value = &value;
    let pairs = set.iter().enumerate().flat_map(|(i, x)| set[..i].iter().map(move |y| value(x, y)));
    2.0 * pairs.sum::<f64>() / (set.len() * (set.len() - 1)) as f64
}

/// In double precision: hundreds of products cancel.
pub(super) fn dot(x: &[f32], y: &[f32]) -> f64 {
    x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

/// A picture's nearest one in a reference set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its place in the set.
    pub index: usize,
    /// How alike the two are: 1 the same.
    pub cosine: f64,
}

/// The member of `reference` most like `features`. A model that copies its training pictures shows it by cosines near 1; put
/// those of real pictures that it has not seen beside them.
///
/// # Shapes
/// Vectors `[d]`, one in the set at least.
///
/// # Panics
/// When there is none, or they differ in width.
#[must_use]
pub fn nearest(features: &[f32], reference: &[Vec<f32>]) -> Nearest {
    let all = reference.iter().enumerate().map(|(index, other)| Nearest { index, cosine: cosine(features, other) });
    all.max_by(|a, b| a.cosine.total_cmp(&b.cosine)).expect("the reference set has a picture")
}

/// 0 where one of them is 0.
fn cosine(x: &[f32], y: &[f32]) -> f64 {
    assert_eq!(x.len(), y.len(), "features of two models");
    let norm = (dot(x, x) * dot(y, y)).sqrt();
    if norm > 0.0 { dot(x, y) / norm } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_have_no_diversity_and_unlike_ones_have_1() {
        assert!(diversity(&[vec![1.0, 2.0], vec![2.0, 4.0], vec![0.5, 1.0]]).abs() < 1e-12);
        assert!((diversity(&[vec![1.0, 0.0, 0.0], vec![0.0, 3.0, 0.0], vec![0.0, 0.0, 2.0]]) - 1.0).abs() < 1e-12);
    }

    /// `scipy.spatial.distance.pdist(set, "cosine").mean()`.
    #[test]
    fn diversity_is_the_mean_cosine_distance() {
        let got = diversity(&[vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0], vec![0.0, 1.0, 0.0], vec![2.0, 2.0, 5.0]]);
        assert!((got - 0.365_607_071_2).abs() < 1e-9, "{got}");
    }

    #[test]
    fn a_copy_is_found_whatever_its_length() {
        let reference = [vec![1.0, 0.0, 0.2], vec![0.5, 0.5, 0.5], vec![0.0, 1.0, 0.9]];
        let found = nearest(&[2.0, 2.0, 2.0], &reference);
        assert_eq!(found.index, 1);
        assert!((found.cosine - 1.0).abs() < 1e-12);
    }
}
