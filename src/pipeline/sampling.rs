//! The three sampling loops, and the way back from a picture to noise.

use serde::Deserialize;

use super::conditioning::{Globals, Inputs, Weights};
use super::trace::{State, Trace};
use super::{Guide, Inverted, Observer, Pipeline, Plan, Settings, Start, Step};
use crate::conditions::{ConditionSet, PICTURE_SIZE, Raster};
use crate::diffusion::{Inversion, NoiseSchedule, Prediction, Scheduler, classifier_free, gaussian, slerp_with_length};
use crate::error::{Error, Result};
use crate::expression::compose;
use crate::model::{Conditioning, Encoded, Kernels, TextEncoding, UNet};
use crate::tensor::unit;

/// Streams of the noise generator, so that a change of one stage's steps leaves the other stages' noise alone.
pub(super) const PRIOR_NOISE: u32 = 0;
pub(super) const BASE_NOISE: u32 = 1;
pub(super) const UPSAMPLER_NOISE: u32 = 2;
/// Streams from here on are the noise that is added at each step where eta is above 0.
const STEP_NOISE: u32 = 16;

/// What of a stage's configuration the sampling itself reads.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DiffusionConfig {
    prediction_type: Prediction,
    num_train_timesteps: usize,
    #[serde(default = "one")]
    residual_scale: f32,
}

fn one() -> f32 {
    1.0
}

impl DiffusionConfig {
    pub(super) fn validate(&self, stage: &str) -> Result<()> {
        if (1..=100_000).contains(&self.num_train_timesteps) && self.residual_scale > 0.0 {
            return Ok(());
        }
        Err(Error::Manifest { what: format!("configuration of stage `{stage}`: no schedule has such timesteps") })
    }
}

/// A set of conditions, ready for the networks, and how much the prediction under it counts.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// The conditions.
    pub conditions: ConditionSet,
    /// What networks made of them.
    pub globals: Globals,
    /// How much the prediction counts; over the parts of a run these sum to 1.
    pub share: f32,
}

impl<B: Kernels> Pipeline<B> {
    /// Semantics from a caption, unit length, `[semantics_dim]`; `sample` is x_T, of that length.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn sample_semantics(
        &self,
        caption: &TextEncoding,
        mut sample: Vec<f32>,
        guidance: f32,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Vec<f32>> {
        let (prior, config) = self.loaded(self.prior.as_ref(), "prior")?;
        let run = Run { stage: "prior", steps: settings.prior_steps, stream: PRIOR_NOISE, settings };
        let mut scheduler = run.scheduler(config, None)?;
        let is_guided = (guidance - 1.0).abs() > f32::EPSILON;
        let encoded = prior.encode(caption, is_guided)?;
        for step in 0..run.steps {
            let mut outputs = prior.predict(&sample, scheduler.timesteps()[step], &encoded).await?;
            let with = outputs.swap_remove(0);
            let prediction = match outputs.pop() {
                Some(without) => classifier_free(&with, &without, guidance),
                None => with,
            };
            run.advance(&mut scheduler, step, &prediction, &mut sample)?;
            observer.step(run.progress(step, None)).await?;
        }
        Ok(unit(sample))
    }

    /// The small picture, values in [-1, 1]; `sample` is x_T, of the same size.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn sample_base(
        &self,
        parts: Vec<Part>,
        sample: Vec<f32>,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Raster> {
        let run = Run::base(settings);
        let scheduler = run.scheduler(&self.loaded(self.base.as_ref(), "base")?.1, None)?;
        let start = State { step: 0, scheduler, sample };
        self.walk_base(&[(0, Some(1.0), parts)], start, settings, &mut Trace::default(), observer).await
    }

    /// The base's part of a plan. `parts` are those of each of the plan's guides, empty where that leads no step that is
    /// still to do.
    pub(super) async fn run_base(
        &self,
        plan: &Plan,
        parts: Vec<Vec<Part>>,
        start: Option<State>,
        trace: &mut Trace,
        observer: &mut dyn Observer,
    ) -> Result<Raster> {
        let (base, config) = self.loaded(self.base.as_ref(), "base")?;
        let start = if let Some(state) = start {
            state
        } else {
            let scheduler = Run::base(&plan.settings).scheduler(config, None)?;
            let sample = match &plan.start {
                Some(start) => self.noise_of(start, &plan.settings, trace, observer).await?,
                None => gaussian(plan.settings.seed, BASE_NOISE, 3 * base.config().sample_size.pow(2)),
            };
            State { step: 0, scheduler, sample }
        };
        let led = |((from, guide), parts): (&(usize, Guide), _)| {
            // The way back from a picture is exact only with the predictions as they are. A guided prediction extrapolates,
            // and one that is led away from something leaves the data; both are kept within their range.
            let extrapolates = guide.shares().any(|(_, share)| !(0.0..=1.0).contains(&share));
            (*from, (plan.start.is_none() || extrapolates).then_some(1.0), parts)
        };
        let parts: Vec<_> = plan.guides.iter().zip(parts).map(led).collect();
        self.walk_base(&parts, start, &plan.settings, trace, observer).await
    }

