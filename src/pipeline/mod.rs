//! From conditions to a picture and back: the only place that sees networks, schedulers and conditions together.

mod bench;
mod conditioning;
mod decompose;
mod progress;

pub use decompose::{DECOMPOSE_STAGES, Decomposition};
pub use progress::{Observer, Step};

use serde::Deserialize;

use crate::conditions::{ConditionSet, Raster, Weighted, composite};
use crate::diffusion::{NoiseSchedule, Prediction, SamplerKind, Scheduler, classifier_free, gaussian};
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Encoded, Kernels, Prior, TextEncoder, TextEncoderConfig, TextEncoding, UNet, UNetConfig};
use crate::weights::{LoadProgress, Manifest, Source, load_file, load_stage};
pub use conditioning::Globals;
use decompose::Extractors;

/// Streams of the noise generator, so that a change of one stage's steps leaves the other stages' noise alone.
const PRIOR_NOISE: u32 = 0;
const BASE_NOISE: u32 = 1;
const UPSAMPLER_NOISE: u32 = 2;
/// Streams from here on are the noise that is added at each step where eta is above 0.
const STEP_NOISE: u32 = 16;

/// How a picture is sampled.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Seed of all noise.
    pub seed: u64,
    /// The sampler of all three stages.
    pub sampler: SamplerKind,
    /// Weight of classifier-free guidance in prior and base; 1 is none.
    pub guidance: f32,
    /// Network evaluations of the prior.
    pub prior_steps: usize,
    /// Network evaluations of the base.
    pub base_steps: usize,
    /// Network evaluations of the upsampler.
    pub upsampler_steps: usize,
}

/// What of a stage's configuration the pipeline itself reads.
#[derive(Debug, Clone, Deserialize)]
struct DiffusionConfig {
    prediction_type: Prediction,
    num_train_timesteps: usize,
    #[serde(default = "one")]
    residual_scale: f32,
}

fn one() -> f32 {
    1.0
}

/// The stages that a set of conditions needs, in the order in which they run.
#[must_use]
pub fn stages_for(conditions: &ConditionSet) -> Vec<&'static str> {
    let worded = conditions.caption.as_ref().is_some_and(|caption| caption.weight > 0.0);
    let given = conditioning::given_semantics(conditions).is_some();
    match (worded, given) {
        (true, false) => vec!["text_encoder", "prior", "base", "upsampler"],
        (true, true) => vec!["text_encoder", "base", "upsampler"],
        (false, _) => vec!["base", "upsampler"],
    }
}

/// The networks of one model on one device.
#[derive(Debug)]
pub struct Pipeline<B: Kernels> {
    manifest: Manifest,
    device: B::Device,
    text_encoder: Option<TextEncoder<B>>,
    prior: Option<(Prior<B>, DiffusionConfig)>,
    base: Option<(UNet<B>, DiffusionConfig)>,
    upsampler: Option<(UNet<B>, DiffusionConfig)>,
    extractors: Extractors<B>,
}

impl<B: Kernels> Pipeline<B> {
    /// A model without any network yet.
    #[must_use]
    pub fn new(manifest: Manifest, device: B::Device) -> Self {
        Self {
            manifest,
            device,
            text_encoder: None,
            prior: None,
            base: None,
            upsampler: None,
            extractors: Extractors::new(),
        }
    }

