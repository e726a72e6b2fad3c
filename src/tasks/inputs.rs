//! What each task takes. The page and the command line both read this table.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::conditions::PICTURE_SIZE;
use crate::error::{Error, Result};
use crate::recipe::{ImageData, Task};

/// One thing that a task takes.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Its name: a flag of the command line, a field of the page.
    pub name: &'static str,
    /// What kind of thing it is.
    #[serde(flatten)]
    pub kind: InputKind,
    /// Whether the task makes no sense without it.
    pub required: bool,
    /// A sentence for people.
    pub about: &'static str,
}

/// What kind of thing an input is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum InputKind {
    /// Any picture.
    Image,
    /// A line drawing.
    Drawing,
    /// White where a picture may be changed.
    Mask,
    /// A map of instances.
    Instances,
    /// A map of relative depth.
    Depth,
    /// A caption or an expression.
    Words,
    /// `#rrggbb:weight,...`.
    Colors,
    /// A number.
    Number {
        /// The smallest.
        min: f32,
        /// The largest.
        max: f32,
        /// Unless given.
        default: f32,
    },
    /// One of some words; the first unless given.
    Choice {
        /// The words.
        options: &'static [&'static str],
    },
}

const fn needed(name: &'static str, kind: InputKind, about: &'static str) -> Input {
    Input { name, kind, required: true, about }
}

const fn optional(name: &'static str, kind: InputKind, about: &'static str) -> Input {
    Input { name, kind, required: false, about }
}

use InputKind::{Choice, Colors, Depth, Drawing, Image, Instances, Mask, Number, Words};

const STYLE: Input = optional("style", Image, "A picture whose meaning and style are taken over");
const COLORS: Input = optional("colors", Colors, "Colours with weights, such as #d02020:3,#ffffff");
const PALETTE: Input = optional("palette", Image, "A picture to take the colours from");
const SKETCH: Input = optional("sketch", Drawing, "A line drawing");

/// What a task takes, in the order in which to ask for it.
#[must_use]
#[allow(clippy::too_many_lines, reason = "it is one table")]
pub fn inputs_of(task: Task) -> &'static [Input] {
    match task {
        Task::TextToImage => const { &[needed("caption", Words, "What the picture shows")] },
        Task::Variations => {
            const {
                &[
                    needed("image", Image, "The picture to vary"),
                    optional(
                        "keep",
                        Choice { options: &["structure", "structure-and-colors", "meaning", "everything"] },
                        "What stays: lines and depth, colours, what it shows, or all of these",
                    ),
                ]
            }
        }
        Task::Interpolation => {
            const {
                &[
                    needed("first", Image, "Where the strip begins"),
                    needed("second", Image, "Where the strip ends"),
                    optional(
                        "keep",
                        Choice { options: &["nothing", "colors", "layout", "layout-and-colors"] },
                        "What stays as it is in the first picture",
                    ),
                ]
            }
        }
        Task::Reconfiguration => {
            const {
                &[
                    needed("image", Image, "The picture to edit"),
                    optional("sketch", Drawing, "Its lines, edited"),
                    optional("instances", Instances, "Its things, edited"),
                    optional("depth", Depth, "Its depth, edited"),
                ]
            }
        }
        Task::RegionEditing => {
            const {
                &[
                    needed("image", Image, "The picture to edit"),
                    needed("mask", Mask, "White where it may change"),
                    optional("caption", Words, "What the region becomes"),
                    STYLE,
                    COLORS,
                    PALETTE,
                    SKETCH,
                    optional("instances", Instances, "Which things stand where"),
                ]
            }
        }
        Task::PaletteColorization => {
            const { &[needed("image", Image, "The picture to colour; its light and dark stay"), COLORS, PALETTE] }
        }
        Task::StyleTransfer => {
            const {
                &[
                    needed("content", Image, "The picture whose lines and depth stay"),
                    needed("style", Image, "The picture whose style is taken over"),
                    optional(
                        "strength",
                        Number { min: 0.0, max: 1.0, default: 1.0 },
                        "How far from the one to the other",
                    ),
                ]
            }
        }
        Task::ImageTranslation => {
            const {
                &[
                    needed("image", Image, "The picture to translate"),
                    needed("caption", Words, "What it becomes, such as \"a clay figure\""),
                    optional(
                        "keep",
                        Choice { options: &["shape", "shape-and-light"] },
                        "Whether light and dark stay beside lines, things and depth",
                    ),
                ]
            }
        }
        Task::PoseTransfer => {
            const {
                &[
                    needed("object", Image, "Who or what"),
                    needed("pose", Image, "The picture whose pose is taken over"),
                    optional("by", Choice { options: &["things", "lines"] }, "What of the pose counts"),
                ]
            }
        }
        Task::VirtualTryOn => {
            const {
                &[
                    needed("body", Image, "Who tries it on"),
                    needed("garment", Image, "What is tried on"),
                    optional("mask", Mask, "White where the clothes are; all things in the picture without it"),
                ]
            }
        }
        Task::Compositional => {
            const {
                &[
                    optional("caption", Words, "What the picture shows"),
                    STYLE,
                    COLORS,
                    PALETTE,
                    SKETCH,
                    optional("lines", Image, "A picture to take the lines from"),
                    optional("instances", Image, "A picture to take the things from"),
                    optional("depth", Image, "A picture to take the relative pseudo-depth from"),
                    optional("intensity", Image, "A picture to take light and dark from"),
                    optional("image", Image, "A picture of which a part stays"),
                    optional("mask", Mask, "White where that picture may change; around its things without it"),
                ]
            }
        }
        Task::Inpainting => {
            const {
                &[
                    needed("image", Image, "The picture to fill or to extend"),
                    optional("mask", Mask, "White where there is a hole; without it room is made around the picture"),
                    optional(
                        "margin",
                        Number { min: 0.05, max: 0.4, default: 0.2 },
                        "Room on each side, as a share of the whole",
                    ),
                    optional("caption", Words, "What the picture shows"),
                ]
            }
        }
    }
}

