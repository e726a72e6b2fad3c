//! The conditions of a recipe, and what becomes of them.
//!
//! Every entry has `weight`, `start` and `end`. They are written out in each: serde cannot both flatten a struct and refuse unknown
//! fields.

use serde::{Deserialize, Serialize};

use super::{ImageData, in_range};
use crate::conditions::{ConditionSet, Masking, Palette, Weighted, intensity, sketch};
use crate::error::{Error, Result};
use crate::image::Picture;

const MAX_CAPTION_CHARS: usize = 2000;
const MAX_COLORS: usize = 156;
const MAX_COLOR_WEIGHT: f32 = 1e6;

/// Twice as trained; beyond that the networks only see numbers that they have never met.
const MAX_WEIGHT: f32 = 2.0;

/// What the picture is made from; every one may be left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<CaptionEntry>,
    /// Colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub palette: Option<PaletteEntry>,
    /// A drawing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sketch: Option<PictureEntry>,
    /// A picture whose greys are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intensity: Option<PictureEntry>,
    /// A picture of which a part is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masking: Option<MaskingEntry>,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaptionEntry {
    /// 1 to 2,000 characters.
    pub text: String,
    /// How much it counts, 0 to 2.
    #[serde(default = "one")]
    pub weight: f32,
    /// Where in the run it begins to count, 0 to 1.
    #[serde(default)]
    pub start: f32,
    /// Where in the run it ceases to count, 0 to 1.
    #[serde(default = "one")]
    pub end: f32,
}

/// Colours picked by hand or taken from a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaletteEntry {
    /// 1 to 156 of them.
    pub colors: Vec<PaletteColor>,
    /// How much it counts, 0 to 2.
    #[serde(default = "one")]
    pub weight: f32,
    /// Where in the run it begins to count, 0 to 1.
    #[serde(default)]
    pub start: f32,
    /// Where in the run it ceases to count, 0 to 1.
    #[serde(default = "one")]
    pub end: f32,
}

/// One colour of a palette.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaletteColor {
    /// sRGB.
    pub color: Color,
    /// Its share, relative to the others.
    #[serde(default = "one")]
    pub weight: f32,
}

/// An sRGB colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color(pub [u8; 3]);

impl TryFrom<String> for Color {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
        let digits = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .ok_or("a colour is written #rrggbb, such as #d02020")?;
        let [_, rgb @ ..] = number.to_be_bytes();
        Ok(Self(rgb))
    }
}

impl From<Color> for String {
    fn from(Color([r, g, b]): Color) -> Self {
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

/// A picture that one representation is taken from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureEntry {
    /// The picture.
    pub image: ImageData,
    /// How much it counts, 0 to 2.
    #[serde(default = "one")]
    pub weight: f32,
    /// Where in the run it begins to count, 0 to 1.
    #[serde(default)]
    pub start: f32,
    /// Where in the run it ceases to count, 0 to 1.
    #[serde(default = "one")]
    pub end: f32,
}

/// A picture of which a part is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskingEntry {
    /// The picture.
    pub image: ImageData,
    /// White where it may be changed; of the picture's size.
    pub mask: ImageData,
    /// How much it counts, 0 to 2.
    #[serde(default = "one")]
    pub weight: f32,
    /// Where in the run it begins to count, 0 to 1.
    #[serde(default)]
    pub start: f32,
    /// Where in the run it ceases to count, 0 to 1.
    #[serde(default = "one")]
    pub end: f32,
}

fn one() -> f32 {
    1.0
}

