//! The one error type. Each message tells the reader what to do; [`Error::code`] tells JavaScript what happened.

/// Everything that can go wrong, one variant per thing a caller can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The visitor pressed stop. Not a fault; the page shows nothing.
    #[error("Stopped")]
    Cancelled,
    /// A picture from outside cannot be used.
    #[error("This picture cannot be used: {what}")]
    Image {
        /// What is wrong with it and what would be right.
        what: String,
    },
    /// A recipe asks for something that does not exist or is out of range.
    #[error("Recipe: {field}: {what}")]
    Recipe {
        /// Path of the field, such as `conditions.sketch.image`.
        field: String,
        /// What is wrong with it and what would be right.
        what: String,
    },
    /// A model's manifest is not one that this engine understands.
    #[error("The model's manifest cannot be used: {what}")]
    Manifest {
        /// What is wrong with it.
        what: String,
    },
    /// A network needs a tensor that the manifest does not list.
    #[error(
        "The model has no tensor `{tensor}`; it was exported for another version of the engine, so export it again"
    )]
    WeightMissing {
        /// Full name, stage excluded.
        tensor: String,
    },
    /// A tensor is there but does not fit the stage's config.
    #[error("Weights do not fit the model: `{tensor}` is {got:?}, expected {want:?}; export the model again")]
    WeightShape {
        /// Full name, stage excluded.
        tensor: String,
        /// Shape that the config asks for.
        want: Vec<usize>,
        /// Shape that the manifest gives.
        got: Vec<usize>,
    },
    /// A file of weights is damaged, also after it was fetched a second time.
    #[error(
        "{file} is damaged: {what}. Reload the page to fetch it again; if that does not help, publish the model again"
    )]
    Shard {
        /// File name as in the manifest.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file did not arrive.
    #[error("{file} could not be fetched: {what}. Check the connection and try again; what has arrived is kept")]
    Fetch {
        /// File name as in the manifest.
        file: String,
        /// The network's own words.
        what: String,
    },
    /// The graphics device cannot be had, or was lost.
    #[error("The graphics device cannot be used: {what}. Choose the CPU instead, or reload the page")]
    Device {
        /// What is missing.
        what: String,
    },
    /// The arithmetic library failed.
    #[error("The computation failed: {what}. Reload the page; if it happens again, choose the CPU")]
    Backend {
        /// The library's own words.
        what: String,
    },
    /// A scheduler was asked for a step after its last one.
    #[error("All steps of the schedule are done; make a new scheduler for another run")]
    ScheduleExhausted,
    /// A number of steps that the schedule cannot make.
    #[error("Steps: {what}")]
    Steps {
        /// What was asked for and what is allowed.
        what: String,
    },
    /// A file on this machine cannot be read or written (command line only).
    #[error("{path}: {what}")]
    Io {
        /// The file.
        path: String,
        /// The system's own words.
        what: String,
    },
}

/// Result with our [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Short name that JavaScript switches on. Stable: the page depends on it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Image { .. } => "image",
            Self::Recipe { .. } | Self::Steps { .. } => "recipe",
            Self::Manifest { .. } => "manifest",
            Self::WeightMissing { .. } | Self::WeightShape { .. } => "weights",
            Self::Shard { .. } => "shard",
            Self::Fetch { .. } => "fetch",
            Self::Device { .. } => "device",
            Self::Backend { .. } => "backend",
            Self::ScheduleExhausted => "internal",
            Self::Io { .. } => "io",
        }
    }

    /// A picture that cannot be used, and why.
    pub fn image(what: impl Into<String>) -> Self {
        Self::Image { what: what.into() }
    }

    /// A field of a recipe, and what is wrong with it.
    pub fn recipe(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Recipe { field: field.into(), what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_recipe_error_names_its_field() {
        let error = Error::recipe("steps.base", "0 steps; choose 1 to 1000");
        assert_eq!(error.to_string(), "Recipe: steps.base: 0 steps; choose 1 to 1000");
        assert_eq!(error.code(), "recipe");
    }
}