    /// The steps of the base that are still to do. Each part of the run has the step from which it is, the range of x̂₀
    /// and what leads it.
    async fn walk_base(
        &self,
        parts: &[(usize, Option<f32>, Vec<Part>)],
        start: State,
        settings: &Settings,
        trace: &mut Trace,
        observer: &mut dyn Observer,
    ) -> Result<Raster> {
        let (base, _) = self.loaded(self.base.as_ref(), "base")?;
        let (run, size) = (Run::base(settings), base.config().sample_size);
        let State { step: done, mut scheduler, mut sample } = start;
        let mut mixers = Vec::with_capacity(parts.len());
        for (from, clamp, parts) in parts {
            mixers.push((*from, *clamp, Mixer::new(base, parts)?));
        }
        for step in done..run.steps {
            trace.keep(run.steps, || State { step, scheduler: scheduler.clone(), sample: sample.clone() }, step);
            let current = mixers.iter_mut().rfind(|(from, ..)| *from <= step).expect("the first part is from step 0");
            scheduler.set_clamp(current.1);
            let timestep = scheduler.timesteps()[step];
            let prediction = current.2.predict(&sample, timestep, run.fraction(step), None).await?;
            let original = run.advance(&mut scheduler, step, &prediction, &mut sample)?;
            observer.step(run.progress(step, Some((&original, size)))).await?;
        }
        trace.keep(run.steps, || State { step: run.steps, scheduler, sample: sample.clone() }, run.steps);
        for value in &mut sample {
            *value = value.clamp(-1.0, 1.0);
        }
        Ok(Raster { channels: 3, size, data: sample })
    }

    /// x_T between pictures; of those of the last plan it is known.
    async fn noise_of(
        &self,
        start: &Start,
        settings: &Settings,
        trace: &mut Trace,
        observer: &mut dyn Observer,
    ) -> Result<Vec<f32>> {
        let mut noises = Vec::with_capacity(start.pictures.len());
        for inverted in &start.pictures {
            noises.push(if let Some(known) = trace.noise_of(inverted) {
                known
            } else {
                let noise = self.invert(inverted, settings, observer).await?;
                trace.keep_noise(inverted, noise.clone());
                noise
            });
        }
        Ok(match noises.as_slice() {
            [from, to] => slerp_with_length(from, to, start.share),
            _ => noises.swap_remove(0),
        })
    }

    /// x_T of a picture.
    async fn invert(&self, inverted: &Inverted, settings: &Settings, observer: &mut dyn Observer) -> Result<Vec<f32>> {
        let (base, config) = self.loaded(self.base.as_ref(), "base")?;
        let size = base.config().sample_size;
        let globals = self.globals(&inverted.conditions, 1.0, settings, observer).await?;
        let parts = [Part { conditions: inverted.conditions.clone(), globals, share: 1.0 }];
        let mut mixer = Mixer::new(base, &parts)?;
        let mut sample = inverted.picture.reduced(PICTURE_SIZE / size).to_planar();
        let schedule = NoiseSchedule::cosine(config.num_train_timesteps);
        let mut inversion =
            Inversion::new(&schedule, settings.base_steps, config.prediction_type, inverted.refinements)?;
        let steps = inversion.timesteps().len();
        for step in 0..steps {
            let timestep = inversion.timesteps()[step];
            // It begins where sampling ends.
            let fraction = 1.0 - (step + 1) as f32 / steps as f32;
            let prediction = mixer.predict(&sample, timestep, fraction, None).await?;
            let original = inversion.step(&prediction, &mut sample)?;
            let preview = Some((original.as_slice(), size));
            observer.step(Step { stage: "inversion", step: step + 1, steps, preview }).await?;
        }
        Ok(sample)
    }

    /// The large picture: the small one enlarged, plus the residual that the network samples; `sample` is x_T of the
    /// residual, of the large picture's size.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn sample_upsampler(
        &self,
        small: &Raster,
        part: Part,
        mut sample: Vec<f32>,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Raster> {
        let (upsampler, config) = self.loaded(self.upsampler.as_ref(), "upsampler")?;
        let size = upsampler.config().sample_size;
        if !size.is_multiple_of(small.size) || upsampler.config().image_channels != small.channels {
            return Err(Error::Manifest { what: "base and upsampler do not fit together".into() });
        }
        let enlarged = small.bilinear(size / small.size);
        let run = Run { stage: "upsampler", steps: settings.upsampler_steps, stream: UPSAMPLER_NOISE, settings };
        let mut scheduler = run.scheduler(config, Some(config.residual_scale))?;
        let parts = [Part { share: 1.0, ..part }];
        let mut mixer = Mixer::new(upsampler, &parts)?;
        let picture = |residual: &[f32]| -> Vec<f32> {
            let sum = |(pixel, residual): (&f32, &f32)| (pixel + residual / config.residual_scale).clamp(-1.0, 1.0);
            enlarged.data.iter().zip(residual).map(sum).collect()
        };
        for step in 0..run.steps {
            let timestep = scheduler.timesteps()[step];
            let prediction = mixer.predict(&sample, timestep, run.fraction(step), Some(&enlarged.data)).await?;
            let original = run.advance(&mut scheduler, step, &prediction, &mut sample)?;
            observer.step(run.progress(step, Some((&picture(&original), size)))).await?;
        }
        Ok(Raster { channels: 3, size, data: picture(&sample) })
    }
}

