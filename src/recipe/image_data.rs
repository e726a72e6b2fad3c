//! Pictures inside a recipe: data URLs, so that a recipe needs nothing beside it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::image::Picture;

/// Largest picture inside a recipe, as base64.
const MAX_BASE64_BYTES: usize = 16 << 20;

/// A picture file as a data URL, `data:image/png;base64,…`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ImageData(String);

impl ImageData {
    /// The data URL of a picture file. `mime` is such as `image/png`.
    #[must_use]
    pub fn from_file(mime: &str, bytes: &[u8]) -> Self {
        Self(format!("data:{mime};base64,{}", STANDARD.encode(bytes)))
    }

    /// A picture of our own making, as PNG.
    ///
    /// # Errors
    /// [`Error::Image`] where it cannot be written.
    pub fn from_picture(picture: &Picture) -> Result<Self> {
        Ok(Self::from_file("image/png", &picture.encode_png(None)?))
    }

    /// A data URL as it is; what is wrong with it comes out when it is used.
    #[must_use]
    pub fn from_url(url: String) -> Self {
        Self(url)
    }

    /// The picture, decoded.
    ///
    /// # Errors
    /// [`Error::Image`] where it is not a picture that can be read.
    pub fn decode(&self) -> Result<Picture> {
        Picture::decode(&self.file()?)
    }

    /// The bytes of the picture file.
    ///
    /// # Errors
    /// [`Error::Image`] where there is none in the URL.
    pub fn file(&self) -> Result<Vec<u8>> {
        let base64 = self.base64().map_err(Error::image)?;
        STANDARD
            .decode(base64)
            .map_err(|error| Error::image(format!("its base64 is damaged ({error}); encode it again")))
    }

    /// The data URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The base64 text, or what is wrong with the URL. Cheap: nothing is decoded.
    pub(super) fn base64(&self) -> std::result::Result<&str, String> {
        let (head, base64) = self.0.split_once(',').unwrap_or((&self.0, ""));
        if !(head.starts_with("data:image/") && head.ends_with(";base64")) {
            return Err("it is not a picture inside the recipe; give it as data:image/png;base64,…".to_owned());
        }
        if base64.len() > MAX_BASE64_BYTES {
            return Err(format!("it is larger than {} MiB; make it smaller", MAX_BASE64_BYTES >> 20));
        }
        Ok(base64)
    }
}

/// The length only; the pixels would fill the log.
impl std::fmt::Debug for ImageData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ImageData({} bytes)", self.0.len())
    }
}
