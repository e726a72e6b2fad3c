//! The conditions of a recipe as it writes them. What becomes of them: [`super::assemble`].

use serde::{Deserialize, Serialize};

use super::{ImageData, in_range};
use crate::conditions::{CATEGORIES, Weighted};
use crate::error::{Error, Result};

const MAX_CAPTION_CHARS: usize = 2000;
const MAX_COLORS: usize = 156;
const MAX_COLOR_WEIGHT: f32 = 1e6;

/// Twice as trained; beyond that the networks only see numbers that they have never met.
const MAX_WEIGHT: f32 = 2.0;

/// An entry: its own fields, and how much it counts when. These are written out in each, since serde cannot both flatten a
/// struct and refuse unknown fields.
macro_rules! entry {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)*
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

        impl $name {
            /// Counts as trained, for the whole run.
            #[must_use]
            pub fn new($($field: $type),*) -> Self {
                Self { $($field,)* weight: 1.0, start: 0.0, end: 1.0 }
            }

            /// A value that counts as much as this entry.
            pub(super) fn weighing<T>(&self, value: T) -> Weighted<T> {
                Weighted { value, weight: self.weight, start: self.start, end: self.end }
            }

            fn validate_span(&self, path: &str) -> Result<()> {
                in_range(&format!("{path}.weight"), self.weight, 0.0, MAX_WEIGHT)?;
                in_range(&format!("{path}.start"), self.start, 0.0, 1.0)?;
                in_range(&format!("{path}.end"), self.end, self.start, 1.0)
            }
        }
    };
}

/// What a picture is made from; every one may be left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<CaptionEntry>,
    /// What the picture shows and how, as another picture does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semantics: Option<SemanticsEntry>,
    /// Colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub palette: Option<PaletteEntry>,
    /// A drawing, or the lines of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sketch: Option<PictureEntry>,
    /// Which thing is where: of a picture, or a map whose red is 16 times the category and whose green is the boundary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<PictureEntry>,
    /// Relative pseudo-depth: of a picture, or a map in which white is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<PictureEntry>,
    /// A picture whose greys are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intensity: Option<PictureEntry>,
    /// A picture of which a part is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masking: Option<MaskingEntry>,
}

entry! {
    /// A text.
    CaptionEntry {
        /// 1 to 2,000 characters.
        text: String,
    }
}

entry! {
    /// What a picture shows and how.
    SemanticsEntry {
        /// Number of the picture in `images`, from 1.
        of: usize,
        /// Another picture: then it is the point between the two, on the sphere, that `strength` says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<usize>,
        /// 0 is `from`, 1 is `of`.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        strength: f32,
    }
}

entry! {
    /// Colours picked by hand, or those of a picture: one of `colors` and `of`.
    PaletteEntry {
        /// Up to 156 of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        colors: Vec<PaletteColor>,
        /// Number of a picture in `images`, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<usize>,
        /// Another picture: then it is the mixture of the two that `strength` says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<usize>,
        /// 0 is `from`, 1 is `of`.
        #[serde(default = "one", skip_serializing_if = "is_one")]
        strength: f32,
    }
}

entry! {
    /// One representation: as a picture of its own, or of a picture of the recipe. One of `image` and `of`.
    PictureEntry {
        /// The representation itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<ImageData>,
        /// Number of the picture in `images` that it is taken from, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<usize>,
    }
}

entry! {
    /// A picture of which a part is kept.
    MaskingEntry {
        /// The picture, or else `of`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<ImageData>,
        /// Number of the picture in `images`, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<usize>,
        /// White where it may be changed; of the picture's proportions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mask: Option<ImageData>,
        /// In place of a mask, with `of`: the things of these categories may be changed; none of them: all things.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        categories: Vec<u8>,
    }
}

impl SemanticsEntry {
    /// Those of a picture of the recipe.
    #[must_use]
    pub fn of(image: usize) -> Self {
        Self::new(image, None, 1.0)
    }

    /// The point between those of two pictures: 0 is `from`, 1 is `to`.
    #[must_use]
    pub fn between(from: usize, to: usize, strength: f32) -> Self {
        Self::new(to, Some(from), strength)
    }
}

impl PaletteEntry {
    /// Colours picked by hand.
    #[must_use]
    pub fn by_hand(colors: Vec<PaletteColor>) -> Self {
        Self::new(colors, None, None, 1.0)
    }

    /// Those of a picture of the recipe.
    #[must_use]
    pub fn of(image: usize) -> Self {
        Self::new(Vec::new(), Some(image), None, 1.0)
    }

    /// The mixture of those of two pictures: 0 is `from`, 1 is `to`.
    #[must_use]
    pub fn between(from: usize, to: usize, strength: f32) -> Self {
        Self::new(Vec::new(), Some(to), Some(from), strength)
    }
}

impl MaskingEntry {
    /// A picture of the recipe with its mask, or with the things in it free to change.
    #[must_use]
    pub fn of(image: usize, mask: Option<ImageData>) -> Self {
        Self::new(None, Some(image), mask, Vec::new())
    }
}

