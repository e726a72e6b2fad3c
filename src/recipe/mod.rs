//! A recipe: everything that makes one picture, as JSON. The same recipe, model and seed give the same picture.
//!
//! Fields that may be left out have the defaults of [`Recipe::default`]; unknown fields are errors, so that a misspelt condition is
//! not silently ignored.

mod assemble;
mod entries;
mod image_data;
mod resolve;
mod task;

use serde::{Deserialize, Serialize};

use crate::diffusion::SamplerKind;
use crate::error::{Error, Result};

pub use assemble::Needed;
pub use entries::{
    CaptionEntry, Color, Conditions, MaskingEntry, PaletteColor, PaletteEntry, PictureEntry, SemanticsEntry,
};
use entries::{is_one, one};
pub use image_data::ImageData;
pub use task::Task;

/// Keyword of the text in a saved PNG that holds the recipe.
pub const PNG_KEYWORD: &str = "composer-recipe";

/// The one format version there is.
const VERSION: u32 = 1;

/// Largest recipe that is read: pictures stand in it as base64.
const MAX_JSON_BYTES: usize = 32 << 20;

/// Seeds are exact as JavaScript numbers.
const MAX_SEED: u64 = (1 << 53) - 1;

const MAX_STEPS: usize = 1000;
const MAX_IMAGES: usize = 16;
const MAX_REFINEMENTS: usize = 4;
/// Longest history of changes that a picture may have.
const MAX_EARLIER: usize = 16;
const MAX_GUIDANCE: f32 = 30.0;

/// Everything that makes one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Format of the recipe: 1.
    pub version: u32,
    /// The model that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// The task that it was made with; it changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Task>,
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
    /// Pictures that conditions are taken from, numbered from 1. Each is seen as 256 x 256 pixels, the whole of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageData>,
    /// Conditions combined by AND, OR and NOT, such as `"a beach" AND NOT "people" AND style(image 1)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// What the picture is made from, beside the expression.
    #[serde(default)]
    pub conditions: Conditions,
    /// Whether the picture gets the light and dark of `conditions.intensity` exactly, in place of about: only colours are new.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact_intensity: bool,
    /// What guidance leads away from.
    #[serde(default, skip_serializing_if = "Against::is_nothing")]
    pub against: Against,
    /// A picture to begin from in place of noise, or the way between two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inversion: Option<Inversion>,
    /// What led earlier parts of the run, where a run was taken up again with other conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

/// What guidance leads away from: c₁ of ε̂ = w ε(x, c₂) + (1 − w) ε(x, c₁).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Against {
    /// No condition: classifier-free guidance.
    #[default]
    Nothing,
    /// The local conditions, so that guidance is by the global ones alone.
    Locals,
    /// Others, such as a caption of what is not wanted.
    Conditions(Box<Conditions>),
}

impl Against {
    fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}

/// Bidirectional guidance: the run begins from the noise that leads to a picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Inversion {
    /// Number of the picture in `images`, from 1.
    pub of: usize,
    /// Another picture: then the run begins at the point between the two noises, on the sphere, that `strength` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
    /// 0 is `from`, 1 is `of`.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub strength: f32,
    /// Under what the noise leads to the picture; what is not in there is left to the noise.
    #[serde(default, skip_serializing_if = "Under::is_everything")]
    pub under: Under,
    /// Extra evaluations for each step, 0 to 4; they make the way back exact.
    #[serde(default = "default_refinements")]
    pub refinements: usize,
}

impl Inversion {
    /// From a picture's noise under everything that it is.
    #[must_use]
    pub fn of(image: usize) -> Self {
        Self { of: image, from: None, strength: 1.0, under: Under::Everything, refinements: default_refinements() }
    }

    /// The point between the noises of two pictures, which hold all but what the pictures show and their colours: 0 is `from`, 1
    /// is `to`.
    #[must_use]
    pub fn between(from: usize, to: usize, strength: f32) -> Self {
        Self { from: Some(from), strength, under: Under::Globals, ..Self::of(to) }
    }

    /// The pictures that count, in order, with how much of the way to the second the run begins.
    fn pictures(&self) -> (Vec<usize>, f32) {
        match self.from {
            Some(from) if self.strength <= 0.0 => (vec![from], 0.0),
            Some(from) if self.strength < 1.0 => (vec![from, self.of], self.strength),
            _ => (vec![self.of], 0.0),
        }
    }
}

fn default_refinements() -> usize {
    1
}

/// What a picture is taken to be on the way to its noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Under {
    /// All of its representations: the noise holds what none of them says.
    #[default]
    Everything,
    /// Semantics and palette: the noise holds the layout.
    Globals,
}

impl Under {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
    fn is_everything(&self) -> bool {
        *self == Self::Everything
    }
}

/// What led the first steps of the base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The first step of the base that it did not lead any more.
    pub until: usize,
    /// As in the recipe.
    #[serde(default = "default_guidance")]
    pub guidance: f32,
    /// As in the recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// As in the recipe.
    #[serde(default)]
    pub conditions: Conditions,
    /// As in the recipe.
    #[serde(default, skip_serializing_if = "Against::is_nothing")]
    pub against: Against,
}

