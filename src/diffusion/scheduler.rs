//! A sampling run: which timesteps, and how a network's answer moves the sample from one to the next.

use serde::Deserialize;

use super::{NoiseSchedule, ddim, dpm_solver, trailing_timesteps, unipc};
use crate::error::{Error, Result};

/// What a network's output is; a manifest names it as diffusers does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Prediction {
    /// x̂_0 itself.
    #[serde(rename = "sample")]
    Sample,
    /// v = √ᾱ ε − √(1 − ᾱ) x_0 (Salimans and Ho 2022, <https://arxiv.org/abs/2202.00512>).
    #[serde(rename = "v_prediction")]
    Velocity,
}

impl Prediction {
    /// x̂_0 = √ᾱ x − √(1 − ᾱ) v.
    pub(super) fn original_sample(self, output: f32, sample: f32, alpha_cumprod: f64) -> f32 {
        match self {
            Self::Sample => output,
            Self::Velocity => {
                (alpha_cumprod.sqrt() * f64::from(sample) - (1.0 - alpha_cumprod).sqrt() * f64::from(output)) as f32
            }
        }
    }

    /// v = (√ᾱ x − x̂_0) / √(1 − ᾱ), for ᾱ < 1.
    pub(super) fn velocity(self, output: f32, sample: f32, alpha_cumprod: f64) -> f64 {
        match self {
            Self::Sample => {
                (alpha_cumprod.sqrt() * f64::from(sample) - f64::from(output)) / (1.0 - alpha_cumprod).sqrt()
            }
            Self::Velocity => f64::from(output),
        }
    }
}

/// Which sampler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SamplerKind {
    /// The reference sampler; `eta` 0 is deterministic, 1 adds as much noise as the training process.
    Ddim {
        /// 0 to 1.
        eta: f32,
    },
    /// Second order multistep: by its authors' figures as good in 10 to 20 steps as DDIM in 50 or more.
    DpmSolverPlusPlus2M,
    /// UniPC-2: the same step, corrected once the network has answered at its end; no more evaluations.
    UniPc,
}

/// A sampler and what it remembers of earlier steps.
#[derive(Debug, Clone)]
enum Solver {
    Ddim { eta: f64 },
    DpmSolverPlusPlus2M(dpm_solver::History),
    UniPc(unipc::History),
}

/// One sampling run of one sample.
///
/// A copy is the run at that moment. With a copy of the sample it is a place to come back to, or to go on from twice.
#[derive(Debug, Clone)]
pub struct Scheduler {
    solver: Solver,
    prediction: Prediction,
    clamp: Option<f32>,
    timesteps: Vec<usize>,
    /// (ᾱ_t, ᾱ_t′) of each step; explicit pairs, and the last ᾱ_t′ is 1: the run ends at the picture itself.
    alphas_cumprod: Vec<(f64, f64)>,
    step_index: usize,
}

impl Scheduler {
    /// A run of `steps` steps with trailing spacing. `clamp` bounds x̂_0 to `[-clamp, clamp]`, the range of the data.
    ///
    /// # Errors
    /// [`Error::Steps`] when the schedule has fewer steps or none are asked for, [`Error::Recipe`] when eta is not in 0 to 1.
    pub fn new(
        schedule: &NoiseSchedule,
        kind: SamplerKind,
        steps: usize,
        prediction: Prediction,
        clamp: Option<f32>,
    ) -> Result<Self> {
        let solver = match kind {
            SamplerKind::Ddim { eta } if !(0.0..=1.0).contains(&eta) => {
                return Err(Error::recipe("eta", format!("{eta} is not in 0 to 1")));
            }
            SamplerKind::Ddim { eta } => Solver::Ddim { eta: f64::from(eta) },
            SamplerKind::DpmSolverPlusPlus2M => Solver::DpmSolverPlusPlus2M(dpm_solver::History::default()),
            SamplerKind::UniPc => Solver::UniPc(unipc::History::default()),
        };
        let timesteps = trailing_timesteps(schedule.alphas_cumprod.len(), steps)?;
        let at = |t: &usize| schedule.alphas_cumprod[*t];
        let alphas_cumprod =
            timesteps.iter().enumerate().map(|(i, t)| (at(t), timesteps.get(i + 1).map_or(1.0, at))).collect();
        Ok(Self { solver, prediction, clamp, timesteps, alphas_cumprod, step_index: 0 })
    }

