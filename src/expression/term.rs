//! What the leaves of an expression name.

use std::fmt;

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// A text. Runs of white space are single spaces, so that spacing makes no other caption.
    Caption(String),
    /// A part of a picture.
    Representation {
        /// Which part.
        kind: Representation,
        /// Whose part; pictures are numbered from 1.
        image: usize,
    },
}

/// The parts of a picture that an expression can name. Masking is none of them: it is drawn, and belongs to the whole
/// run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Representation {
    /// What the picture is about and how it is made: its embedding, `style` or `semantics`.
    Semantics,
    /// Colour statistics.
    Palette,
    /// Lines.
    Sketch,
    /// Which things are where.
    Instances,
    /// Distances.
    Depth,
    /// The grey image.
    Intensity,
}

/// A condition and how much it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedTerm {
    /// The condition.
    pub term: Term,
    /// 0 to [`super::MAX_WEIGHT`]; 1 as trained.
    pub weight: f32,
}

impl Term {
    /// Makes a caption of `words`.
    pub(super) fn caption<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Caption(words.into_iter().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" "))
    }

    /// Which representation this is, `None` for a caption. Two terms of one kind fit no network together.
    #[must_use]
    pub fn kind(&self) -> Option<Representation> {
        match self {
            Self::Caption(_) => None,
            Self::Representation { kind, .. } => Some(*kind),
        }
    }
}

impl Representation {
    /// The representation of that name, in small or capital letters.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Semantics, Self::Palette, Self::Sketch, Self::Instances, Self::Depth, Self::Intensity];
        let named = |kind: &Self| name.eq_ignore_ascii_case(kind.name());
        if name.eq_ignore_ascii_case("semantics") { Some(Self::Semantics) } else { all.into_iter().find(named) }
    }

    /// The name in an expression.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Semantics => "style",
            Self::Palette => "palette",
            Self::Sketch => "sketch",
            Self::Instances => "instances",
            Self::Depth => "depth",
            Self::Intensity => "intensity",
        }
    }
}

/// As an expression writes it; captions in quotes.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caption(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Representation { kind, image } => write!(f, "{}(image {image})", kind.name()),
        }
    }
}

/// As an expression writes it; a weight of 1 is not written.
impl fmt::Display for WeightedTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.term.fmt(f)?;
        if self.weight.total_cmp(&1.0).is_eq() { Ok(()) } else { write!(f, "^{}", self.weight) }
    }
}
