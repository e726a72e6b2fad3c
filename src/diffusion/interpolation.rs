//! Ways between two representations: straight for a palette, along the sphere for semantics.

/// `a + t (b − a)`: 0 is `a`, 1 is `b`. Between two palettes it is a palette: the sum stays.
///
/// # Shapes
/// `a`, `b` and the result are alike.
///
/// # Panics
/// When the two differ in length.
#[must_use]
pub fn lerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    assert_eq!(a.len(), b.len(), "interpolation needs two vectors of one size");
    a.iter().zip(b).map(|(a, b)| a + t * (b - a)).collect()
}

/// The unit vector at the share `t` of the shorter arc from `a` to `b`: 0 is `a`, 1 is `b`. For interpolation of
/// semantics and for the strength of a style. Shoemake 1985, "Animating rotation with quaternion curves".
///
/// Opposite vectors have no shorter arc; one of them is chosen, always the same.
///
/// # Shapes
/// `a`, `b` and the result: `[semantics_dim]`, two components or more. `a` and `b` are brought to unit length.
///
/// # Panics
/// When the two differ in length, or one of them has no direction.
#[must_use]
pub fn slerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    assert_eq!(a.len(), b.len(), "interpolation needs two vectors of one size");
    assert!(a.len() >= 2, "there is no arc on a line");
    let unit = |vector: &[f32]| normalised(vector.iter().copied().map(f64::from).collect());
    let (a, b) = (unit(a), unit(b));
    let cos = dot(&a, &b);
    // The part of `b` across `a`. acos of the cosine would lose half its digits where the two are nearly parallel.
    let across: Vec<f64> = a.iter().zip(&b).map(|(a, b)| b - cos * a).collect();
    let sin = dot(&across, &across).sqrt();
    // Less than this is the rounding of f32 components, no direction.
    let across = if sin > 1e-6 { normalised(across) } else { any_across(&a) };
    let angle = f64::from(t) * libm::atan2(sin, cos);
    let (sin, cos) = libm::sincos(angle);
    a.iter().zip(across).map(|(a, across)| (cos * a + sin * across) as f32).collect()
}

/// [`slerp`] for vectors whose length says something, too, such as noise: it goes evenly from one length to the other.
///
/// # Panics
/// As [`slerp`].
#[must_use]
pub fn slerp_with_length(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    let length = |vector: &[f32]| vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let (from, to) = (length(a), length(b));
    let length = from + f64::from(t) * (to - from);
    slerp(a, b, t).into_iter().map(|value| (f64::from(value) * length) as f32).collect()
}

/// A unit vector perpendicular to the unit vector `a`: the axis that `a` has least of, straightened.
fn any_across(a: &[f64]) -> Vec<f64> {
    let axis = (0..a.len()).min_by(|&i, &j| a[i].abs().total_cmp(&a[j].abs())).unwrap_or(0);
    normalised(a.iter().enumerate().map(|(i, value)| f64::from(u8::from(i == axis)) - a[axis] * value).collect())
}

fn normalised(mut vector: Vec<f64>) -> Vec<f64> {
    let norm = dot(&vector, &vector).sqrt();
    assert!(norm > 0.0 && norm.is_finite(), "a vector of length {norm} has no direction");
    for value in &mut vector {
        *value /= norm;
    }
    vector
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: [f32; 6] = [0.0, 0.1, 0.5, 0.75, 1.0, 1.3];

    fn angle(a: &[f32], b: &[f32]) -> f64 {
        let unit = |vector: &[f32]| normalised(vector.iter().copied().map(f64::from).collect());
        let (a, b) = (unit(a), unit(b));
        let chord = |sign: f64| a.iter().zip(&b).map(|(a, b)| (a + sign * b).powi(2)).sum::<f64>().sqrt();
        2.0 * chord(-1.0).atan2(chord(1.0))
    }

    fn assert_unit(vector: &[f32]) {
        let norm = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        assert!((norm - 1.0).abs() < 1e-6, "{vector:?} is of length {norm}");
    }

    #[test]
    fn noise_goes_from_one_length_to_the_other() {
        let (a, b) = ([3.0, 0.0, 0.0], [0.0, 0.0, 1.0]);
        let half = slerp_with_length(&a, &b, 0.5);
        let want = 2.0 * std::f32::consts::FRAC_1_SQRT_2;
        assert!(half.iter().zip([want, 0.0, want]).all(|(got, want)| (got - want).abs() < 1e-6), "{half:?}");
        for (share, end) in [(0.0, a), (1.0, b)] {
            let at_end = slerp_with_length(&a, &b, share);
            assert!(at_end.iter().zip(end).all(|(got, want)| (got - want).abs() < 1e-6), "{at_end:?}");
        }
    }

    #[test]
    fn lerp_goes_from_one_to_the_other() {
        let (a, b) = ([0.25, 0.75, 0.0], [0.5, 0.0, 0.5]);
        assert_eq!(lerp(&a, &b, 0.0), a);
        assert_eq!(lerp(&a, &b, 0.5), [0.375, 0.375, 0.25]);
        assert_eq!(lerp(&a, &b, 1.0), b);
    }

    #[test]
    fn slerp_walks_the_arc_at_an_even_pace() {
        let (a, b) = ([0.6, 0.8, 0.0], [0.0, -0.6, 0.8]);
        let whole = angle(&a, &b);
        for t in SHARES {
            let at = slerp(&a, &b, t);
            assert_unit(&at);
            assert!((angle(&a, &at) - f64::from(t) * whole).abs() < 1e-6, "{t}: {at:?}");
            assert!((angle(&b, &at) - f64::from((1.0 - t).abs()) * whole).abs() < 1e-6, "{t}: {at:?}");
        }
    }

    #[test]
    fn nearly_parallel_vectors_stay_together() {
        for difference in [0.0, 1e-8, 1e-6, 1e-4] {
            let (a, b) = ([0.6, 0.8, 0.0], [0.6, 0.8, difference]);
            for t in SHARES {
                let at = slerp(&a, &b, t);
                assert_unit(&at);
                assert!((f64::from(at[2]) - f64::from(t * difference)).abs() < 1.1e-6, "{difference}, {t}: {at:?}");
            }
        }
    }

    #[test]
    fn nearly_opposite_vectors_are_joined_by_half_a_circle() {
        for difference in [0.0, 1e-8, 1e-6, 1e-4] {
            let (a, b) = ([0.6, 0.8, 0.0], [-0.6, -0.8, difference]);
            for t in SHARES {
                let at = slerp(&a, &b, t);
                assert_unit(&at);
                let want = std::f64::consts::PI * f64::from(1.0 - (t - 1.0).abs());
                assert!((angle(&a, &at) - want).abs() < 2e-4, "{difference}, {t}: {at:?}");
            }
        }
    }

    #[test]
    fn lengths_do_not_count() {
        let (long, unit) = (slerp(&[2.0, 0.0], &[0.0, 0.1], 0.5), slerp(&[1.0, 0.0], &[0.0, 1.0], 0.5));
        assert!(angle(&long, &unit) < 1e-7, "{long:?} {unit:?}");
    }

    #[test]
    #[should_panic(expected = "has no direction")]
    fn nothing_has_no_direction() {
        let _ = slerp(&[0.0, 0.0], &[0.0, 1.0], 0.5);
    }
}