    /// The timesteps of the run, first to last (falling).
    #[must_use]
    pub fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    /// Changes the range of x̂_0 for the steps to come.
    pub fn set_clamp(&mut self, clamp: Option<f32>) {
        self.clamp = clamp;
    }

    /// Whether the next step uses noise from the caller.
    #[must_use]
    pub fn needs_noise(&self) -> bool {
        matches!(self.solver, Solver::Ddim { eta } if eta > 0.0) && self.step_index + 1 < self.timesteps.len()
    }

    /// Advances `sample` in place from x_t to x_t′ and returns x̂_0, a preview of where the run is going.
    ///
    /// # Shapes
    /// `model_output` (for x_t at `timesteps()[step]`), `sample`, `noise` and the result are alike; any layout.
    ///
    /// # Errors
    /// [`Error::ScheduleExhausted`] after the last step.
    ///
    /// # Panics
    /// When the lengths differ, or when [`Self::needs_noise`] and there is none.
    pub fn step(&mut self, model_output: &[f32], sample: &mut [f32], noise: Option<&[f32]>) -> Result<Vec<f32>> {
        assert_eq!(model_output.len(), sample.len(), "the model's output is not of the sample's size");
        let alphas_cumprod = *self.alphas_cumprod.get(self.step_index).ok_or(Error::ScheduleExhausted)?;
        let pred_original_sample = self.pred_original_sample(model_output, sample, alphas_cumprod.0);
        match &mut self.solver {
            Solver::Ddim { eta } => ddim::step(sample, &pred_original_sample, noise, *eta, alphas_cumprod),
            Solver::DpmSolverPlusPlus2M(history) => history.step(sample, &pred_original_sample, alphas_cumprod),
            Solver::UniPc(history) => history.step(sample, &pred_original_sample, alphas_cumprod),
        }
        self.step_index += 1;
        Ok(pred_original_sample)
    }

