//! What a picture shows and how, in one vector.

use crate::error::{Error, Result};
use crate::tensor::{dot, unit};

/// A unit vector in the space that pictures and captions share.
#[derive(Clone, PartialEq)]
pub struct Semantics(Vec<f32>);

impl Semantics {
    /// The direction of `values`.
    ///
    /// # Errors
    /// [`Error::Image`] where they have no direction: all zero, not finite, or none at all.
    pub fn new(values: Vec<f32>) -> Result<Self> {
        let norm = dot(&values, &values).sqrt();
        if !(norm.is_finite() && norm > 1e-12) {
            return Err(Error::image("its semantics have no direction; take them from another picture"));
        }
        Ok(Self(unit(values)))
    }

    /// `[semantics_dim]`, unit length.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// How much two are alike: 1 the same, 0 unrelated.
    ///
    /// # Panics
    /// When they come from models of different width.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        assert_eq!(self.0.len(), other.0.len(), "semantics of two models");
        dot(&self.0, &other.0)
    }
}

/// The width only; the values mean nothing to a reader.
impl std::fmt::Debug for Semantics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Semantics[{}]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_direction_counts() {
        let (a, b) = (Semantics::new(vec![3.0, 4.0]).unwrap(), Semantics::new(vec![0.6, 0.8]).unwrap());
        assert!((a.cosine(&b) - 1.0).abs() < 1e-6);
        assert!(Semantics::new(vec![4.0, -3.0]).unwrap().cosine(&a).abs() < 1e-6);
    }

    #[test]
    fn what_has_no_direction_is_an_error() {
        for values in [vec![], vec![0.0; 4], vec![f32::NAN, 1.0], vec![f32::INFINITY]] {
            assert!(Semantics::new(values).is_err());
        }
    }
}
