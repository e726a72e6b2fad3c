//! What a picture may be called: the labels of the training data, each as a point in the space of the semantics.

use serde::Deserialize;

use super::kernels::Kernels;
use crate::error::{Error, Result};
use crate::tensor::{dot, unit};
use crate::weights::Weights;

/// The labels, as the manifest gives them.
#[derive(Debug, Clone, Deserialize)]
pub struct VocabularyConfig {
    /// In the order of the embeddings.
    pub labels: Vec<String>,
}

/// Labels to guess from, by the cosine with what their words and pictures mean; CLIP, <https://arxiv.org/abs/2103.00020>, section 3.1.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    labels: Vec<String>,
    /// `[labels, semantics_dim]`, unit length each.
    embeddings: Vec<f32>,
    semantics_dim: usize,
}

impl Vocabulary {
    /// Names of tensors that must be kept in host memory when this stage is loaded: a guess is too little work for a device.
    pub const HOST_PREFIX: &str = "embeddings";

    /// Takes the embeddings from a stage.
    ///
    /// # Errors
    /// Where they are missing, or are not `semantics_dim` numbers for each label.
    pub fn load<B: Kernels>(weights: &mut Weights<B>, config: VocabularyConfig, semantics_dim: usize) -> Result<Self> {
        let stored = weights.take_host("embeddings", semantics_dim)?;
        if stored.rows() != config.labels.len() {
            return Err(Error::Manifest { what: "the vocabulary's labels and embeddings differ in number".into() });
        }
        // Storage as int8 has changed their lengths a little.
        let embeddings = (0..stored.rows()).flat_map(|row| unit(stored.row(row))).collect();
        Ok(Self { labels: config.labels, embeddings, semantics_dim })
    }

    /// The `count` labels nearest to `semantics` (unit length) with their cosines, best first.
    ///
    /// # Panics
    /// If `semantics` has another width than the embeddings.
    #[must_use]
    pub fn guess(&self, semantics: &[f32], count: usize) -> Vec<(String, f32)> {
        assert_eq!(semantics.len(), self.semantics_dim, "semantics of another width than the vocabulary's");
        let scores = self.scores(semantics);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.into_iter().take(count).map(|index| (self.labels[index].clone(), scores[index])).collect()
    }

    /// The cosine of every label with `semantics`, in the order of the labels.
    #[must_use]
    pub fn scores(&self, semantics: &[f32]) -> Vec<f32> {
        self.embeddings.chunks_exact(self.semantics_dim.max(1)).map(|row| dot(row, semantics)).collect()
    }
}
