//! Pictures and captions in one space; CLIP, <https://arxiv.org/abs/2103.00020>, section 2.3.

use serde::Deserialize;

use super::embeddings::TimestepEmbedding;
use super::kernels::Kernels;
use super::layers::{Linear, linear};
use crate::error::{Error, Result};
use crate::tensor::{to_device, to_host, unit};
use crate::weights::Scope;

/// Shape of the projections, as the manifest gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct ProjectionConfig {
    /// Width of the image features.
    pub feature_dim: usize,
    /// Width of a sentence embedding.
    pub token_dim: usize,
    /// Width of the common space, that of the semantics.
    pub semantics_dim: usize,
}

/// Image features and sentence embeddings to unit vectors, whose cosine is the image-text score.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the names of the checkpoint")]
pub struct Projection<B: Kernels> {
    image_projection: Linear<B>,
    text_projection: TimestepEmbedding<B>,
    config: ProjectionConfig,
    device: B::Device,
}

impl<B: Kernels> Projection<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, config: ProjectionConfig) -> Result<Self> {
        let (image, text) = (scope.at("image_projection"), scope.at("text_projection"));
        Ok(Self {
            image_projection: linear(&image, config.feature_dim, config.semantics_dim)?,
            text_projection: TimestepEmbedding::load(&text, config.token_dim, config.semantics_dim)?,
            device: scope.device().clone(),
            config,
        })
    }

    /// The shape of the projections.
    #[must_use]
    pub fn config(&self) -> &ProjectionConfig {
        &self.config
    }

    /// Semantics of a picture from its `[feature_dim]` features: `[semantics_dim]`, unit length.
    ///
    /// # Errors
    /// [`Error::Manifest`] where `features` have another width, [`Error::Device`] where the device fails.
    pub async fn encode_image(&self, features: &[f32]) -> Result<Vec<f32>> {
        let width = self.config.feature_dim;
        check_width(features, width, "image encoder")?;
        let features = to_device(features.to_vec(), [1, width], &self.device);
        Ok(unit(to_host(self.image_projection.forward(features)).await?))
    }

    /// A sentence embedding, `[token_dim]`, in the space of the semantics: `[semantics_dim]`, unit length.
    ///
    /// # Errors
    /// [`Error::Manifest`] where `sentence` has another width, [`Error::Device`] where the device fails.
    pub async fn encode_text(&self, sentence: &[f32]) -> Result<Vec<f32>> {
        let width = self.config.token_dim;
        check_width(sentence, width, "text encoder")?;
        let sentence = to_device(sentence.to_vec(), [1, width], &self.device);
        Ok(unit(to_host(self.text_projection.forward(sentence)).await?))
    }
}

fn check_width(values: &[f32], width: usize, encoder: &str) -> Result<()> {
    if values.len() == width {
        return Ok(());
    }
    Err(Error::Manifest { what: format!("{encoder} and projection have different widths") })
}
