//! UniPC of order 2 with B₂(h) = e^h − 1 and data prediction: Zhao et al. 2023, <https://arxiv.org/abs/2302.04867>.
//!
//! | here                   | paper                                           |
//! |------------------------|-------------------------------------------------|
//! | `sample`               | x̃ at s, then the prediction x̃ at t              |
//! | `start`                | x̃ᶜ at s: corrected, where the step to t begins  |
//! | `pred_original_sample` | x_θ(x̃, ·)                                       |
//! | `h`, `q`               | λ_t − λ_s, −1 / r_1 = h / h_previous            |
//!
//! The predictor, UniP-2 (corollary 3.2), is the step of DPM-Solver++ 2M: with B₂ its one coefficient is ½, as the
//! paper simplifies it. The corrector, UniC-2 (theorem 3.1), makes the step to t once more as soon as the network has
//! answered at t, and the next step begins there. The network is not asked again at the corrected sample: one
//! evaluation a step.

use super::dpm_solver::{self, first_order, lambda};

/// What the next step needs to know of this one.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    predictor: dpm_solver::History,
    last: Option<Step>,
}

/// A step that was predicted and not yet corrected.
#[derive(Debug, Clone)]
struct Step {
    start: Vec<f32>,
    pred_original_sample: Vec<f32>,
    /// (ᾱ_s, ᾱ_t).
    alphas_cumprod: (f64, f64),
    /// h, and x̂_0 of the step before; none for the first step.
    before: Option<(f64, Vec<f32>)>,
}

impl History {
    /// One step in place: first corrects `sample`, then predicts the next. `alphas_cumprod` is (ᾱ_s, ᾱ_t).
    ///
    /// The result of the last step, to ᾱ = 1, is x̂_0 itself: no evaluation is left to correct it with.
    pub(super) fn step(&mut self, sample: &mut [f32], pred_original_sample: &[f32], alphas_cumprod: (f64, f64)) {
        let before = self.last.take().map(|last| {
            last.correct(sample, pred_original_sample);
            (last.h(), last.pred_original_sample)
        });
        let pred = pred_original_sample.to_vec();
        self.last = Some(Step { start: sample.to_vec(), pred_original_sample: pred, alphas_cumprod, before });
        self.predictor.step(sample, pred_original_sample, alphas_cumprod);
    }
}

impl Step {
    fn h(&self) -> f64 {
        lambda(self.alphas_cumprod.1) - lambda(self.alphas_cumprod.0)
    }

    /// Makes this step again, with x̂_0 at its end known.
    fn correct(&self, sample: &mut [f32], pred_original_sample: &[f32]) {
        let (of_sample, of_original) = first_order(self.alphas_cumprod);
        let (of_end, of_before) = corrector(self.h(), self.before.as_ref().map(|(h, _)| *h));
        for (i, x) in sample.iter_mut().enumerate() {
            let x0 = f64::from(self.pred_original_sample[i]);
            let before = self.before.as_ref().map_or(x0, |(_, before)| f64::from(before[i]));
            let data = x0 + of_end * (f64::from(pred_original_sample[i]) - x0) + of_before * (x0 - before);
            *x = (of_sample * f64::from(self.start[i]) + of_original * data) as f32;
        }
    }
}

/// Shares of x̂_0(t) − x̂_0(s) and of x̂_0(s) − x̂_0(before) in a corrected step of length `h`, after one of `previous_h`.
///
/// Without an earlier step it is UniC-1, whose coefficient the paper sets to ½: also from λ = −∞ that is of second
/// order, being the trapezoidal rule in e^λ. Otherwise a_1 + a_2 = b_1 and r_1 a_1 + a_2 = b_2, with b_n the mean
/// over the step of ((λ − λ_s) / h)^n weighted by e^λ, are solved with q = −1 / r_1: after an infinite step q is 0,
/// and nothing infinite.
fn corrector(h: f64, previous_h: Option<f64>) -> (f64, f64) {
    let Some(previous_h) = previous_h else { return (0.5, 0.0) };
    let b_0 = -1.0 / libm::expm1(-h);
    let b_1 = b_0 - 1.0 / h;
    let b_2 = b_0 - 2.0 * b_1 / h;
    let q = h / previous_h;
    let a_1 = (b_1 - b_2) * q / (1.0 + q);
    (b_1 - a_1, a_1 * q)
}

#[cfg(test)]
mod tests {
    use super::super::mixture::Mixture;
    use super::super::{NoiseSchedule, Prediction, SamplerKind, Scheduler};
    use super::corrector;

    const DDIM: SamplerKind = SamplerKind::Ddim { eta: 0.0 };
    const DPM_SOLVER: SamplerKind = SamplerKind::DpmSolverPlusPlus2M;

    /// Root mean square distance from the exact flow, at the end of a run or where its last step begins.
    fn error(mixture: &Mixture, kind: SamplerKind, steps: usize, whole: bool) -> f64 {
        let schedule = NoiseSchedule::cosine(1000);
        let mut run = Scheduler::new(&schedule, kind, steps, Prediction::Sample, None).unwrap();
        let noise = Mixture::noise();
        let mut sample = noise.clone();
        let mut timesteps = run.timesteps().to_vec();
        let last = if whole { None } else { timesteps.pop() };
        for t in timesteps {
            run.step(&mixture.originals(&sample, schedule.alphas_cumprod[t]), &mut sample, None).unwrap();
        }
        let exact = mixture.flow(&noise, last.map_or(1.0, |t| schedule.alphas_cumprod[t]));
        super::super::mixture::rms(&sample, &exact)
    }

    #[test]
    fn unipc_is_more_accurate_than_ddim_and_not_less_than_dpm_solver() {
        let mixture = Mixture { std: 0.4 };
        for steps in [5, 8, 10, 15, 20, 40] {
            let [ddim, dpm, unipc] =
                [DDIM, DPM_SOLVER, SamplerKind::UniPc].map(|kind| error(&mixture, kind, steps, true));
            assert!(unipc < 0.6 * ddim && unipc < dpm, "{steps}: {ddim} {dpm} {unipc}");
        }
    }

    #[test]
    fn twice_the_steps_leave_a_quarter_of_the_error() {
        // Without the last step, which is of first order for every sampler and decides the error of a whole run.
        let mixture = Mixture { std: 0.6 };
        for (kind, low, high) in [(DDIM, 1.8, 2.2), (SamplerKind::UniPc, 3.2, 4.8)] {
            let errors = [50, 100, 200].map(|steps| error(&mixture, kind, steps, false));
            for pair in errors.windows(2) {
                let ratio = pair[0] / pair[1];
                assert!((low..high).contains(&ratio), "{kind:?}: {errors:?}, {ratio}");
            }
        }
    }

    #[test]
    fn short_steps_are_those_of_a_polynomial_through_three_points() {
        // h → 0 and equal steps: a parabola through −1, 0, 1 has from 0 to 1 the integral (5 f(1) + 8 f(0) − f(−1)) /
        // 12.
        let (of_end, of_before) = corrector(1e-3, Some(1e-3));
        assert!((of_end - 5.0 / 12.0).abs() < 1e-3 && (of_before - 1.0 / 12.0).abs() < 1e-3, "{of_end} {of_before}");
    }

    #[test]
    fn a_step_after_an_infinite_one_forgets_what_was_before() {
        let (of_end, of_before) = corrector(0.7, Some(f64::INFINITY));
        assert!((of_end - (1.0 / (1.0 - libm::exp(-0.7)) - 1.0 / 0.7)).abs() < 1e-12);
        assert!(of_before.abs() < f64::EPSILON);
    }
}