/// A model, named and identified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelId {
    /// Name as in its card.
    pub name: String,
    /// SHA-256 of its manifest, in hexadecimal.
    pub sha256: String,
}

/// Which sampler, by its short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Sampler {
    /// DDIM.
    #[serde(rename = "ddim")]
    Ddim,
    /// DPM-Solver++ 2M.
    #[default]
    #[serde(rename = "dpm++2m")]
    DpmSolverPlusPlus2M,
    /// UniPC-2.
    #[serde(rename = "unipc")]
    UniPc,
}

/// Sampling steps of each stage, 1 to 1000 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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
        // The upsampler guesses details that the picture at 64 all but decides: more steps than one add grain and no truth (training/README.md).
        Self { prior: 20, base: 20, upsampler: 1 }
    }
}

/// The seed figure is 3; with the default model colours burn out from 2.5 on.
fn default_guidance() -> f32 {
    2.0
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            version: VERSION,
            model: None,
            task: None,
            seed: 0,
            guidance: default_guidance(),
            sampler: Sampler::default(),
            eta: 0.0,
            steps: StageSteps::default(),
            images: Vec::new(),
            expression: None,
            conditions: Conditions::default(),
            exact_intensity: false,
            against: Against::default(),
            inversion: None,
            earlier: Vec::new(),
        }
    }
}

impl Recipe {
    /// Reads and validates a recipe. Pictures inside are only decoded by [`Self::picture`]
    /// and [`Self::plan`].
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
        let images = self.images.len();
        if images > MAX_IMAGES {
            return Err(Error::recipe("images", format!("{images} pictures; give at most {MAX_IMAGES}")));
        }
        for (i, image) in self.images.iter().enumerate() {
            image.base64().map_err(|what| Error::recipe(format!("images[{i}]"), what))?;
        }
        self.conditions.validate("conditions", images)?;
        if self.exact_intensity && self.conditions.intensity.is_none() {
            return Err(Error::recipe(
                "exact_intensity",
                "there is no `conditions.intensity` to take it from; give one",
            ));
        }
        if let Against::Conditions(conditions) = &self.against {
            conditions.validate("against.conditions", images)?;
        }
        self.validate_earlier()?;
        self.validate_inversion()?;
        self.validate_expressions()
    }

    fn validate_earlier(&self) -> Result<()> {
        if self.earlier.len() > MAX_EARLIER {
            let what = format!("{} parts; a run may be taken up again {MAX_EARLIER} times", self.earlier.len());
            return Err(Error::recipe("earlier", what));
        }
        let mut done = 0;
        for (i, Earlier { until, guidance, conditions, against, .. }) in self.earlier.iter().enumerate() {
            let path = format!("earlier[{i}]");
            if !(done + 1..self.steps.base).contains(until) {
                let what = format!("step {until}; choose {} to {}", done + 1, self.steps.base.saturating_sub(1));
                return Err(Error::recipe(format!("{path}.until"), what));
            }
            done = *until;
            in_range(&format!("{path}.guidance"), *guidance, 0.0, MAX_GUIDANCE)?;
            conditions.validate(&format!("{path}.conditions"), self.images.len())?;
            if let Against::Conditions(conditions) = against {
                conditions.validate(&format!("{path}.against.conditions"), self.images.len())?;
            }
        }
        Ok(())
    }

    fn validate_inversion(&self) -> Result<()> {
        let Some(Inversion { of, from, strength, refinements, .. }) = self.inversion else { return Ok(()) };
        for (name, image) in [("of", Some(of)), ("from", from)] {
            if let Some(image) = image.filter(|image| !(1..=self.images.len()).contains(image)) {
                let what = format!("there is no image {image}; add it to `images`");
                return Err(Error::recipe(format!("inversion.{name}"), what));
            }
        }
        in_range("inversion.strength", strength, 0.0, 1.0)?;
        if refinements > MAX_REFINEMENTS {
            return Err(Error::recipe(
                "inversion.refinements",
                format!("{refinements}; choose 0 to {MAX_REFINEMENTS}"),
            ));
        }
        if self.sampler != Sampler::Ddim || self.eta > 0.0 {
            return Err(Error::recipe(
                "inversion",
                "only the sampler \"ddim\" with eta 0 finds the way back; choose it",
            ));
        }
        if self.steps.base < 2 {
            return Err(Error::recipe("steps.base", "a picture cannot be inverted in one step; choose 2 or more"));
        }
        Ok(())
    }

    /// The sampler with its setting.
    #[must_use]
    pub fn sampler_kind(&self) -> SamplerKind {
        match self.sampler {
            Sampler::Ddim => SamplerKind::Ddim { eta: self.eta },
            Sampler::DpmSolverPlusPlus2M => SamplerKind::DpmSolverPlusPlus2M,
            Sampler::UniPc => SamplerKind::UniPc,
        }
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

/// The JSON schema of recipes, draft 2020-12.
#[cfg(feature = "cli")]
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Recipe).into()
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