/// What the sampling loops share.
struct Run<'a> {
    stage: &'static str,
    steps: usize,
    stream: u32,
    settings: &'a Settings,
}

impl<'a> Run<'a> {
    fn base(settings: &'a Settings) -> Self {
        Self { stage: "base", steps: settings.base_steps, stream: BASE_NOISE, settings }
    }

    fn scheduler(&self, config: &DiffusionConfig, clamp: Option<f32>) -> Result<Scheduler> {
        let schedule = NoiseSchedule::cosine(config.num_train_timesteps);
        Scheduler::new(&schedule, self.settings.sampler, self.steps, config.prediction_type, clamp)
    }

    /// How much of the run is done before this step, 0 to 1.
    fn fraction(&self, step: usize) -> f32 {
        step as f32 / self.steps as f32
    }

    fn advance(
        &self,
        scheduler: &mut Scheduler,
        step: usize,
        prediction: &[f32],
        sample: &mut [f32],
    ) -> Result<Vec<f32>> {
        let noise = scheduler.needs_noise().then(|| {
            let stream = STEP_NOISE + 3 * step as u32 + self.stream;
            gaussian(self.settings.seed, stream, sample.len())
        });
        scheduler.step(prediction, sample, noise.as_deref())
    }

    fn progress<'p>(&self, step: usize, preview: Option<(&'p [f32], usize)>) -> Step<'p> {
        Step { stage: self.stage, step: step + 1, steps: self.steps, preview }
    }
}

/// A network and all parts of a run: one batch a step, one prediction.
struct Mixer<'a, B: Kernels> {
    network: &'a UNet<B>,
    parts: Vec<(Inputs<'a>, f32)>,
    current: Option<Batch<B>>,
}

/// The parts at one moment.
struct Batch<B: Kernels> {
    weights: Vec<Weights>,
    encoded: Encoded<B>,
    /// How much each prediction of the batch counts.
    shares: Vec<f32>,
}

impl<'a, B: Kernels> Mixer<'a, B> {
    fn new(network: &'a UNet<B>, parts: &'a [Part]) -> Result<Self> {
        let inputs = |part: &'a Part| {
            let inputs = Inputs::new(&part.conditions, &part.globals, network.config())?;
            Ok::<_, Error>((inputs, part.share))
        };
        Ok(Self { network, parts: parts.iter().map(inputs).collect::<Result<_>>()?, current: None })
    }

    async fn predict(
        &mut self,
        sample: &[f32],
        timestep: usize,
        fraction: f32,
        image: Option<&[f32]>,
    ) -> Result<Vec<f32>> {
        let Batch { weights, encoded, shares } = self.batch_at(fraction);
        let mut outputs = self.network.predict(sample, timestep, &encoded, image).await?;
        // The shares sum to 1, so any one prediction can stand for the reference.
        let reference = outputs.pop().expect("a batch has a prediction");
        let others: Vec<(&[f32], f32)> = outputs.iter().map(Vec::as_slice).zip(shares.iter().copied()).collect();
        let prediction = compose(&reference, &others);
        self.current = Some(Batch { weights, encoded, shares });
        Ok(prediction)
    }

    /// Conditions are encoded again only when their weights change. Parts of which nothing counts are one, without
    /// conditions, and it comes last.
    fn batch_at(&mut self, fraction: f32) -> Batch<B> {
        let weights: Vec<Weights> = self.parts.iter().map(|(inputs, _)| inputs.weights_at(fraction)).collect();
        let current = self.current.take().filter(|batch| batch.weights == weights);
        current.unwrap_or_else(|| {
            let (mut batch, mut shares, mut none) = (Vec::new(), Vec::new(), None);
            for ((inputs, share), weights) in self.parts.iter().zip(&weights) {
                if weights.are_zero() {
                    *none.get_or_insert(0.0) += share;
                } else {
                    batch.push(inputs.conditioning(weights));
                    shares.push(*share);
                }
            }
            if let Some(share) = none {
                batch.push(Conditioning::NONE);
                shares.push(share);
            }
            Batch { encoded: self.network.encode(&batch), weights, shares }
        })
    }
}
