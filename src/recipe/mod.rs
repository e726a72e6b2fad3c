//! A recipe: everything that makes one picture, as JSON. The same recipe, model and seed give the same picture.
//!
//! Fields that may be left out have the defaults of [`Recipe::default`]; unknown fields are errors, so that a misspelt condition is
//! not silently ignored.

mod entries;
mod image_data;

use serde::{Deserialize, Serialize};

use crate::conditions::ConditionSet;
use crate::diffusion::SamplerKind;
use crate::error::{Error, Result};

pub use entries::{CaptionEntry, Color, Conditions, MaskingEntry, PaletteColor, PaletteEntry, PictureEntry};
pub use image_data::ImageData;

/// Keyword of the text in a saved PNG that holds the recipe.
pub const PNG_KEYWORD: &str = "composer-recipe";

/// The one format version there is.
const VERSION: u32 = 1;

/// Largest recipe that is read: pictures stand in it as base64.
const MAX_JSON_BYTES: usize = 32 << 20;

/// Seeds are exact as JavaScript numbers.
const MAX_SEED: u64 = (1 << 53) - 1;

const MAX_STEPS: usize = 1000;
const MAX_GUIDANCE: f32 = 30.0;

/// Everything that makes one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Format of the recipe: 1.
    pub version: u32,
    /// The model that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// What the noise comes from, 0 to 2⁵³ − 1.
    #[serde(default)]
    pub seed: u64,
    /// Classifier-free guidance scale, 0 to 30; 1 is none.
    #[serde(default = "default_guidance")]
    pub guidance: f32,
    /// Which sampler.
    #[serde(default)]
    pub sampler: Sampler,
    /// Share of fresh noise in each DDIM step, 0 to 1.
    #[serde(default)]
    pub eta: f32,
    /// Steps of each stage.
    #[serde(default)]
    pub steps: StageSteps,
    /// What the picture is made from.
    #[serde(default)]
    pub conditions: Conditions,
}

/// A model, named and identified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelId {
    /// Name as in its card.
    pub name: String,
    /// SHA-256 of its manifest, in hexadecimal.
    pub sha256: String,
}

/// Which sampler, by its short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sampler {
    /// DDIM.
    #[serde(rename = "ddim")]
    Ddim,
    /// DPM-Solver++ 2M.
    #[default]
    #[serde(rename = "dpm++2m")]
    DpmSolverPlusPlus2M,
}

/// Sampling steps of each stage, 1 to 1000 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StageSteps {
    /// Caption to semantics.
    pub prior: usize,
    /// The picture at 64 x 64.
    pub base: usize,
    /// 64 to 256.
    pub upsampler: usize,
}

impl Default for StageSteps {
    fn default() -> Self {
        Self { prior: 20, base: 20, upsampler: 10 }
    }
}

fn default_guidance() -> f32 {
    3.0
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            version: VERSION,
            model: None,
            seed: 0,
            guidance: default_guidance(),
            sampler: Sampler::default(),
            eta: 0.0,
            steps: StageSteps::default(),
            conditions: Conditions::default(),
        }
    }
}

impl Recipe {
    /// Reads and validates a recipe. Pictures inside are only decoded by [`Self::conditions`].
    ///
    /// # Errors
    /// [`Error::Recipe`] with the path of the first field that is wrong.
    pub fn parse(json: &str) -> Result<Self> {
        if json.len() > MAX_JSON_BYTES {
            return Err(Error::recipe(
                "recipe",
                format!("it is larger than {} MiB; use smaller pictures", MAX_JSON_BYTES >> 20),
            ));
        }
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let recipe: Self = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            // "." is the recipe itself: it is no JSON, or no object.
            let field = if path == "." { "recipe".to_owned() } else { path };
            Error::Recipe { field, what: shortened(&error.into_inner().to_string()) }
        })?;
        deserializer.end().map_err(|error| Error::recipe("recipe", shortened(&error.to_string())))?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Checks what the types do not: ranges and lengths.
    ///
    /// # Errors
    /// [`Error::Recipe`] with the path of the first field that is wrong.
    pub fn validate(&self) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::recipe("version", format!("{} is unknown; this program reads {VERSION}", self.version)));
        }
        if self.seed > MAX_SEED {
            return Err(Error::recipe("seed", format!("{} is too large; choose 0 to {MAX_SEED}", self.seed)));
        }
        in_range("guidance", self.guidance, 0.0, MAX_GUIDANCE)?;
        in_range("eta", self.eta, 0.0, 1.0)?;
        if self.eta > 0.0 && self.sampler != Sampler::Ddim {
            return Err(Error::recipe("eta", "only the sampler \"ddim\" can add noise; choose it, or set eta to 0"));
        }
        let steps = [("prior", self.steps.prior), ("base", self.steps.base), ("upsampler", self.steps.upsampler)];
        for (stage, steps) in steps {
            if !(1..=MAX_STEPS).contains(&steps) {
                return Err(Error::recipe(format!("steps.{stage}"), format!("{steps} steps; choose 1 to {MAX_STEPS}")));
            }
        }
        if let Some(model) = &self.model
            && !(model.sha256.len() == 64 && model.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(Error::recipe("model.sha256", "it is not 64 hexadecimal digits; leave `model` out if unknown"));
        }
        self.conditions.validate()
    }

    /// The sampler with its setting.
    #[must_use]
    pub fn sampler_kind(&self) -> SamplerKind {
        match self.sampler {
            Sampler::Ddim => SamplerKind::Ddim { eta: self.eta },
            Sampler::DpmSolverPlusPlus2M => SamplerKind::DpmSolverPlusPlus2M,
        }
    }

    /// Decodes the pictures and takes the representations from them.
    ///
    /// # Errors
    /// [`Error::Recipe`] with the path of the field whose picture or colours cannot be used.
    pub fn conditions(&self) -> Result<ConditionSet> {
        self.conditions.to_set()
    }

    /// The recipe as JSON on one line, everything written out but absent conditions.
    ///
    /// # Panics
    /// Never: these types have no value that JSON cannot say once validated.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a recipe is plain data")
    }
}

/// `value` within `low` to `high`; not so for NaN.
fn in_range(field: &str, value: f32, low: f32, high: f32) -> Result<()> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::recipe(field, format!("{value} is out of range; choose {low} to {high}")))
}

/// serde quotes what it read, which may be a whole picture.
fn shortened(message: &str) -> String {
    const LONGEST: usize = 200;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests;
