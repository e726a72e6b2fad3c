//! A model on whichever device was chosen; takes recipes, gives pictures. What the web page and the command line share.

use std::pin::Pin;

use crate::backend::{Cpu, Decision, Gpu, cpu_device, gpu_device};
use crate::conditions::Semantics;
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::pipeline::{DECOMPOSE_STAGES, Decomposition, Extracted, Observer, Pipeline, Step, Trace};
use crate::recipe::{ImageData, ModelId, Needed, PNG_KEYWORD, Recipe};
use crate::weights::{LoadProgress, Manifest, Source, read_manifest};

/// All stages that make pictures.
pub const STAGES: [&str; 4] = ["text_encoder", "prior", "base", "upsampler"];

// The networks are compiled once for each device, here and nowhere else.
#[derive(Debug)]
enum Networks {
    Cpu(Box<Pipeline<Cpu>>),
    Gpu(Box<Pipeline<Gpu>>),
}

/// Calls a method of the pipeline, whichever it is.
macro_rules! on_either {
    ($networks:expr, $pipeline:ident => $call:expr) => {
        match $networks {
            Networks::Cpu($pipeline) => $call,
            Networks::Gpu($pipeline) => $call,
        }
    };
}

/// Work in progress. Boxed, so that the networks behind it are compiled here once, and not in every program and test that
/// waits for it.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// One model on one device.
#[derive(Debug)]
pub struct Engine {
    networks: Networks,
    model: ModelId,
    trace: Trace,
    /// What was found in the pictures of the last recipe: the next one often has the same.
    found: Vec<(ImageData, Needed, Extracted)>,
}

/// A finished picture.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The pixels.
    pub picture: Picture,
    /// The recipe with the model's name in it.
    pub recipe: Recipe,
    /// The alternative that was followed, where the recipe has an expression.
    pub clause: Option<String>,
    /// The picture as a PNG that carries the recipe.
    pub png: Vec<u8>,
}

impl Engine {
    /// Reads the manifest and sets up the device; loads no network yet.
    ///
    /// # Errors
    /// [`Error::Fetch`] or [`Error::Manifest`].
    pub fn open<'a>(source: &'a dyn Source, decision: &'a Decision) -> Work<'a, Self> {
        Box::pin(async move {
            let (manifest, sha256) = read_manifest(source).await?;
            let model = ModelId { name: manifest.card.name.clone(), sha256 };
            let networks = if decision.gpu {
                Networks::Gpu(Box::new(Pipeline::new(manifest, gpu_device().await)))
            } else {
                Networks::Cpu(Box::new(Pipeline::new(manifest, cpu_device())))
            };
            Ok(Self { networks, model, trace: Trace::default(), found: Vec::new() })
        })
    }

