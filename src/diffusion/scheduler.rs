//! A sampling run: which timesteps, and how a network's answer moves the sample from one to the next.

use super::{NoiseSchedule, ddim, dpm_solver, trailing_timesteps};
use crate::error::{Error, Result};

/// What the network's output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prediction {
    /// x̂_0 itself (the prior).
    Sample,
    /// v = √ᾱ ε − √(1 − ᾱ) x_0 (Salimans and Ho 2022, <https://arxiv.org/abs/2202.00512>; base and upsampler).
    Velocity,
}

/// Which sampler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SamplerKind {
    /// The reference sampler; `eta` 0 is deterministic, 1 adds as much noise as the training process.
    Ddim {
        /// 0 to 1.
        eta: f32,
    },
    /// Second order multistep: as good in 10 to 20 steps as DDIM in 50.
    DpmSolverPlusPlus2M,
}

/// One sampling run of one sample.
#[derive(Debug, Clone)]
pub struct Scheduler {
    kind: SamplerKind,
    prediction: Prediction,
    clamp: Option<f32>,
    timesteps: Vec<usize>,
    /// (ᾱ_t, ᾱ_t′) of each step; explicit pairs, and the last ᾱ_t′ is 1: the run ends at the picture itself.
    alphas_cumprod: Vec<(f64, f64)>,
    step_index: usize,
    history: dpm_solver::History,
}

impl Scheduler {
    /// A run of `steps` steps with trailing spacing. `clamp` bounds x̂_0 to `[-clamp, clamp]`, the range of the data.
    ///
    /// # Errors
    /// [`Error::Steps`] when the schedule has no so many steps, [`Error::Recipe`] when eta is not in 0 to 1.
    pub fn new(
        schedule: &NoiseSchedule,
        kind: SamplerKind,
        steps: usize,
        prediction: Prediction,
        clamp: Option<f32>,
    ) -> Result<Self> {
        if let SamplerKind::Ddim { eta } = kind
            && !(0.0..=1.0).contains(&eta)
        {
            return Err(Error::recipe("eta", format!("{eta} is not in 0 to 1")));
        }
        let timesteps = trailing_timesteps(schedule.alphas_cumprod.len(), steps)?;
        let at = |t: &usize| schedule.alphas_cumprod[*t];
        let alphas_cumprod = timesteps
            .iter()
            .enumerate()
            .map(|(i, t)| (at(t), timesteps.get(i + 1).map_or(1.0, at)))
            .collect();
        let history = dpm_solver::History::default();
        Ok(Self {
            kind,
            prediction,
            clamp,
            timesteps,
            alphas_cumprod,
            step_index: 0,
            history,
        })
    }

    /// The timesteps of the run, first to last (falling).
    #[must_use]
    pub fn timesteps(&self) -> &[usize] {
        &self.timesteps
    }

    /// Whether the next step uses noise from the caller.
    #[must_use]
    pub fn needs_noise(&self) -> bool {
        matches!(self.kind, SamplerKind::Ddim { eta } if eta > 0.0) && self.step_index + 1 < self.timesteps.len()
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
        assert_eq!(
            model_output.len(),
            sample.len(),
            "the model's output is not of the sample's size"
        );
        let alphas_cumprod = *self
            .alphas_cumprod
            .get(self.step_index)
            .ok_or(Error::ScheduleExhausted)?;
        let pred_original_sample = self.pred_original_sample(model_output, sample, alphas_cumprod.0);
        match self.kind {
            SamplerKind::Ddim { eta } => {
                ddim::step(sample, &pred_original_sample, noise, f64::from(eta), alphas_cumprod);
            }
            SamplerKind::DpmSolverPlusPlus2M => self.history.step(sample, &pred_original_sample, alphas_cumprod),
        }
        self.step_index += 1;
        Ok(pred_original_sample)
    }

    /// x̂_0 = √ᾱ x − √(1 − ᾱ) v, clamped.
    fn pred_original_sample(&self, model_output: &[f32], sample: &[f32], alpha_cumprod: f64) -> Vec<f32> {
        let (alpha, sigma) = (alpha_cumprod.sqrt(), (1.0 - alpha_cumprod).sqrt());
        let predict = |(&output, &x): (&f32, &f32)| match self.prediction {
            Prediction::Sample => output,
            Prediction::Velocity => (alpha * f64::from(x) - sigma * f64::from(output)) as f32,
        };
        let clamp = |x0: f32| self.clamp.map_or(x0, |limit| x0.clamp(-limit, limit));
        model_output.iter().zip(sample).map(predict).map(clamp).collect()
    }
}