    /// x̂_0, clamped.
    fn pred_original_sample(&self, model_output: &[f32], sample: &[f32], alpha_cumprod: f64) -> Vec<f32> {
        let predict = |(&output, &x): (&f32, &f32)| self.prediction.original_sample(output, x, alpha_cumprod);
        let clamp = |x0: f32| self.clamp.map_or(x0, |limit| x0.clamp(-limit, limit));
        model_output.iter().zip(sample).map(predict).map(clamp).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DDIM: SamplerKind = SamplerKind::Ddim { eta: 0.0 };
    const ANCESTRAL: SamplerKind = SamplerKind::Ddim { eta: 1.0 };
    const SECOND_ORDER: SamplerKind = SamplerKind::DpmSolverPlusPlus2M;
    const UNIPC: SamplerKind = SamplerKind::UniPc;

    fn scheduler(kind: SamplerKind, steps: usize, prediction: Prediction, clamp: Option<f32>) -> Scheduler {
        Scheduler::new(&NoiseSchedule::cosine(1000), kind, steps, prediction, clamp).unwrap()
    }

    /// The velocity that a perfect network gives for a distribution with the single picture `x0`.
    fn velocity_towards(x0: &[f32], sample: &[f32], alpha_cumprod: f64) -> Vec<f32> {
        let (alpha, sigma) = (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt());
        x0.iter().zip(sample).map(|(&x0, &x)| ((alpha * f64::from(x) - f64::from(x0)) / sigma) as f32).collect()
    }

    #[test]
    fn a_perfect_network_leads_to_its_picture() {
        let schedule = NoiseSchedule::cosine(1000);
        let x0 = [0.9, -0.25, 0.0];
        for kind in [DDIM, ANCESTRAL, SECOND_ORDER, UNIPC] {
            for steps in [1, 2, 3, 20, 1000] {
                let mut run = scheduler(kind, steps, Prediction::Velocity, Some(1.0));
                let mut sample = vec![1.5, -0.3, 0.7];
                for t in run.timesteps().to_vec() {
                    let output = velocity_towards(&x0, &sample, schedule.alphas_cumprod[t]);
                    let noise = run.needs_noise().then_some([0.3, -1.0, 2.0]);
                    run.step(&output, &mut sample, noise.as_ref().map(|noise| &noise[..])).unwrap();
                }
                // The last step multiplies x̂_0 by 1; what is left is the rounding of one f32 velocity.
                assert!(sample.iter().zip(x0).all(|(a, b)| (a - b).abs() < 1e-5), "{kind:?}, {steps}: {sample:?}");
            }
        }
    }

    #[test]
    fn the_step_from_pure_noise_is_finite_and_first_order() {
        // At t = 999 λ is −∞. All samplers then give x_t′ = √ᾱ′ x̂_0 + √(1 − ᾱ′) x.
        let (alpha, sigma) = NoiseSchedule::cosine(1000).alpha_sigma(899);
        for kind in [DDIM, SECOND_ORDER, UNIPC] {
            let mut sample = vec![2.0];
            let original = scheduler(kind, 10, Prediction::Velocity, None).step(&[-0.5], &mut sample, None).unwrap();
            assert!((original[0] - 0.5).abs() < 1e-7);
            assert!((f64::from(sample[0]) - (alpha * 0.5 + sigma * 2.0)).abs() < 1e-6, "{sample:?}");
        }
    }

    #[test]
    fn the_last_step_returns_the_prediction_itself() {
        for kind in [DDIM, SECOND_ORDER, UNIPC] {
            let mut run = scheduler(kind, 4, Prediction::Sample, None);
            let mut sample = vec![1.0, -1.0];
            for output in [[0.1, 0.4], [0.2, 0.3], [0.3, 0.2], [0.4, 0.1]] {
                run.step(&output, &mut sample, None).unwrap();
            }
            assert_eq!(sample, [0.4, 0.1], "{kind:?}");
        }
    }

    #[test]
    fn second_order_looks_at_the_previous_prediction() {
        let mut runs = [DDIM, SECOND_ORDER].map(|kind| (scheduler(kind, 10, Prediction::Sample, None), vec![1.0]));
        let step = |output: f32, runs: &mut [(Scheduler, Vec<f32>); 2]| {
            runs.each_mut().map(|(run, sample)| {
                run.step(&[output], sample, None).unwrap();
                sample[0]
            })
        };
        // First order after the start; the second step has an infinite h behind it; from the third on they differ.
        for (output, alike) in [(0.1, true), (0.5, true), (-0.2, false)] {
            let [ddim, second_order] = step(output, &mut runs);
            assert_eq!((ddim - second_order).abs() < 1e-6, alike, "{ddim} {second_order}");
        }
    }

    #[test]
    fn unipc_corrects_the_step_before_with_the_new_prediction() {
        // As the second order predictor up to the first sample that was corrected; t = 999 to 899 by ½ of the
        // difference.
        let schedule = NoiseSchedule::cosine(1000);
        let mut run = scheduler(UNIPC, 10, Prediction::Sample, None);
        let mut sample = vec![1.0];
        run.step(&[0.1], &mut sample, None).unwrap();
        run.step(&[0.5], &mut sample, None).unwrap();
        let ((alpha, sigma), (alpha_next, sigma_next)) = (schedule.alpha_sigma(899), schedule.alpha_sigma(799));
        let corrected = sigma + alpha * (0.1 + 0.5 * (0.5 - 0.1));
        let want = sigma_next / sigma * corrected + (alpha_next - sigma_next / sigma * alpha) * 0.5;
        assert!((f64::from(sample[0]) - want).abs() < 1e-6, "{sample:?} {want}");
    }

    #[test]
    fn a_copy_in_the_middle_goes_on_as_the_original() {
        let output = |sample: &[f32], t: usize| -> Vec<f32> {
            sample.iter().map(|&x| 0.4 * x * (t as f32 / 300.0).cos() + 0.1).collect()
        };
        let noise = [0.3, -1.0];
        for kind in [DDIM, ANCESTRAL, SECOND_ORDER, UNIPC] {
            let mut run = scheduler(kind, 7, Prediction::Velocity, Some(1.0));
            let mut sample = vec![0.8, -1.7];
            let mut branch = None;
            for (i, t) in run.timesteps().to_vec().into_iter().enumerate() {
                if i == 3 {
                    branch = Some((run.clone(), sample.clone()));
                }
                run.step(&output(&sample, t), &mut sample, Some(&noise)).unwrap();
            }
            let (mut run, mut again) = branch.unwrap();
            for t in run.timesteps().to_vec().into_iter().skip(3) {
                run.step(&output(&again, t), &mut again, Some(&noise)).unwrap();
            }
            assert_eq!(sample, again, "{kind:?}");
            assert_eq!(run.step(&noise, &mut again, Some(&noise)), Err(Error::ScheduleExhausted), "{kind:?}");
        }
    }

    #[test]
    fn only_fresh_noise_is_asked_for() {
        for (kind, want) in [(DDIM, false), (ANCESTRAL, true), (SECOND_ORDER, false), (UNIPC, false)] {
            let mut run = scheduler(kind, 2, Prediction::Sample, None);
            assert_eq!(run.needs_noise(), want, "{kind:?}");
            run.step(&[0.0], &mut [0.0], Some(&[0.0])).unwrap();
            assert!(!run.needs_noise(), "the last step of {kind:?}");
        }
    }

    #[test]
    fn the_prediction_is_clamped_to_the_range_of_the_data() {
        let mut sample = vec![0.0, 0.0];
        let original =
            scheduler(DDIM, 1, Prediction::Velocity, Some(1.0)).step(&[-3.0, 0.5], &mut sample, None).unwrap();
        assert_eq!(original, [1.0, -0.5]);
        assert_eq!(sample, [1.0, -0.5]);
    }

    #[test]
    fn fresh_noise_has_the_variance_of_the_training_process() {
        // With x̂_0 = 0 and eta 1, var(x_t′) stays 1 − ᾱ_t′ whatever is drawn: direction² + σ² = 1 − ᾱ_t′.
        let schedule = NoiseSchedule::cosine(1000);
        let mut run = scheduler(SamplerKind::Ddim { eta: 1.0 }, 10, Prediction::Sample, None);
        let (mut of_sample, mut of_noise) = (vec![1.0], vec![0.0]);
        run.clone().step(&[0.0], &mut of_sample, Some(&[0.0])).unwrap();
        run.step(&[0.0], &mut of_noise, Some(&[1.0])).unwrap();
        let variance = f64::from(of_sample[0]).powi(2) + f64::from(of_noise[0]).powi(2);
        assert!((variance - (1.0 - schedule.alphas_cumprod[899])).abs() < 1e-6, "{variance}");
    }

    #[test]
    fn a_step_after_the_last_is_an_error() {
        let mut run = scheduler(DDIM, 1, Prediction::Sample, None);
        run.step(&[0.0], &mut [0.0], None).unwrap();
        assert_eq!(run.step(&[0.0], &mut [0.0], None), Err(Error::ScheduleExhausted));
    }

    #[test]
    fn impossible_settings_are_errors() {
        let schedule = NoiseSchedule::cosine(1000);
        let new = |kind, steps| Scheduler::new(&schedule, kind, steps, Prediction::Sample, None).map(|_| ());
        assert!(matches!(new(DDIM, 0), Err(Error::Steps { .. })));
        assert!(matches!(new(DDIM, 1001), Err(Error::Steps { .. })));
        for eta in [-0.1, 1.1, f32::NAN] {
            assert!(matches!(new(SamplerKind::Ddim { eta }, 5), Err(Error::Recipe { .. })), "{eta}");
        }
    }
}