    /// The model's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Loads those of `stages` that are not loaded yet.
    ///
    /// # Errors
    /// Where a file does not arrive, is damaged, or does not fit the configuration. What is loaded stays.
    pub async fn load(
        &mut self,
        source: &dyn Source,
        stages: &[&str],
        on_progress: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<()> {
        for &stage in stages {
            match stage {
                "text_encoder" if self.text_encoder.is_none() => {
                    let config: TextEncoderConfig = self.manifest.config(stage)?;
                    let tokenizer = load_file(source, &self.manifest.tokenizer, stage, on_progress).await?;
                    let prefix = Some(TextEncoder::<B>::HOST_PREFIX);
                    let weights = load_stage(source, &self.manifest, stage, prefix, &self.device, on_progress).await?;
                    self.text_encoder = Some(TextEncoder::load(weights, config, &tokenizer).await?);
                }
                "prior" if self.prior.is_none() => {
                    let (config, diffusion) = (self.manifest.config(stage)?, self.diffusion_config(stage)?);
                    let weights = load_stage(source, &self.manifest, stage, None, &self.device, on_progress).await?;
                    self.prior = Some((Prior::load(&weights.root(), config)?, diffusion));
                }
                "base" if self.base.is_none() => self.base = Some(self.load_unet(source, stage, on_progress).await?),
                "upsampler" if self.upsampler.is_none() => {
                    self.upsampler = Some(self.load_unet(source, stage, on_progress).await?);
                }
                "text_encoder" | "prior" | "base" | "upsampler" => {}
                stage if DECOMPOSE_STAGES.contains(&stage) => {
                    self.extractors.load(stage, &self.manifest, source, &self.device, on_progress).await?;
                }
                other => return Err(Error::Manifest { what: format!("this version runs no stage `{other}`") }),
            }
        }
        Ok(())
    }

    async fn load_unet(
        &self,
        source: &dyn Source,
        stage: &str,
        on_progress: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<(UNet<B>, DiffusionConfig)> {
        let (config, diffusion) = (self.manifest.config::<UNetConfig>(stage)?, self.diffusion_config(stage)?);
        let weights = load_stage(source, &self.manifest, stage, None, &self.device, on_progress).await?;
        Ok((UNet::load(&weights.root(), config)?, diffusion))
    }

    fn diffusion_config(&self, stage: &str) -> Result<DiffusionConfig> {
        let config: DiffusionConfig = self.manifest.config(stage)?;
        if (1..=100_000).contains(&config.num_train_timesteps) && config.residual_scale > 0.0 {
            return Ok(config);
        }
        Err(Error::Manifest { what: format!("configuration of stage `{stage}`: no schedule has such timesteps") })
    }

    /// Makes a picture of the upsampler's size.
    ///
    /// # Errors
    /// [`Error::Cancelled`] where the observer says so, [`Error::Device`] where the device fails,
    /// [`Error::Manifest`] where a needed stage is not loaded.
    pub async fn generate(
        &self,
        conditions: &ConditionSet,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Picture> {
        let mut globals = Globals::default();
        if let Some(caption) = conditions.caption.as_ref().filter(|caption| caption.weight > 0.0) {
            observer.step(Step { stage: "caption", step: 0, steps: 1, preview: None }).await?;
            globals.caption = Some(self.encode_caption(&caption.value).await?);
            observer.step(Step { stage: "caption", step: 1, steps: 1, preview: None }).await?;
        }
        // Given semantics say more than what the prior would make of the caption.
        if let Some(caption) = &globals.caption
            && conditioning::given_semantics(conditions).is_none()
        {
            let noise =
                gaussian(settings.seed, PRIOR_NOISE, self.loaded(self.prior.as_ref(), "prior")?.0.semantics_dim());
            globals.semantics = Some(self.sample_semantics(caption, noise, settings, observer).await?);
        }
        let noise = |stage: Option<&(UNet<B>, DiffusionConfig)>, name, stream| {
            let size = self.loaded(stage, name)?.0.config().sample_size;
            Ok::<_, Error>(gaussian(settings.seed, stream, 3 * size * size))
        };
        let base_noise = noise(self.base.as_ref(), "base", BASE_NOISE)?;
        let small = self.sample_base(conditions, &globals, base_noise, settings, observer).await?;
        let upsampler_noise = noise(self.upsampler.as_ref(), "upsampler", UPSAMPLER_NOISE)?;
        let large = self.sample_upsampler(&small, conditions, &globals, upsampler_noise, settings, observer).await?;
        let picture = Picture::from_planar(&large.data, large.size as u32, large.size as u32);
        Ok(match conditions.masking.as_ref().filter(|masking| masking.weight > 0.0) {
            Some(Weighted { value, .. }) => composite(&value.picture, &picture, &value.mask),
            None => picture,
        })
    }

    /// Encodes a caption.
    ///
    /// # Errors
    /// [`Error::Device`], or [`Error::Manifest`] where the text encoder is not loaded.
    pub async fn encode_caption(&self, caption: &str) -> Result<TextEncoding> {
        self.loaded(self.text_encoder.as_ref(), "text_encoder")?.encode(caption).await
    }

    /// Semantics from a caption, unit length, `[semantics_dim]`; `sample` is x_T, of that length.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn sample_semantics(
        &self,
        caption: &TextEncoding,
        mut sample: Vec<f32>,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Vec<f32>> {
        let (prior, config) = self.loaded(self.prior.as_ref(), "prior")?;
        let run = Run { stage: "prior", steps: settings.prior_steps, stream: PRIOR_NOISE, settings };
        let mut scheduler = run.scheduler(config, None)?;
        let encoded = prior.encode(caption, is_guided(settings.guidance))?;
        for step in 0..run.steps {
            let mut outputs = prior.predict(&sample, scheduler.timesteps()[step], &encoded).await?;
            let prediction = guided(&mut outputs, settings.guidance);
            run.advance(&mut scheduler, step, &prediction, &mut sample)?;
            observer.step(run.progress(step, None)).await?;
        }
        let norm = sample.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        Ok(sample.into_iter().map(|value| value / norm).collect())
    }

    /// The small picture, values in [-1, 1]; `sample` is x_T, of the same size.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn sample_base(
        &self,
        conditions: &ConditionSet,
        globals: &Globals,
        mut sample: Vec<f32>,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Raster> {
        let (base, config) = self.loaded(self.base.as_ref(), "base")?;
        let size = base.config().sample_size;
        let run = Run { stage: "base", steps: settings.base_steps, stream: BASE_NOISE, settings };
        let mut scheduler = run.scheduler(config, Some(1.0))?;
        let inputs = conditioning::Inputs::new(conditions, globals, base.config())?;
        let mut encodings = Encoder::new(base, &inputs, is_guided(settings.guidance));
        for step in 0..run.steps {
            let encoded = encodings.at(run.fraction(step));
            let mut outputs = base.predict(&sample, scheduler.timesteps()[step], encoded, None).await?;
            let prediction = guided(&mut outputs, settings.guidance);
            let original = run.advance(&mut scheduler, step, &prediction, &mut sample)?;
            observer.step(run.progress(step, Some((&original, size)))).await?;
        }
        for value in &mut sample {
            *value = value.clamp(-1.0, 1.0);
        }
        Ok(Raster { channels: 3, size, data: sample })
    }

    /// The large picture: the small one enlarged, plus the residual that the network samples; `sample` is x_T of the
    /// residual, of the large picture's size.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub async fn sample_upsampler(
        &self,
        small: &Raster,
        conditions: &ConditionSet,
        globals: &Globals,
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
        let inputs = conditioning::Inputs::new(conditions, globals, upsampler.config())?;
        let mut encodings = Encoder::new(upsampler, &inputs, false);
        let picture = |residual: &[f32]| -> Vec<f32> {
            let sum = |(pixel, residual): (&f32, &f32)| (pixel + residual / config.residual_scale).clamp(-1.0, 1.0);
            enlarged.data.iter().zip(residual).map(sum).collect()
        };
        for step in 0..run.steps {
            let encoded = encodings.at(run.fraction(step));
            let timestep = scheduler.timesteps()[step];
            let prediction = upsampler.predict(&sample, timestep, encoded, Some(&enlarged.data)).await?.swap_remove(0);
            let original = run.advance(&mut scheduler, step, &prediction, &mut sample)?;
            observer.step(run.progress(step, Some((&picture(&original), size)))).await?;
        }
        Ok(Raster { channels: 3, size, data: picture(&sample) })
    }

    #[allow(clippy::unused_self, reason = "reads as a question to the pipeline")]
    fn loaded<'a, T>(&self, stage: Option<&'a T>, name: &str) -> Result<&'a T> {
        stage.ok_or_else(|| Error::Manifest { what: format!("stage `{name}` is needed but was not loaded") })
    }
}

