//! From the entries of a recipe to the representations themselves: decoded, found in pictures, mixed.

use super::{Conditions, ImageData, MaskingEntry, PaletteEntry, PictureEntry, SemanticsEntry};
use crate::conditions::{
    ConditionSet, Depth, Instances, Masking, PICTURE_SIZE, Palette, Raster, Semantics, Weighted, intensity,
    mask_from_instances, sketch,
};
use crate::diffusion::{lerp, slerp};
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::pipeline::{Extracted, Maps, palette_of};

impl Conditions {
    /// Pictures that stand in the conditions themselves, by their fields.
    pub(super) fn own_pictures(&self) -> impl Iterator<Item = (&'static str, &ImageData)> {
        fn of(entry: Option<&PictureEntry>) -> Option<&ImageData> {
            entry?.image.as_ref()
        }
        let masking = self.masking.as_ref();
        let pictures = [
            ("sketch.image", of(self.sketch.as_ref())),
            ("instances.image", of(self.instances.as_ref())),
            ("depth.image", of(self.depth.as_ref())),
            ("intensity.image", of(self.intensity.as_ref())),
            ("masking.image", masking.and_then(|masking| masking.image.as_ref())),
            ("masking.mask", masking.and_then(|masking| masking.mask.as_ref())),
        ];
        pictures.into_iter().filter_map(|(name, image)| Some((name, image?)))
    }

    /// The representations themselves; `path` is where these conditions stand in the recipe.
    pub(super) fn to_set(&self, images: &[Extracted], path: &str) -> Result<ConditionSet> {
        let maps = |of: usize| maps_of(images, of);
        let map =
            |entry: Option<&PictureEntry>, name: &str, own: fn(&[u8]) -> Result<Raster>, of: fn(&Maps) -> &Raster| {
                local(entry, &format!("{path}.{name}"), own, |image| of(maps(image)).clone())
            };
        Ok(ConditionSet {
            caption: self.caption.as_ref().map(|entry| entry.weighing(entry.text.clone())),
            semantics: self.semantics.as_ref().map(|entry| semantics(entry, images)).transpose()?,
            palette: self.palette.as_ref().map(|entry| palette(entry, images, path)).transpose()?,
            sketch: map(self.sketch.as_ref(), "sketch", sketch::decode, |maps| &maps.sketch)?,
            instances: local(
                self.instances.as_ref(),
                &format!("{path}.instances"),
                |file| Ok(Instances::from_picture(&Picture::decode(file)?)),
                |image| maps(image).instances.clone(),
            )?,
            depth: local(
                self.depth.as_ref(),
                &format!("{path}.depth"),
                |file| Ok(Depth::from_picture(&Picture::decode(file)?)),
                |image| maps(image).depth.clone(),
            )?,
            intensity: intensity_of(self.intensity.as_ref(), images, path)?,
            masking: self.masking.as_ref().map(|entry| masking(entry, images, path)).transpose()?,
        })
    }
}

fn maps_of(images: &[Extracted], image: usize) -> &Maps {
    images[image - 1].maps.as_ref().expect("the maps of this picture were asked for")
}

pub(super) fn intensity_of(
    entry: Option<&PictureEntry>,
    images: &[Extracted],
    path: &str,
) -> Result<Option<Weighted<Raster>>> {
    local(
        entry,
        &format!("{path}.intensity"),
        |file| Ok(intensity::from_picture(&Picture::decode(file)?)),
        |image| intensity::from_picture(&images[image - 1].picture),
    )
}

/// A local condition from its own picture, or from those that the networks found.
fn local<T>(
    entry: Option<&PictureEntry>,
    path: &str,
    own: impl Fn(&[u8]) -> Result<T>,
    of: impl Fn(usize) -> T,
) -> Result<Option<Weighted<T>>> {
    let Some(entry) = entry else { return Ok(None) };
    let value = match (&entry.image, entry.of) {
        (Some(image), _) => at(&format!("{path}.image"), || own(&image.file()?))?,
        (None, Some(image)) => of(image),
        (None, None) => return Err(Error::recipe(path, "it has no picture")),
    };
    Ok(Some(entry.weighing(value)))
}

fn semantics(entry: &SemanticsEntry, images: &[Extracted]) -> Result<Weighted<Semantics>> {
    let of = |image: usize| images[image - 1].semantics.as_ref().expect("these semantics were asked for");
    let value = match entry.from {
        Some(from) => Semantics::new(slerp(of(from).values(), of(entry.of).values(), entry.strength))?,
        None => of(entry.of).clone(),
    };
    Ok(entry.weighing(value))
}

fn palette(entry: &PaletteEntry, images: &[Extracted], path: &str) -> Result<Weighted<Palette>> {
    let of = |image: usize| palette_of(&images[image - 1].picture);
    let value = match (entry.of, entry.from) {
        (Some(to), Some(from)) => {
            let between = lerp(&of(from).0, &of(to).0, entry.strength);
            Palette(between.try_into().expect("a palette is as long as another"))
        }
        (Some(image), None) => of(image),
        (None, _) => {
            let colors: Vec<_> = entry.colors.iter().map(|color| (color.color.0, color.weight)).collect();
            at(&format!("{path}.palette.colors"), || Palette::from_colors(&colors))?
        }
    };
    Ok(entry.weighing(value))
}

fn masking(entry: &MaskingEntry, images: &[Extracted], path: &str) -> Result<Weighted<Masking>> {
    let own = |image: &ImageData, name: &str| at(&format!("{path}.masking.{name}"), || image.decode());
    let picture = match (&entry.image, entry.of) {
        (Some(image), _) => own(image, "image")?,
        (None, Some(image)) => images[image - 1].picture.clone(),
        (None, None) => return Err(Error::recipe(format!("{path}.masking"), "it has no picture")),
    };
    let value = match (&entry.mask, entry.of) {
        (Some(mask), of) => {
            let mask = own(mask, "mask")?;
            // The pictures of a recipe are seen fitted into a square, and so must a mask of theirs be.
            let mask = if of.is_some() { mask.fitted(PICTURE_SIZE as u32) } else { mask };
            at(&format!("{path}.masking.mask"), || Masking::new(&picture, &mask))?
        }
        (None, Some(image)) => {
            Masking { picture, mask: mask_from_instances(&maps_of(images, image).instances, &entry.categories) }
        }
        (None, None) => return Err(Error::recipe(format!("{path}.masking.mask"), "it has no mask")),
    };
    Ok(entry.weighing(value))
}

/// Says in which field of the recipe something went wrong.
pub(super) fn at<T>(field: &str, result: impl FnOnce() -> Result<T>) -> Result<T> {
    result().map_err(|error| match error {
        Error::Image { what } | Error::Recipe { what, .. } => Error::recipe(field, what),
        other => other,
    })
}
