//! From conditions to a picture and back: the only place that sees networks, schedulers and conditions together.

mod bench;
mod conditioning;
mod decompose;
mod plan;
mod progress;
mod sampling;
mod trace;

use crate::backend::{Cpu, cpu_device};
use crate::conditions::intensity::put_back;
use crate::conditions::{ConditionSet, Masking, Weighted, blend, keep};
use crate::diffusion::gaussian;
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Kernels, Prior, TextEncoder, TextEncoderConfig, TextEncoding, UNet, UNetConfig};
use crate::weights::{LoadProgress, Manifest, Source, load_file, load_stage};
pub use conditioning::Globals;
use decompose::Extractors;
pub use decompose::{DECOMPOSE_STAGES, Decomposition, Extracted, Maps, palette_of};
pub use plan::{Guide, Inverted, Plan, Settings, Start};
pub use progress::{Observer, Step};
pub use sampling::Part;
use sampling::{DiffusionConfig, PRIOR_NOISE, UPSAMPLER_NOISE};
pub use trace::Trace;

/// The stages that the caption and the semantics of a set of conditions need beside base and upsampler, in the order in which
/// they run. Given semantics say more than what the prior would make of the caption.
#[must_use]
pub fn global_stages(caption: bool, semantics: bool) -> &'static [&'static str] {
    match (caption, semantics) {
        (true, false) => &["text_encoder", "prior"],
        (true, true) => &["text_encoder"],
        (false, _) => &[],
    }
}

/// The networks of one model on one device.
///
/// Text encoder and prior run on the CPU whatever the device is. They see some twenty rows: too little work to fill a GPU, so
/// that sending it there takes longer than doing it, and the first time their shaders would have to be compiled.
#[derive(Debug)]
pub struct Pipeline<B: Kernels> {
    manifest: Manifest,
    device: B::Device,
    text_encoder: Option<TextEncoder<Cpu>>,
    prior: Option<(Prior<Cpu>, DiffusionConfig)>,
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
                    let prefix = Some(TextEncoder::<Cpu>::HOST_PREFIX);
                    let weights = load_stage(source, &self.manifest, stage, prefix, &cpu_device(), on_progress).await?;
                    self.text_encoder = Some(TextEncoder::load(weights, config, &tokenizer).await?);
                }
                "prior" if self.prior.is_none() => {
                    let (config, diffusion) = (self.manifest.config(stage)?, self.diffusion_config(stage)?);
                    let weights = load_stage(source, &self.manifest, stage, None, &cpu_device(), on_progress).await?;
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
        config.validate(stage)?;
        Ok(config)
    }

    /// Makes a picture of the upsampler's size. Where `trace` is of a plan that began the same way, the base goes on from
    /// there; afterwards it is the trace of this plan.
    ///
    /// # Errors
    /// [`Error::Cancelled`] where the observer says so, [`Error::Device`] where the device fails,
    /// [`Error::Manifest`] where a needed stage is not loaded.
    pub async fn generate(&self, plan: &Plan, trace: &mut Trace, observer: &mut dyn Observer) -> Result<Picture> {
        let start = trace.take_up(plan);
        let done = start.as_ref().map_or(0, |state| state.step);
        let mut parts = Vec::with_capacity(plan.guides.len());
        for (index, (_, guide)) in plan.guides.iter().enumerate() {
            let still_leads = plan.guides.get(index + 1).is_none_or(|(next, _)| *next > done);
            let mut of_guide = Vec::new();
            for (conditions, share) in guide.shares().filter(|_| still_leads) {
                let globals = self.globals(conditions, guide.guidance, &plan.settings, observer).await?;
                of_guide.push(Part { conditions: conditions.clone(), globals, share });
            }
            parts.push(of_guide);
        }
        let main = plan.last().main();
        let globals = match parts.iter().rev().take(1).flatten().find(|part| part.conditions == *main) {
            Some(part) => part.globals.clone(),
            None => self.globals(main, plan.last().guidance, &plan.settings, observer).await?,
        };
        let main = Part { conditions: main.clone(), globals, share: 1.0 };

        let small = self.run_base(plan, parts, start, trace, observer).await?;
        let size = self.loaded(self.upsampler.as_ref(), "upsampler")?.0.config().sample_size;
        let noise = gaussian(plan.settings.seed, UPSAMPLER_NOISE, 3 * size * size);
        let masking = main.conditions.masking.clone();
        let large = self.sample_upsampler(&small, main, noise, &plan.settings, observer).await?;
        let picture = Picture::from_planar(&large.data, large.size as u32, large.size as u32);
        let exact = |picture: Picture| match &plan.intensity {
            Some(intensity) => put_back(&picture, intensity),
            None => picture,
        };
        Ok(match masking.filter(|masking| masking.weight > 0.0) {
            Some(Weighted { value: Masking { picture: original, mask }, .. }) => {
                keep(&original, &exact(blend(&original, &picture, &mask)), &mask)
            }
            None => exact(picture),
        })
    }

    /// What the networks make of a set's caption: its encoding, and semantics where none are given.
    async fn globals(
        &self,
        conditions: &ConditionSet,
        guidance: f32,
        settings: &Settings,
        observer: &mut dyn Observer,
    ) -> Result<Globals> {
        let mut globals = Globals::default();
        let Some(caption) = conditions.caption.as_ref().filter(|caption| caption.weight > 0.0) else {
            return Ok(globals);
        };
        observer.step(Step { stage: "caption", step: 0, steps: 1, preview: None }).await?;
        let caption = self.encode_caption(&caption.value).await?;
        observer.step(Step { stage: "caption", step: 1, steps: 1, preview: None }).await?;
        if conditioning::given_semantics(conditions).is_none() {
            let width = self.loaded(self.prior.as_ref(), "prior")?.0.semantics_dim();
            let noise = gaussian(settings.seed, PRIOR_NOISE, width);
            globals.semantics = Some(self.sample_semantics(&caption, noise, guidance, settings, observer).await?);
        }
        globals.caption = Some(caption);
        Ok(globals)
    }

    /// Encodes a caption.
    ///
    /// # Errors
    /// [`Error::Device`], or [`Error::Manifest`] where the text encoder is not loaded.
    pub async fn encode_caption(&self, caption: &str) -> Result<TextEncoding> {
        self.loaded(self.text_encoder.as_ref(), "text_encoder")?.encode(caption).await
    }

    #[allow(clippy::unused_self, reason = "reads as a question to the pipeline")]
    fn loaded<'a, T>(&self, stage: Option<&'a T>, name: &str) -> Result<&'a T> {
        stage.ok_or_else(|| Error::Manifest { what: format!("stage `{name}` is needed but was not loaded") })
    }
}
