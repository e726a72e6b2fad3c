//! DPM-Solver++ 2M: Lu et al. 2022, <https://arxiv.org/abs/2211.01095>, algorithm 2.
//!
//! | here                   | paper                        |
//! |------------------------|------------------------------|
//! | `sample`               | x_s, then x_t                |
//! | `pred_original_sample` | x_θ(x_s, s)                  |
//! | `lambda`               | λ = ln(α / σ)                |
//! | `h`, `r`               | λ_t − λ_s, h_previous / h    |
//!
//! The schedule starts at λ = −∞ (pure noise) and ends at λ = +∞ (the picture). The formula in h is 0 · ∞ there, so the
//! step is written with e^−h = (α_s σ_t) / (α_t σ_s), which is finite at both ends.

/// What the next step needs to know of this one.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    previous: Option<(Vec<f32>, f64)>,
}

impl History {
    /// One step in place. `alphas_cumprod` is (ᾱ_s, ᾱ_t). The first and the last step are of first order.
    pub(super) fn step(&mut self, sample: &mut [f32], pred_original_sample: &[f32], (now, next): (f64, f64)) {
        let h = lambda(next) - lambda(now);
        // The correction (x̂_0 − previous x̂_0) / (2r) vanishes at both ends of the schedule, where r is infinite or 0/∞:
        // after a first step from λ = −∞, and before λ = +∞, where the paper too falls back to first order.
        let correction = match &self.previous {
            Some((_, previous_h)) if previous_h.is_finite() && h.is_finite() => 0.5 * h / previous_h,
            _ => 0.0,
        };
        let (of_sample, of_original) = first_order((now, next));
        for (i, x) in sample.iter_mut().enumerate() {
            let x0 = f64::from(pred_original_sample[i]);
            let previous = self.previous.as_ref().map_or(x0, |(previous, _)| f64::from(previous[i]));
            let data = x0 + correction * (x0 - previous);
            *x = (of_sample * f64::from(*x) + of_original * data) as f32;
        }
        self.previous = Some((pred_original_sample.to_vec(), h));
    }
}

/// The shares of x_s and of x̂_0 in a step of first order: σ_t / σ_s and −α_t (e^−h − 1).
pub(super) fn first_order((now, next): (f64, f64)) -> (f64, f64) {
    let of_sample = (1.0 - next).sqrt() / (1.0 - now).sqrt();
    (of_sample, next.sqrt() - of_sample * now.sqrt())
}

/// Half the logarithm of the signal-to-noise ratio; −∞ for pure noise, +∞ for the picture itself.
pub(super) fn lambda(alpha_cumprod: f64) -> f64 {
    0.5 * (libm::log(alpha_cumprod) - libm::log(1.0 - alpha_cumprod))
}
