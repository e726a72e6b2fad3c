//! `composer generate`: a recipe, or flags that make one, to a PNG.

use async_trait::async_trait;
use clap::{Args as ClapArgs, ValueEnum};
use composer::conditions::ConditionSet;
use composer::engine::{Engine, other_model, recipe_in, stages_of};
use composer::pipeline::{Observer, Step};
use composer::recipe::{
    CaptionEntry, Color, ImageData, MaskingEntry, PaletteColor, PaletteEntry, PictureEntry, Recipe, Sampler,
};
use composer::{Error, Result};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::flags::Model;

/// Flags of `composer generate`. A flag that is given goes before the same thing in the recipe.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// What the picture shows.
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,
    /// A line drawing.
    #[arg(long, value_name = "PNG")]
    sketch: Option<PathBuf>,
    /// Colours and how much each counts.
    #[arg(long, value_name = "#rrggbb:weight,...")]
    palette: Option<String>,
    /// A picture whose light and dark the new one takes.
    #[arg(long, value_name = "PNG")]
    intensity: Option<PathBuf>,
    /// Where `--image` may be changed: white.
    #[arg(long, value_name = "PNG", requires = "image")]
    mask: Option<PathBuf>,
    /// The picture that stays outside the mask.
    #[arg(long, value_name = "PNG", requires = "mask")]
    image: Option<PathBuf>,
    /// A recipe as JSON, or a PNG that Composer made.
    #[arg(long, value_name = "FILE|PNG")]
    recipe: Option<PathBuf>,
    /// The same seed gives the same picture.
    #[arg(long)]
    seed: Option<u64>,
    /// Network evaluations of the base.
    #[arg(long)]
    steps: Option<usize>,
    /// How strongly the conditions pull; 1 is no guidance.
    #[arg(long)]
    guidance: Option<f32>,
    /// The sampler.
    #[arg(long, value_enum)]
    sampler: Option<SamplerFlag>,
    #[command(flatten)]
    model: Model,
    /// Where the picture goes.
    #[arg(short, long, value_name = "OUT.png")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SamplerFlag {
    #[value(name = "ddim")]
    Ddim,
    #[value(name = "dpm++2m")]
    DpmSolverPlusPlus2M,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let recipe = recipe(&args)?;
    let source = args.model.location();
    let decision = args.model.decide().await?;
    eprintln!("{}: {}", decision.adapter, decision.reason);
    let mut engine = Engine::open(&source, &decision).await?;
    engine.load(&source, &stages_of(&recipe)?, &mut |_| {}).await?;
    if let Some(warning) = other_model(&recipe, &engine) {
        eprintln!("warning: {warning}");
    }
    let generated = engine.generate(&recipe, &mut Terminal).await?;
    std::fs::write(&args.output, generated.png).map_err(|error| io(&args.output, &error))?;
    eprintln!("{}", args.output.display());
    Ok(())
}

/// The recipe that the flags make, over the one in a file where that is given.
fn recipe(args: &Args) -> Result<Recipe> {
    let mut recipe = match &args.recipe {
        None => Recipe::default(),
        Some(path) => {
            let bytes = read(path)?;
            if let Ok(json) = std::str::from_utf8(&bytes) {
                Recipe::parse(json)?
            } else {
                recipe_in(&bytes)?.ok_or_else(|| Error::image(format!("{} holds no recipe", path.display())))?
            }
        }
    };
    let conditions = &mut recipe.conditions;
    if let Some(text) = &args.caption {
        conditions.caption = Some(CaptionEntry { text: text.clone(), weight: 1.0, start: 0.0, end: 1.0 });
    }
    if let Some(text) = &args.palette {
        conditions.palette = Some(palette(text)?);
    }
    if let Some(path) = &args.sketch {
        conditions.sketch = Some(PictureEntry { image: picture(path)?, weight: 1.0, start: 0.0, end: 1.0 });
    }
    if let Some(path) = &args.intensity {
        conditions.intensity = Some(PictureEntry { image: picture(path)?, weight: 1.0, start: 0.0, end: 1.0 });
    }
    if let (Some(mask), Some(image)) = (&args.mask, &args.image) {
        conditions.masking =
            Some(MaskingEntry { image: picture(image)?, mask: picture(mask)?, weight: 1.0, start: 0.0, end: 1.0 });
    }
    recipe.seed = args.seed.unwrap_or(recipe.seed);
    recipe.steps.base = args.steps.unwrap_or(recipe.steps.base);
    recipe.guidance = args.guidance.unwrap_or(recipe.guidance);
    recipe.sampler = match args.sampler {
        None => recipe.sampler,
        Some(SamplerFlag::Ddim) => Sampler::Ddim,
        Some(SamplerFlag::DpmSolverPlusPlus2M) => Sampler::DpmSolverPlusPlus2M,
    };
    recipe.validate()?;
    if recipe.conditions()? == ConditionSet::default() {
        eprintln!("no condition is given, so the picture is whatever the model likes; try --caption");
    }
    Ok(recipe)
}

fn picture(path: &Path) -> Result<ImageData> {
    let bytes = read(path)?;
    Ok(ImageData::from_file(composer::image::mime_of(&bytes)?, &bytes))
}

/// `#rrggbb:weight,...`; a weight may be left out and is then 1.
fn palette(text: &str) -> Result<PaletteEntry> {
    let wrong = |what: String| Error::recipe("conditions.palette", what);
    let swatch = |part: &str| {
        let (color, weight) = part.split_once(':').unwrap_or((part, "1"));
        let color = Color::try_from(color.trim().to_owned()).map_err(|what| wrong(format!("`{part}`: {what}")))?;
        let weight = weight.trim().parse().map_err(|_| wrong(format!("`{part}`: the weight is not a number")))?;
        Ok(PaletteColor { color, weight })
    };
    let colors = text.split(',').map(swatch).collect::<Result<_>>()?;
    Ok(PaletteEntry { colors, weight: 1.0, start: 0.0, end: 1.0 })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| io(path, &error))
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::Io { path: path.display().to_string(), what: error.to_string() }
}

/// Progress on one line of the terminal.
struct Terminal;

#[async_trait(?Send)]
impl Observer for Terminal {
    async fn step(&mut self, step: Step<'_>) -> Result<()> {
        let mut out = std::io::stderr();
        if out.is_terminal() {
            let end = if step.step == step.steps { "\n" } else { "" };
            // A terminal that is gone is no reason to stop.
            let _ = write!(out, "\r{:10} {:3} / {}{end}", step.stage, step.step, step.steps);
            let _ = out.flush();
        }
        Ok(())
    }
}
