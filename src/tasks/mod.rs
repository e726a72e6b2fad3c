//! The uses of Composer as recipes: given pictures, drawings and words, each fills in conditions, sampler and inversion, and
//! the user may then change everything. After section 4 of <https://arxiv.org/abs/2302.09778>.

mod inputs;
mod outpainting;

pub use inputs::{Input, InputKind, Inputs, Value, inputs_of};

use crate::error::{Error, Result};
use crate::expression::Expression;
use crate::recipe::{
    CaptionEntry, Color, ImageData, Inversion, MaskingEntry, PaletteColor, PaletteEntry, PictureEntry, Recipe, Sampler,
    SemanticsEntry, StageSteps, Task,
};

/// Pictures of a strip from one to another.
pub const STRIP: usize = 8;

/// Steps with DDIM, which inversion needs: with fewer the way there and back drifts apart.
const INVERSION_STEPS: usize = 50;
/// Likewise in a strip, whose pictures pass through many shapes: there a little drift is not seen.
const STRIP_STEPS: usize = 30;

/// The recipes of a task: one, and for an interpolation [`STRIP`].
///
/// # Errors
/// [`Error::Recipe`] with the name of an input that is missing or cannot be used.
pub fn recipes(task: Task, inputs: &Inputs) -> Result<Vec<Recipe>> {
    inputs.check(task)?;
    let mut draft = Draft { task, inputs, recipe: Recipe { task: Some(task), ..Recipe::default() } };
    match task {
        Task::TextToImage => draft.words("caption"),
        Task::Variations => draft.variations()?,
        Task::Interpolation => return draft.interpolation(),
        Task::Reconfiguration => draft.reconfiguration()?,
        Task::RegionEditing => draft.region_editing()?,
        Task::PaletteColorization => draft.palette_colorization()?,
        Task::StyleTransfer => draft.style_transfer()?,
        Task::ImageTranslation => draft.image_translation()?,
        Task::PoseTransfer => draft.pose_transfer()?,
        Task::VirtualTryOn => draft.virtual_try_on()?,
        Task::Compositional => draft.compositional()?,
        Task::Inpainting => draft.inpainting()?,
    }
    draft.recipe.validate()?;
    Ok(vec![draft.recipe])
}

/// A recipe in the making.
struct Draft<'a> {
    task: Task,
    inputs: &'a Inputs,
    recipe: Recipe,
}

