//! `composer generate`: a recipe, or flags that make one, to a PNG.

use clap::Args as ClapArgs;
use composer::engine::recipe_in;
use composer::recipe::{CaptionEntry, Conditions, MaskingEntry, PaletteEntry, PictureEntry, Recipe, SemanticsEntry};
use composer::{Error, Result, tasks};
use std::path::PathBuf;

use crate::flags::{Making, Model, image_data, read};
use crate::making::make;

/// Flags of `composer generate`. A flag that is given goes before the same thing in the recipe.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// What the picture shows.
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,
    /// Conditions combined, such as `"a beach" AND NOT "people" AND style(image 1)`.
    #[arg(long, value_name = "TEXT")]
    expression: Option<String>,
    /// Pictures that the expression and the mask speak of; the first is image 1.
    #[arg(long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// A line drawing.
    #[arg(long, value_name = "FILE")]
    sketch: Option<PathBuf>,
    /// Colours and how much each counts.
    #[arg(long, value_name = "#rrggbb:weight,...")]
    palette: Option<String>,
    /// A picture whose meaning and style the new one takes.
    #[arg(long, value_name = "FILE")]
    style: Option<PathBuf>,
    /// A picture whose light and dark the new one takes.
    #[arg(long, value_name = "FILE")]
    intensity: Option<PathBuf>,
    /// Where image 1 may be changed: white.
    #[arg(long, value_name = "FILE", requires = "image")]
    mask: Option<PathBuf>,
    /// A recipe as JSON, or a PNG that Composer made.
    #[arg(long, value_name = "FILE|PNG")]
    recipe: Option<PathBuf>,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    model: Model,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let recipe = recipe(&args)?;
    if recipe.conditions == Conditions::default() && recipe.expression.is_none() {
        eprintln!("no condition is given, so the picture is whatever the model likes; try --caption");
    }
    make(&args.model, &args.making, vec![recipe]).await
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
    if !args.image.is_empty() {
        recipe.images = args.image.iter().map(|path| image_data(path)).collect::<Result<_>>()?;
    }
    if let Some(expression) = &args.expression {
        recipe.expression = Some(expression.clone());
    }
    let conditions = &mut recipe.conditions;
    if let Some(text) = &args.caption {
        conditions.caption = Some(CaptionEntry::new(text.clone()));
    }
    if let Some(text) = &args.palette {
        let colors = tasks::colors("conditions.palette", text)?;
        conditions.palette = Some(PaletteEntry::by_hand(colors));
    }
    if let Some(path) = &args.style {
        recipe.images.push(image_data(path)?);
        conditions.semantics = Some(SemanticsEntry::of(recipe.images.len()));
    }
    if let Some(path) = &args.sketch {
        conditions.sketch = Some(PictureEntry::image(image_data(path)?));
    }
    if let Some(path) = &args.intensity {
        conditions.intensity = Some(PictureEntry::image(image_data(path)?));
    }
    if let Some(mask) = &args.mask {
        conditions.masking = Some(MaskingEntry::of(1, Some(image_data(mask)?)));
    }
    Ok(recipe)
}