    /// The model's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        on_either!(&self.networks, pipeline => pipeline.manifest())
    }

    /// Loads those of `stages` that are not loaded yet.
    ///
    /// # Errors
    /// Where a file does not arrive, is damaged, or does not fit the configuration.
    pub fn load<'a>(
        &'a mut self,
        source: &'a dyn Source,
        stages: &'a [&'a str],
        on_progress: &'a mut dyn FnMut(LoadProgress<'_>),
    ) -> Work<'a, ()> {
        Box::pin(
            async move { on_either!(&mut self.networks, pipeline => pipeline.load(source, stages, on_progress).await) },
        )
    }

    /// Makes the picture of a recipe; its stages must be loaded. Where the last picture began the same way, the run is taken
    /// up from there.
    ///
    /// # Errors
    /// [`Error::Recipe`], [`Error::Cancelled`], [`Error::Device`], or [`Error::Manifest`] where a stage is missing.
    pub fn generate<'a>(&'a mut self, recipe: &'a Recipe, observer: &'a mut dyn Observer) -> Work<'a, Generated> {
        Box::pin(async move {
            recipe.validate()?;
            let images = self.find(recipe, observer).await?;
            let plan = recipe.plan(&images)?;
            let trace = &mut self.trace;
            let picture = on_either!(&self.networks, pipeline => pipeline.generate(&plan, trace, observer).await?);
            let recipe = Recipe { model: Some(self.model.clone()), ..recipe.clone() };
            let png = picture.encode_png(Some((PNG_KEYWORD, &recipe.to_json())))?;
            let clause = recipe.clause()?.map(|clause| clause.to_string());
            Ok(Generated { picture, recipe, clause, png })
        })
    }

    /// What the recipe needs of its pictures.
    async fn find(&mut self, recipe: &Recipe, observer: &mut dyn Observer) -> Result<Vec<Extracted>> {
        let mut found = Vec::with_capacity(recipe.images.len());
        for (index, (image, needed)) in recipe.images.iter().zip(recipe.needed_of_images()?).enumerate() {
            let known = self.found.iter().find(|(other, has, _)| other == image && has.covers(needed));
            if let Some(known) = known {
                found.push(known.clone());
                continue;
            }
            let (picture, Needed { maps, semantics }) = (recipe.picture(index)?, needed);
            let extracted = on_either!(&self.networks, pipeline => pipeline.extract(&picture, maps, semantics).await?);
            let (step, steps) = (index + 1, recipe.images.len());
            observer.step(Step { stage: "decompose", step, steps, preview: None }).await?;
            found.push((image.clone(), needed, extracted));
        }
        let images = found.iter().map(|(.., extracted)| extracted.clone()).collect();
        self.found = found;
        Ok(images)
    }

    /// Takes a picture of any size apart; [`DECOMPOSE_STAGES`] must be loaded.
    ///
    /// # Errors
    /// [`Error::Device`], or [`Error::Manifest`] where a stage is missing.
    #[must_use]
    pub fn decompose<'a>(&'a self, picture: &'a Picture) -> Work<'a, Decomposition> {
        Box::pin(async move { on_either!(&self.networks, pipeline => pipeline.decompose(picture).await) })
    }

    /// EfficientNet-Lite0's features of a picture, to compare sets of pictures by; needs the stage `image_encoder`.
    ///
    /// # Errors
    /// As [`Self::decompose`].
    #[must_use]
    pub fn features<'a>(&'a self, picture: &'a Picture) -> Work<'a, Vec<f32>> {
        Box::pin(async move { on_either!(&self.networks, pipeline => pipeline.features_of(picture).await) })
    }

    /// How well a caption fits what a picture shows; needs the stages `text_encoder` and `projection`.
    ///
    /// # Errors
    /// As [`Self::decompose`].
    #[must_use]
    pub fn image_text_score<'a>(&'a self, semantics: &'a Semantics, caption: &'a str) -> Work<'a, f32> {
        Box::pin(
            async move { on_either!(&self.networks, pipeline => pipeline.image_text_score(semantics, caption).await) },
        )
    }

    /// Milliseconds of so many forward passes of a stage, one sample with all its conditions each; `now` is a clock in milliseconds.
    ///
    /// # Errors
    /// [`Error::Manifest`] where the stage is not loaded or there is none of that name.
    pub fn time_stage<'a>(&'a self, stage: &'a str, repeats: usize, now: &'a dyn Fn() -> f64) -> Work<'a, Vec<f64>> {
        Box::pin(async move { on_either!(&self.networks, pipeline => pipeline.time_stage(stage, repeats, now).await) })
    }
}

/// Where the recipe names another model than the one that is loaded: a sentence for the user.
#[must_use]
pub fn other_model(recipe: &Recipe, engine: &Engine) -> Option<String> {
    let wanted = recipe.model.as_ref().filter(|model| **model != engine.model)?;
    Some(format!(
        "This recipe was made with the model `{}`; with `{}` the picture will differ.",
        wanted.name, engine.model.name
    ))
}

/// The recipe in a PNG that this program saved.
///
/// # Errors
/// [`Error::Image`] where the file is no PNG, [`Error::Recipe`] where its recipe is damaged.
pub fn recipe_in(png: &[u8]) -> Result<Option<Recipe>> {
    crate::image::read_text(png, PNG_KEYWORD)?.map(|json| Recipe::parse(&json)).transpose()
}

/// Stages by name, for callers from outside.
///
/// # Errors
/// [`Error::Manifest`] where there is none of that name.
pub fn stage_named(name: &str) -> Result<&'static str> {
    let mut known = STAGES.into_iter().chain(DECOMPOSE_STAGES);
    known.find(|stage| *stage == name).ok_or_else(|| {
        let what = format!("there is no stage `{name}`; choose of {STAGES:?} and {DECOMPOSE_STAGES:?}");
        Error::Manifest { what }
    })
}
