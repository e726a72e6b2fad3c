//! Guidance between two condition sets. Composer (<https://arxiv.org/abs/2302.09778>, section 2.2) and Ho and Salimans 2022
//! (<https://arxiv.org/abs/2207.12598>, eq. 6).

/// `uncond + scale (cond − uncond)`: 1 is the conditional prediction itself, 0 the unconditional one.
///
/// # Shapes
/// `cond`, `uncond` and the result are alike; they may be predictions of noise, velocity or the sample, which differ
/// from each other by a linear map.
///
/// # Panics
/// When the two differ in length.
#[must_use]
pub fn classifier_free(cond: &[f32], uncond: &[f32], scale: f32) -> Vec<f32> {
    assert_eq!(cond.len(), uncond.len(), "guidance needs two predictions of one size");
    cond.iter().zip(uncond).map(|(cond, uncond)| uncond + scale * (cond - uncond)).collect()
}

#[cfg(test)]
mod tests {
    use super::classifier_free;

    #[test]
    fn scale_goes_from_one_prediction_through_the_other() {
        let (cond, uncond) = ([2.0, -1.0], [1.0, 1.0]);
        assert_eq!(classifier_free(&cond, &uncond, 0.0), uncond);
        assert_eq!(classifier_free(&cond, &uncond, 1.0), cond);
        assert_eq!(classifier_free(&cond, &uncond, 3.0), [4.0, -5.0]);
    }
}
