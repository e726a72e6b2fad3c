//! Guidance between two condition sets. Composer (<https://arxiv.org/abs/2302.09778>, section 2.2) and Ho and Salimans 2022
//! (<https://arxiv.org/abs/2207.12598>, eq. 6).

use super::lerp;

/// ε̂ = w ε(x, c₂) + (1 − w) ε(x, c₁), Composer section 2.2: what is only in c₂ counts w, what is only in c₁ counts
/// 1 − w, what is in both counts once.
///
/// `weight` above 1 leads away from c₁: c₁ without conditions is [`classifier_free`] guidance, c₁ with a caption is a
/// negative prompt, c₁ with the local conditions of c₂ guides by the global ones alone.
///
/// # Shapes
/// `toward` (of c₂), `away` (of c₁) and the result are alike; they may be predictions of noise, velocity or the sample,
/// which differ from each other by a linear map.
///
/// # Panics
/// When the two differ in length.
#[must_use]
pub fn between_conditions(toward: &[f32], away: &[f32], weight: f32) -> Vec<f32> {
    lerp(away, toward, weight)
}

/// `uncond + scale (cond − uncond)`: 1 is the conditional prediction itself, 0 the unconditional one.
///
/// # Shapes
/// As [`between_conditions`], of which it is the case c₁ = {}.
///
/// # Panics
/// When the two differ in length.
#[must_use]
pub fn classifier_free(cond: &[f32], uncond: &[f32], scale: f32) -> Vec<f32> {
    between_conditions(cond, uncond, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_goes_from_one_prediction_through_the_other() {
        let (cond, uncond) = ([2.0, -1.0], [1.0, 1.0]);
        assert_eq!(classifier_free(&cond, &uncond, 0.0), uncond);
        assert_eq!(classifier_free(&cond, &uncond, 1.0), cond);
        assert_eq!(classifier_free(&cond, &uncond, 3.0), [4.0, -5.0]);
    }

    #[test]
    fn a_condition_counts_by_the_sets_that_it_is_in() {
        // A network that adds up its conditions: one of c₂ alone, one of c₁ alone, one of both.
        let (of_c2, of_c1, of_both) = (1.0, 10.0, 100.0);
        for weight in [0.0, 0.5, 1.0, 3.0] {
            let guided = between_conditions(&[of_c2 + of_both], &[of_c1 + of_both], weight);
            assert_eq!(guided, [weight * of_c2 + (1.0 - weight) * of_c1 + of_both]);
        }
    }
}