/// Whether the unconditional prediction counts at all.
fn is_guided(guidance: f32) -> bool {
    (guidance - 1.0).abs() > f32::EPSILON
}

/// The prediction from those with conditions and, where guided, without.
fn guided(outputs: &mut Vec<Vec<f32>>, guidance: f32) -> Vec<f32> {
    let with = outputs.swap_remove(0);
    match outputs.pop() {
        Some(without) => classifier_free(&with, &without, guidance),
        None => with,
    }
}

/// What the three sampling loops share.
struct Run<'a> {
    stage: &'static str,
    steps: usize,
    stream: u32,
    settings: &'a Settings,
}

impl Run<'_> {
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

/// Encodes conditions again only when their weights change in the course of a run.
struct Encoder<'a, B: Kernels> {
    network: &'a UNet<B>,
    inputs: &'a conditioning::Inputs<'a>,
    guided: bool,
    current: Option<(conditioning::Weights, Encoded<B>)>,
}

impl<'a, B: Kernels> Encoder<'a, B> {
    fn new(network: &'a UNet<B>, inputs: &'a conditioning::Inputs<'a>, guided: bool) -> Self {
        Self { network, inputs, guided, current: None }
    }

    fn at(&mut self, fraction: f32) -> &Encoded<B> {
        use crate::model::Conditioning;
        let weights = self.inputs.weights_at(fraction);
        let stale = self.current.as_ref().is_none_or(|(at, _)| *at != weights);
        if stale {
            let with = self.inputs.conditioning(&weights);
            let batch = if self.guided { vec![with, Conditioning::NONE] } else { vec![with] };
            self.current = Some((weights, self.network.encode(&batch)));
        }
        &self.current.as_ref().expect("just set").1
    }
}
