//! The noise schedule and which of its timesteps a run visits.
//!
//! | here             | papers |
//! |------------------|--------|
//! | `alphas_cumprod` | ᾱ_t    |
//! | `alpha`, `sigma` | √ᾱ_t, √(1 − ᾱ_t) |

use std::f64::consts::FRAC_PI_2;

use crate::error::{Error, Result};

/// How much of the picture is left at each training timestep.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSchedule {
    /// ᾱ_t for t = 0, 1, …; falls from nearly 1 to exactly 0.
    pub alphas_cumprod: Vec<f64>,
}

impl NoiseSchedule {
    /// Cosine schedule (Nichol and Dhariwal 2021, <https://arxiv.org/abs/2102.09672>, eq. 17) rescaled to zero terminal
    /// signal (Lin et al. 2023, <https://arxiv.org/abs/2305.08891>, algorithm 1): the last timestep is pure noise.
    ///
    /// # Panics
    /// With fewer than two timesteps there is nothing to rescale.
    #[must_use]
    pub fn cosine(num_train_timesteps: usize) -> Self {
        assert!(num_train_timesteps >= 2, "a noise schedule needs two timesteps or more");
        // libm, here and wherever a sampler needs more than + − × ÷ √: the same bits natively and in a browser.
        let root = |t: usize| {
            let u = t as f64 / num_train_timesteps as f64;
            libm::cos((u + 0.008) / 1.008 * FRAC_PI_2) / libm::cos(0.008 / 1.008 * FRAC_PI_2)
        };
        let (first, last) = (root(1), root(num_train_timesteps));
        let alphas_cumprod = (1..=num_train_timesteps)
            .map(|t| {
                let rescaled = (root(t) - last) * first / (first - last);
                rescaled * rescaled
            })
            .collect();
        Self { alphas_cumprod }
    }

    /// `(√ᾱ_t, √(1 − ᾱ_t))`: the shares of picture and noise in x_t.
    ///
    /// # Panics
    /// When `t` is not a timestep of this schedule.
    #[must_use]
    pub fn alpha_sigma(&self, t: usize) -> (f64, f64) {
        let alpha_cumprod = self.alphas_cumprod[t];
        (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt())
    }
}

/// Timesteps of a run, first to last (falling), by trailing spacing (<https://arxiv.org/abs/2305.08891>, section 3.3):
/// the first one is always the last trained one, which is the only one where x_t is pure noise.
///
/// # Errors
/// [`Error::Steps`] when `steps` is not in 1 to `num_train`.
pub fn trailing_timesteps(num_train: usize, steps: usize) -> Result<Vec<usize>> {
    if steps == 0 || steps > num_train {
        return Err(Error::Steps { what: format!("{steps} asked for; choose 1 to {num_train}") });
    }
    // Ties to even, as numpy rounds for diffusers.
    let timestep = |i: usize| (num_train as f64 - (i * num_train) as f64 / steps as f64).round_ties_even() as usize - 1;
    Ok((0..steps).map(timestep).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signal_only_falls() {
        let schedule = NoiseSchedule::cosine(1000);
        assert!(schedule.alphas_cumprod.is_sorted_by(|a, b| a > b));
    }

    #[test]
    fn the_last_timestep_is_pure_noise_and_the_first_keeps_its_signal() {
        let schedule = NoiseSchedule::cosine(1000);
        assert_eq!(schedule.alphas_cumprod[999].to_bits(), 0.0_f64.to_bits());
        let u = |t: f64| ((t / 1000.0 + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2);
        assert!((schedule.alphas_cumprod[0] - u(1.0) / u(0.0)).abs() < 1e-12);
    }

    #[test]
    fn five_steps_visit_the_timesteps_diffusers_visits() {
        assert_eq!(trailing_timesteps(1000, 5), Ok(vec![999, 799, 599, 399, 199]));
        assert_eq!(trailing_timesteps(1000, 3), Ok(vec![999, 666, 332]));
        // 937.5 rounds to the even 938, 812.5 to 812.
        assert_eq!(trailing_timesteps(1000, 16).map(|t| t[..4].to_vec()), Ok(vec![999, 937, 874, 811]));
    }

    #[test]
    fn every_trained_timestep_can_be_visited() {
        assert_eq!(trailing_timesteps(1000, 1000), Ok((0..1000).rev().collect()));
        assert_eq!(trailing_timesteps(1000, 1), Ok(vec![999]));
    }

    #[test]
    fn more_steps_than_trained_is_an_error() {
        assert_eq!(
            trailing_timesteps(1000, 1001),
            Err(Error::Steps { what: "1001 asked for; choose 1 to 1000".into() })
        );
        assert!(trailing_timesteps(1000, 0).is_err());
    }
}