impl PictureEntry {
    /// The representation itself.
    #[must_use]
    pub fn image(image: ImageData) -> Self {
        Self::new(Some(image), None)
    }

    /// That of a picture of the recipe.
    #[must_use]
    pub fn of(image: usize) -> Self {
        Self::new(None, Some(image))
    }
}

/// One colour of a palette.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "cli", schemars(with = "String", extend("pattern" = "^#[0-9a-fA-F]{6}$")))]
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

pub(super) fn one() -> f32 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub(super) fn is_one(value: &f32) -> bool {
    value.total_cmp(&1.0).is_eq()
}

impl Conditions {
    /// Checks ranges, lengths and numbers of pictures; `path` is where these conditions stand in the recipe, `images` how many
    /// pictures that has.
    pub(super) fn validate(&self, path: &str, images: usize) -> Result<()> {
        if let Some(caption) = &self.caption {
            let characters = caption.text.chars().count();
            if caption.text.trim().is_empty() || characters > MAX_CAPTION_CHARS {
                let what = format!("{characters} characters; write 1 to {MAX_CAPTION_CHARS}, or leave the caption out");
                return Err(Error::recipe(format!("{path}.caption.text"), what));
            }
            caption.validate_span(&format!("{path}.caption"))?;
        }
        if let Some(entry) = &self.semantics {
            let path = format!("{path}.semantics");
            numbered(&path, "of", Some(entry.of), images)?;
            numbered(&path, "from", entry.from, images)?;
            in_range(&format!("{path}.strength"), entry.strength, 0.0, 1.0)?;
            entry.validate_span(&path)?;
        }
        if let Some(entry) = &self.palette {
            let path = format!("{path}.palette");
            match entry.of {
                Some(_) if !entry.colors.is_empty() => {
                    return Err(Error::recipe(path, "it has both `colors` and `of`; leave one of them out"));
                }
                Some(_) => {}
                None => validate_colors(&format!("{path}.colors"), &entry.colors)?,
            }
            numbered(&path, "of", entry.of, images)?;
            numbered(&path, "from", entry.from, images)?;
            in_range(&format!("{path}.strength"), entry.strength, 0.0, 1.0)?;
            entry.validate_span(&path)?;
        }
        let pictures = [
            ("sketch", &self.sketch),
            ("instances", &self.instances),
            ("depth", &self.depth),
            ("intensity", &self.intensity),
        ];
        for (name, entry) in pictures {
            if let Some(entry) = entry {
                let path = format!("{path}.{name}");
                one_source(&path, entry.image.as_ref(), entry.of, images)?;
                entry.validate_span(&path)?;
            }
        }
        if let Some(entry) = &self.masking {
            let path = format!("{path}.masking");
            one_source(&path, entry.image.as_ref(), entry.of, images)?;
            match &entry.mask {
                Some(mask) => _ = mask.base64().map_err(|what| Error::recipe(format!("{path}.mask"), what))?,
                None if entry.of.is_none() => {
                    return Err(Error::recipe(format!("{path}.mask"), "say what may be changed: white where it may"));
                }
                None => {}
            }
            if let Some(category) = entry.categories.iter().find(|category| usize::from(**category) >= CATEGORIES) {
                let what = format!("category {category} is unknown; choose 0 to {}", CATEGORIES - 1);
                return Err(Error::recipe(format!("{path}.categories"), what));
            }
            entry.validate_span(&path)?;
        }
        Ok(())
    }
}

fn numbered(path: &str, name: &str, number: Option<usize>, images: usize) -> Result<()> {
    let Some(number) = number.filter(|number| !(1..=images).contains(number)) else { return Ok(()) };
    let what = match images {
        0 => format!("there is no image {number}: the recipe has no `images`"),
        _ => format!("there is no image {number}; choose 1 to {images}"),
    };
    Err(Error::recipe(format!("{path}.{name}"), what))
}

fn one_source(path: &str, image: Option<&ImageData>, of: Option<usize>, images: usize) -> Result<()> {
    match (image, of) {
        (Some(image), None) => image.base64().map(drop).map_err(|what| Error::recipe(format!("{path}.image"), what)),
        (None, Some(_)) => numbered(path, "of", of, images),
        (Some(_), Some(_)) => Err(Error::recipe(path, "it has both `image` and `of`; leave one of them out")),
        (None, None) => Err(Error::recipe(path, "it has no picture; give `image`, or `of` with the number of one")),
    }
}

fn validate_colors(field: &str, colors: &[PaletteColor]) -> Result<()> {
    if colors.is_empty() || colors.len() > MAX_COLORS {
        return Err(Error::recipe(field, format!("{} colours; give 1 to {MAX_COLORS}", colors.len())));
    }
    for (i, color) in colors.iter().enumerate() {
        in_range(&format!("{field}[{i}].weight"), color.weight, 0.0, MAX_COLOR_WEIGHT)?;
    }
    if colors.iter().all(|color| color.weight <= 0.0) {
        return Err(Error::recipe(field, "no colour has a weight above 0; raise one"));
    }
    Ok(())
}