impl Conditions {
    pub(super) fn validate(&self) -> Result<()> {
        if let Some(CaptionEntry { text, weight, start, end }) = &self.caption {
            let characters = text.chars().count();
            if text.trim().is_empty() || characters > MAX_CAPTION_CHARS {
                let what = format!("{characters} characters; write 1 to {MAX_CAPTION_CHARS}, or leave the caption out");
                return Err(Error::recipe("conditions.caption.text", what));
            }
            validate_span("caption", *weight, *start, *end)?;
        }
        if let Some(PaletteEntry { colors, weight, start, end }) = &self.palette {
            validate_colors(colors)?;
            validate_span("palette", *weight, *start, *end)?;
        }
        for (name, entry) in [("sketch", &self.sketch), ("intensity", &self.intensity)] {
            if let Some(PictureEntry { image, weight, start, end }) = entry {
                image.base64().map_err(|what| Error::recipe(format!("conditions.{name}.image"), what))?;
                validate_span(name, *weight, *start, *end)?;
            }
        }
        if let Some(MaskingEntry { image, mask, weight, start, end }) = &self.masking {
            image.base64().map_err(|what| Error::recipe("conditions.masking.image", what))?;
            mask.base64().map_err(|what| Error::recipe("conditions.masking.mask", what))?;
            validate_span("masking", *weight, *start, *end)?;
        }
        Ok(())
    }

    pub(super) fn to_set(&self) -> Result<ConditionSet> {
        let mut set = ConditionSet::default();
        if let Some(CaptionEntry { text, weight, start, end }) = self.caption.clone() {
            set.caption = Some(Weighted { value: text, weight, start, end });
        }
        if let Some(PaletteEntry { colors, weight, start, end }) = &self.palette {
            let colors: Vec<_> = colors.iter().map(|entry| (entry.color.0, entry.weight)).collect();
            let value = at("conditions.palette.colors", || Palette::from_colors(&colors))?;
            set.palette = Some(Weighted { value, weight: *weight, start: *start, end: *end });
        }
        if let Some(PictureEntry { image, weight, start, end }) = &self.sketch {
            let value = at("conditions.sketch.image", || sketch::decode(&file(image)?))?;
            set.sketch = Some(Weighted { value, weight: *weight, start: *start, end: *end });
        }
        if let Some(PictureEntry { image, weight, start, end }) = &self.intensity {
            let picture = at("conditions.intensity.image", || Picture::decode(&file(image)?))?;
            let value = intensity::from_picture(&picture);
            set.intensity = Some(Weighted { value, weight: *weight, start: *start, end: *end });
        }
        if let Some(MaskingEntry { image, mask, weight, start, end }) = &self.masking {
            let picture = at("conditions.masking.image", || Picture::decode(&file(image)?))?;
            let mask = at("conditions.masking.mask", || Picture::decode(&file(mask)?))?;
            let value = at("conditions.masking.mask", || Masking::new(&picture, &mask))?;
            set.masking = Some(Weighted { value, weight: *weight, start: *start, end: *end });
        }
        Ok(set)
    }
}

fn validate_span(name: &str, weight: f32, start: f32, end: f32) -> Result<()> {
    in_range(&format!("conditions.{name}.weight"), weight, 0.0, MAX_WEIGHT)?;
    in_range(&format!("conditions.{name}.start"), start, 0.0, 1.0)?;
    in_range(&format!("conditions.{name}.end"), end, start, 1.0)
}

fn validate_colors(colors: &[PaletteColor]) -> Result<()> {
    const FIELD: &str = "conditions.palette.colors";
    if colors.is_empty() || colors.len() > MAX_COLORS {
        return Err(Error::recipe(FIELD, format!("{} colours; give 1 to {MAX_COLORS}", colors.len())));
    }
    for (i, color) in colors.iter().enumerate() {
        in_range(&format!("{FIELD}[{i}].weight"), color.weight, 0.0, MAX_COLOR_WEIGHT)?;
    }
    if colors.iter().all(|color| color.weight <= 0.0) {
        return Err(Error::recipe(FIELD, "no colour has a weight above 0; raise one"));
    }
    Ok(())
}

fn file(image: &ImageData) -> Result<Vec<u8>> {
    image.bytes().map_err(Error::image)
}

/// Says in which field of the recipe something went wrong.
fn at<T>(field: &str, result: impl FnOnce() -> Result<T>) -> Result<T> {
    result().map_err(|error| match error {
        Error::Image { what } | Error::Recipe { what, .. } => Error::recipe(field, what),
        other => other,
    })
}
