//! A measure with and without its condition, over the same pictures and seeds.

/// Means of a measure over pictures, and how sure their difference is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Mean where the condition was given.
    pub given: f64,
    /// Mean of the control: not given, or another picture's.
    pub control: f64,
    /// Standard error of the mean difference. Differences beyond two of these are more than chance. 0 for a single picture.
    pub standard_error: f64,
}

impl Paired {
    /// Of one number a picture each, in the same order.
    ///
    /// # Panics
    /// When there are none, or not as many of one as of the other.
    #[must_use]
    pub fn of(given: &[f64], control: &[f64]) -> Self {
        assert!(!given.is_empty() && given.len() == control.len(), "one number a picture each");
        let count = given.len() as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
        let differences: Vec<f64> = given.iter().zip(control).map(|(a, b)| a - b).collect();
        let center = mean(&differences);
        let squares: f64 = differences.iter().map(|difference| (difference - center).powi(2)).sum();
        let standard_error = if given.len() > 1 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 };
        Self { given: mean(given), control: mean(control), standard_error }
    }
}

#[cfg(test)]
mod tests {
    use super::Paired;

    /// `scipy.stats.sem(given - control)`.
    #[test]
    fn the_error_is_that_of_the_differences() {
        let paired = Paired::of(&[0.9, 0.7, 0.8, 0.4], &[0.5, 0.4, 0.1, 0.3]);
        assert!((paired.given - 0.7).abs() < 1e-12 && (paired.control - 0.325).abs() < 1e-12);
        assert!((paired.standard_error - 0.125).abs() < 1e-9, "{}", paired.standard_error);
        assert!(Paired::of(&[0.9, 0.5], &[0.5, 0.1]).standard_error < 1e-12);
    }
}
