//! What people want done with pictures, by name. How each is done: [`crate::tasks`].

use serde::{Deserialize, Serialize};

/// A use of Composer, section 4 of its paper (<https://arxiv.org/abs/2302.09778>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// A picture from words.
    TextToImage,
    /// Pictures like another one.
    Variations,
    /// A strip from one picture to another.
    Interpolation,
    /// The same picture with its lines, things or depth edited.
    Reconfiguration,
    /// A part of a picture changed, the rest untouched.
    RegionEditing,
    /// A grey picture in new colours.
    PaletteColorization,
    /// The content of one picture in the style of another.
    StyleTransfer,
    /// The same scene in a domain that words name.
    ImageTranslation,
    /// An object in the pose of another picture.
    PoseTransfer,
    /// Somebody in the clothes of another picture.
    VirtualTryOn,
    /// Any mix of conditions from any pictures.
    Compositional,
    /// A hole or a margin filled.
    Inpainting,
}

impl Task {
    /// All of them, in the order in which a page shows them.
    pub const ALL: [Self; 12] = [
        Self::TextToImage,
        Self::Variations,
        Self::Interpolation,
        Self::Reconfiguration,
        Self::RegionEditing,
        Self::PaletteColorization,
        Self::StyleTransfer,
        Self::ImageTranslation,
        Self::PoseTransfer,
        Self::VirtualTryOn,
        Self::Compositional,
        Self::Inpainting,
    ];

    /// The name in recipes and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TextToImage => "text-to-image",
            Self::Variations => "variations",
            Self::Interpolation => "interpolation",
            Self::Reconfiguration => "reconfiguration",
            Self::RegionEditing => "region-editing",
            Self::PaletteColorization => "palette-colorization",
            Self::StyleTransfer => "style-transfer",
            Self::ImageTranslation => "image-translation",
            Self::PoseTransfer => "pose-transfer",
            Self::VirtualTryOn => "virtual-try-on",
            Self::Compositional => "compositional",
            Self::Inpainting => "inpainting",
        }
    }

    /// What it does, for people.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::TextToImage => "A picture from words",
            Self::Variations => "New pictures that keep what you choose of another",
            Self::Interpolation => "A strip of eight pictures from one to another",
            Self::Reconfiguration => "The same picture with its lines, things or depth edited",
            Self::RegionEditing => "A part of a picture changed, the rest untouched",
            Self::PaletteColorization => "A picture in new colours, light and dark kept",
            Self::StyleTransfer => "The content of one picture in the style of another",
            Self::ImageTranslation => "The same scene as something else that words name",
            Self::PoseTransfer => "One thing in the pose of another",
            Self::VirtualTryOn => "Somebody in the clothes of another picture",
            Self::Compositional => "Any mix of words, colours, drawings and pictures",
            Self::Inpainting => "A hole filled, or room made around a picture",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Task;

    #[test]
    fn a_recipe_writes_a_task_by_its_name() {
        for task in Task::ALL {
            assert_eq!(serde_json::to_value(task).unwrap(), task.name());
        }
    }
}