impl Draft<'_> {
    /// {D, K}, {D, K, P}, {S} or all of these.
    fn variations(&mut self) -> Result<()> {
        let image = self.image("image")?;
        let kept = self.inputs.choice(self.task, "keep");
        if matches!(kept, "structure" | "structure-and-colors" | "everything") {
            self.keep_lines_and_depth(image);
        }
        if matches!(kept, "structure-and-colors" | "everything") {
            self.recipe.conditions.palette = Some(PaletteEntry::of(image));
        }
        if matches!(kept, "meaning" | "everything") {
            self.recipe.conditions.semantics = Some(SemanticsEntry::of(image));
        }
        Ok(())
    }

    /// Semantics along the arc from the first picture to the second, and colours too unless they are kept.
    fn interpolation(mut self) -> Result<Vec<Recipe>> {
        let (first, second) = (self.image("first")?, self.image("second")?);
        let kept = self.inputs.choice(self.task, "keep");
        if matches!(kept, "layout" | "layout-and-colors") {
            self.keep_lines_and_depth(first);
            self.recipe.conditions.instances = Some(PictureEntry::of(first));
        }
        let keeps_colors = matches!(kept, "colors" | "layout-and-colors");
        let keeps_layout = self.recipe.conditions.sketch.is_some();
        if !keeps_layout {
            // From one layout to the other by way of the noise (unCLIP, 2204.06125, section 3.2); guidance would leave the way
            // back.
            self.recipe.guidance = 1.0;
            self.recipe.sampler = Sampler::Ddim;
            self.recipe.steps = StageSteps { base: STRIP_STEPS, ..StageSteps::default() };
        }
        let at = |index: usize| {
            let mut recipe = self.recipe.clone();
            let share = index as f32 / (STRIP - 1) as f32;
            recipe.inversion = (!keeps_layout).then(|| Inversion::between(first, second, share));
            recipe.conditions.semantics = Some(SemanticsEntry::between(first, second, share));
            recipe.conditions.palette =
                Some(if keeps_colors { PaletteEntry::of(first) } else { PaletteEntry::between(first, second, share) });
            recipe.validate().map(|()| recipe)
        };
        (0..STRIP).map(at).collect()
    }

    /// All that the picture is, but for what was edited; from its own noise.
    fn reconfiguration(&mut self) -> Result<()> {
        let image = self.image("image")?;
        self.keep_lines_and_depth(image);
        let conditions = &mut self.recipe.conditions;
        conditions.instances = Some(PictureEntry::of(image));
        conditions.semantics = Some(SemanticsEntry::of(image));
        conditions.palette = Some(PaletteEntry::of(image));
        let edited = [
            ("sketch", &mut conditions.sketch),
            ("instances", &mut conditions.instances),
            ("depth", &mut conditions.depth),
        ];
        let mut any = false;
        for (name, place) in edited {
            if let Some(edited) = self.inputs.picture(name) {
                *place = Some(PictureEntry::image(edited));
                any = true;
            }
        }
        if !any {
            return Err(Error::recipe(
                "sketch",
                "give what you have edited: a sketch, a map of instances or one of depth",
            ));
        }
        self.recipe.inversion = Some(Inversion::of(image));
        self.recipe.sampler = Sampler::Ddim;
        self.recipe.steps = StageSteps { base: INVERSION_STEPS, ..StageSteps::default() };
        Ok(())
    }

    /// The picture outside the mask; inside, whatever is given.
    fn region_editing(&mut self) -> Result<()> {
        let image = self.image("image")?;
        self.masked(image);
        self.words("caption");
        self.style("style")?;
        self.colors("colors", "palette")?;
        self.drawing("sketch");
        if let Some(map) = self.inputs.picture("instances") {
            self.recipe.conditions.instances = Some(PictureEntry::image(map));
        }
        let conditions = &self.recipe.conditions;
        let inside = [
            self.recipe.expression.is_some() || conditions.caption.is_some(),
            conditions.semantics.is_some(),
            conditions.palette.is_some(),
            conditions.sketch.is_some(),
            conditions.instances.is_some(),
        ];
        if !inside.contains(&true) {
            return Err(Error::recipe(
                "caption",
                "say what the region shall become: words, a style, colours or a sketch",
            ));
        }
        Ok(())
    }

    fn palette_colorization(&mut self) -> Result<()> {
        let image = self.image("image")?;
        self.recipe.conditions.intensity = Some(PictureEntry::of(image));
        self.recipe.exact_intensity = true;
        self.colors("colors", "palette")?;
        if self.recipe.conditions.palette.is_none() {
            return Err(Error::recipe("colors", "give colours, or a picture to take them from"));
        }
        Ok(())
    }

    fn style_transfer(&mut self) -> Result<()> {
        let (content, style) = (self.image("content")?, self.image("style")?);
        self.keep_lines_and_depth(content);
        let strength = self.inputs.number(self.task, "strength");
        let conditions = &mut self.recipe.conditions;
        conditions.semantics = Some(SemanticsEntry::between(content, style, strength));
        // A style's colours are a part of it.
        conditions.palette = Some(PaletteEntry::between(content, style, strength));
        Ok(())
    }

    fn image_translation(&mut self) -> Result<()> {
        let image = self.image("image")?;
        self.keep_lines_and_depth(image);
        self.recipe.conditions.instances = Some(PictureEntry::of(image));
        if self.inputs.choice(self.task, "keep") == "shape-and-light" {
            self.recipe.conditions.intensity = Some(PictureEntry::of(image));
        }
        self.words("caption");
        Ok(())
    }

    fn pose_transfer(&mut self) -> Result<()> {
        let (object, pose) = (self.image("object")?, self.image("pose")?);
        let conditions = &mut self.recipe.conditions;
        conditions.semantics = Some(SemanticsEntry::of(object));
        conditions.palette = Some(PaletteEntry::of(object));
        match self.inputs.choice(self.task, "by") {
            "lines" => conditions.sketch = Some(PictureEntry::of(pose)),
            _ => conditions.instances = Some(PictureEntry::of(pose)),
        }
        Ok(())
    }

    fn virtual_try_on(&mut self) -> Result<()> {
        let (body, garment) = (self.image("body")?, self.image("garment")?);
        self.masked(body);
        // The garment takes the shape of the body: without it, that of its own picture, and ground shows beside it.
        self.recipe.conditions.depth = Some(PictureEntry::of(body));
        self.recipe.conditions.semantics = Some(SemanticsEntry::of(garment));
        self.recipe.conditions.palette = Some(PaletteEntry::of(garment));
        Ok(())
    }

    fn compositional(&mut self) -> Result<()> {
        self.words("caption");
        self.style("style")?;
        self.colors("colors", "palette")?;
        self.drawing("sketch");
        for name in ["lines", "instances", "depth", "intensity"] {
            let Some(image) = self.inputs.image(name)? else { continue };
            let image = self.add(image);
            let conditions = &mut self.recipe.conditions;
            let place = match name {
                "lines" => &mut conditions.sketch,
                "instances" => &mut conditions.instances,
                "depth" => &mut conditions.depth,
                _ => &mut conditions.intensity,
            };
            *place = Some(PictureEntry::of(image));
        }
        if self.inputs.has("image") {
            let image = self.image("image")?;
            self.masked(image);
        }
        if self.recipe.expression.is_none() && self.recipe.conditions == Recipe::default().conditions {
            return Err(Error::recipe("caption", "give at least one condition"));
        }
        Ok(())
    }

    /// A hole where a mask is given, a margin around the picture where none is.
    fn inpainting(&mut self) -> Result<()> {
        if self.inputs.has("mask") {
            let image = self.image("image")?;
            self.masked(image);
        } else {
            let picture = self.inputs.image("image")?.ok_or_else(|| self.missing("image"))?.decode()?;
            let margin = self.inputs.number(self.task, "margin");
            let (picture, mask) = outpainting::with_margin(&picture, margin);
            let image = self.add(ImageData::from_picture(&picture)?);
            let mask = ImageData::from_picture(&mask)?;
            self.recipe.conditions.masking = Some(MaskingEntry::of(image, Some(mask)));
        }
        self.words("caption");
        Ok(())
    }

    fn missing(&self, name: &str) -> Error {
        Error::recipe(name, format!("{} needs this picture", self.task.name()))
    }

    /// Adds a picture that must be there, and returns its number.
    fn image(&mut self, name: &str) -> Result<usize> {
        let image = self.inputs.image(name)?.ok_or_else(|| self.missing(name))?;
        Ok(self.add(image))
    }

    fn add(&mut self, image: ImageData) -> usize {
        let images = &mut self.recipe.images;
        let known = images.iter().position(|other| *other == image);
        known.map_or_else(
            || {
                images.push(image);
                images.len()
            },
            |index| index + 1,
        )
    }

    fn keep_lines_and_depth(&mut self, image: usize) {
        self.recipe.conditions.sketch = Some(PictureEntry::of(image));
        self.recipe.conditions.depth = Some(PictureEntry::of(image));
    }

    /// Words, or an expression where they have operators.
    fn words(&mut self, name: &str) {
        let Some(text) = self.inputs.text(name).filter(|text| !text.trim().is_empty()) else { return };
        if Expression::is_meant(text) {
            self.recipe.expression = Some(text.to_owned());
        } else {
            self.recipe.conditions.caption = Some(CaptionEntry::new(text.to_owned()));
        }
    }

    fn style(&mut self, name: &str) -> Result<()> {
        if let Some(image) = self.inputs.image(name)? {
            let image = self.add(image);
            self.recipe.conditions.semantics = Some(SemanticsEntry::of(image));
        }
        Ok(())
    }

    /// Colours by hand, else those of a picture.
    fn colors(&mut self, by_hand: &str, of_picture: &str) -> Result<()> {
        if let Some(text) = self.inputs.text(by_hand).filter(|text| !text.trim().is_empty()) {
            self.recipe.conditions.palette = Some(PaletteEntry::by_hand(colors(by_hand, text)?));
        } else if let Some(image) = self.inputs.image(of_picture)? {
            let image = self.add(image);
            self.recipe.conditions.palette = Some(PaletteEntry::of(image));
        }
        Ok(())
    }

    fn drawing(&mut self, name: &str) {
        if let Some(drawing) = self.inputs.picture(name) {
            self.recipe.conditions.sketch = Some(PictureEntry::image(drawing));
        }
    }

    /// Keeps a picture outside a mask: the one given, else around the things in it.
    fn masked(&mut self, image: usize) {
        let mask = self.inputs.picture("mask");
        self.recipe.conditions.masking = Some(MaskingEntry::of(image, mask));
    }
}

/// `#rrggbb:weight,...`; a weight may be left out and is then 1.
///
/// # Errors
/// [`Error::Recipe`] with `field` and the colour that cannot be read.
pub fn colors(field: &str, text: &str) -> Result<Vec<PaletteColor>> {
    let swatch = |part: &str| {
        let wrong = |what: &str| Error::recipe(field, format!("`{part}`: {what}"));
        let (color, weight) = part.split_once(':').unwrap_or((part, "1"));
        let color = Color::try_from(color.trim().to_owned()).map_err(wrong)?;
        let weight = weight.trim().parse().map_err(|_| wrong("the weight is not a number"))?;
        Ok(PaletteColor { color, weight })
    };
    text.split(',').map(swatch).collect()
}

#[cfg(test)]
mod tests;