/// The value of an input: a number, words, or a picture as a data URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number.
    Number(f32),
    /// Words, or a data URL.
    Text(String),
}

/// Values by the names of the inputs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inputs(pub BTreeMap<String, Value>);

impl Inputs {
    /// Checks that these are inputs of the task, of the right kind, and that none is missing.
    pub(super) fn check(&self, task: Task) -> Result<()> {
        let known = inputs_of(task);
        for (name, value) in &self.0 {
            let Some(input) = known.iter().find(|input| input.name == name) else {
                let names: Vec<_> = known.iter().map(|input| input.name).collect();
                let what = format!("{} takes no such thing; it takes {}", task.name(), names.join(", "));
                return Err(Error::recipe(name.clone(), what));
            };
            match (input.kind, value) {
                (Number { min, max, .. }, Value::Number(number)) if (min..=max).contains(number) => {}
                (Number { min, max, .. }, _) => {
                    return Err(Error::recipe(name.clone(), format!("choose a number from {min} to {max}")));
                }
                (Choice { options }, Value::Text(text)) if options.contains(&text.as_str()) => {}
                (Choice { options }, _) => {
                    return Err(Error::recipe(name.clone(), format!("choose {}", options.join(", "))));
                }
                (_, Value::Text(_)) => {}
                (_, Value::Number(_)) => return Err(Error::recipe(name.clone(), "it is no number")),
            }
        }
        let missing = known.iter().find(|input| input.required && !self.has(input.name));
        missing.map_or(Ok(()), |input| {
            let what = format!("{} needs this. {}", task.name(), input.about);
            Err(Error::recipe(input.name, what))
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Text(text)) => !text.trim().is_empty(),
            Some(Value::Number(_)) => true,
            None => false,
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// One of the options, the first unless given. [`Self::check`] has seen that it is one.
    pub(super) fn choice(&self, task: Task, name: &str) -> &str {
        let first = inputs_of(task).iter().find(|input| input.name == name).and_then(|input| match input.kind {
            Choice { options } => options.first().copied(),
            _ => None,
        });
        self.text(name).or(first).unwrap_or_default()
    }

    /// A number, the default unless given.
    pub(super) fn number(&self, task: Task, name: &str) -> f32 {
        let default = inputs_of(task).iter().find(|input| input.name == name).map(|input| input.kind);
        match (self.0.get(name), default) {
            (Some(Value::Number(number)), _) => *number,
            (_, Some(Number { default, .. })) => default,
            _ => 0.0,
        }
    }

    /// A picture file as it was given.
    pub(super) fn picture(&self, name: &str) -> Option<ImageData> {
        self.text(name).filter(|text| !text.is_empty()).map(|text| ImageData::from_url(text.to_owned()))
    }

    /// A picture, fitted into 256 x 256: that is how the engine sees it anyway, and a recipe stays small.
    pub(super) fn image(&self, name: &str) -> Result<Option<ImageData>> {
        let Some(image) = self.picture(name) else { return Ok(None) };
        let named = |error: Error| match error {
            Error::Image { what } | Error::Recipe { what, .. } => Error::recipe(name, what),
            other => other,
        };
        let picture = image.decode().map_err(named)?;
        if (picture.width, picture.height) == (PICTURE_SIZE as u32, PICTURE_SIZE as u32) {
            return Ok(Some(image));
        }
        ImageData::from_picture(&picture.fitted(PICTURE_SIZE as u32)).map(Some).map_err(named)
    }
}
