//! The diffusion prior: semantics from a caption; unCLIP, <https://arxiv.org/abs/2204.06125>, section 2.2.

use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use serde::Deserialize;

use super::attention::attend;
use super::embeddings::{TimestepEmbedding, timestep_embedding};
use super::kernels::Kernels;
use super::layers::{Linear, layer_norm, linear};
use super::text_encoder::TextEncoding;
use crate::error::{Error, Result};
use crate::tensor::{to_device, to_host};
use crate::weights::Scope;

/// Tokens after the words: sentence, time, noisy semantics, query.
const EXTRA_TOKENS: usize = 4;
/// Added to a score that must not count.
const MASKED: f32 = -1e4;

/// Shape of the prior.
#[derive(Debug, Clone, Deserialize)]
pub struct PriorConfig {
    /// Width of the transformer.
    pub hidden_dim: usize,
    /// Depth of the transformer.
    pub num_layers: usize,
    /// Width of an attention head.
    pub attention_head_dim: usize,
    /// Word tokens at most; shorter captions are padded to it.
    pub max_words: usize,
    /// Width of a caption token and of the sentence embedding.
    pub token_dim: usize,
    /// Width of the semantics.
    pub semantics_dim: usize,
    /// Width of the sinusoidal embedding.
    pub time_channels: usize,
}

impl PriorConfig {
    fn validate(&self) -> Result<()> {
        let heads = self.attention_head_dim > 0 && self.hidden_dim.is_multiple_of(self.attention_head_dim);
        if heads && self.max_words > 0 && self.time_channels >= 2 {
            return Ok(());
        }
        Err(Error::Manifest { what: "configuration of stage `prior`: head and width do not agree".into() })
    }
}

/// Pre-norm transformer layer.
#[derive(Debug)]
pub struct PriorLayer<B: Kernels> {
    norm1: LayerNorm<B>,
    to_q: Linear<B>,
    to_k: Linear<B>,
    to_v: Linear<B>,
    to_out: Linear<B>,
    norm3: LayerNorm<B>,
    linear_1: Linear<B>,
    linear_2: Linear<B>,
    head_dim: usize,
}

impl<B: Kernels> PriorLayer<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, dim: usize, head_dim: usize) -> Result<Self> {
        Ok(Self {
            norm1: layer_norm(&scope.at("norm1"), dim, 1e-5)?,
            to_q: linear(&scope.at("to_q"), dim, dim)?,
            to_k: linear(&scope.at("to_k"), dim, dim)?,
            to_v: linear(&scope.at("to_v"), dim, dim)?,
            to_out: linear(&scope.at("to_out"), dim, dim)?,
            norm3: layer_norm(&scope.at("norm3"), dim, 1e-5)?,
            linear_1: linear(&scope.at("linear_1"), dim, 4 * dim)?,
            linear_2: linear(&scope.at("linear_2"), 4 * dim, dim)?,
            head_dim,
        })
    }

    /// # Shapes
    /// - `hidden`: `[batch, tokens, dim]`
    /// - `bias`: `[batch or 1, 1, tokens, tokens]`, added to the attention's scores
    /// - returns: `[batch, tokens, dim]`
    pub fn forward(&self, hidden: Tensor<B, 3>, bias: Tensor<B, 4>) -> Tensor<B, 3> {
        let normed = self.norm1.forward(hidden.clone());
        let (query, key) = (self.to_q.forward(normed.clone()), self.to_k.forward(normed.clone()));
        let attended = attend(query, key, self.to_v.forward(normed), bias, self.head_dim);
        let hidden = hidden + self.to_out.forward(attended);
        let normed = self.norm3.forward(hidden.clone());
        hidden + self.linear_2.forward(B::gelu_tanh(self.linear_1.forward(normed)))
    }
}

/// Causal transformer over `[words, sentence, time, noisy semantics, query]`; predicts the semantics themselves.
#[derive(Debug)]
pub struct Prior<B: Kernels> {
    encoder_hidden_states_proj: Linear<B>,
    embedding_proj: Linear<B>,
    time_embedding: TimestepEmbedding<B>,
    proj_in: Linear<B>,
    prd_embedding: Tensor<B, 1>,
    null_tokens: Tensor<B, 1>,
    positional_embedding: Tensor<B, 2>,
    transformer_blocks: Vec<PriorLayer<B>>,
    norm_out: LayerNorm<B>,
    proj_out: Linear<B>,
    config: PriorConfig,
    device: B::Device,
}

/// The caption's part of the prior's input, computed once for a run: row 0 with the caption, row 1, where guided, without.
#[derive(Debug)]
pub struct EncodedCaption<B: Kernels> {
    words: Tensor<B, 3>,
    sentence: Tensor<B, 3>,
    positions: Tensor<B, 2>,
    bias: Tensor<B, 4>,
}

impl<B: Kernels> Prior<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where the configuration is inconsistent, or a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, config: PriorConfig) -> Result<Self> {
        config.validate()?;
        let (dim, token) = (config.hidden_dim, config.token_dim);
        let layer = |index| PriorLayer::load(&scope.at("transformer_blocks").at(index), dim, config.attention_head_dim);
        Ok(Self {
            encoder_hidden_states_proj: linear(&scope.at("encoder_hidden_states_proj"), token, dim)?,
            embedding_proj: linear(&scope.at("embedding_proj"), token, dim)?,
            time_embedding: TimestepEmbedding::load(&scope.at("time_embedding"), config.time_channels, dim)?,
            proj_in: linear(&scope.at("proj_in"), config.semantics_dim, dim)?,
            prd_embedding: scope.at("prd_embedding").tensor([dim])?,
            null_tokens: scope.at("null_tokens").tensor([dim])?,
            positional_embedding: scope.at("positional_embedding").tensor([config.max_words + EXTRA_TOKENS, dim])?,
            transformer_blocks: (0..config.num_layers).map(layer).collect::<Result<_>>()?,
            norm_out: layer_norm(&scope.at("norm_out"), dim, 1e-5)?,
            proj_out: linear(&scope.at("proj_out"), dim, config.semantics_dim)?,
            device: scope.device().clone(),
            config,
        })
    }

    /// Width of the semantics.
    #[must_use]
    pub fn semantics_dim(&self) -> usize {
        self.config.semantics_dim
    }

    /// Width of a caption token.
    #[must_use]
    pub fn token_dim(&self) -> usize {
        self.config.token_dim
    }

    /// Projects a caption for a run. Words past `max_words` are left out.
    ///
    /// # Errors
    /// [`Error::Manifest`] where the text encoder's width is not the one that the prior expects.
    pub fn encode(&self, caption: &TextEncoding, guided: bool) -> Result<EncodedCaption<B>> {
        // Few lengths rather than the exact one: a GPU compiles kernels for each.
        const STEP: usize = 8;
        let (dim, token, longest) = (self.config.hidden_dim, self.config.token_dim, self.config.max_words);
        if caption.sentence.len() != token {
            return Err(Error::Manifest { what: "text encoder and prior have different widths".into() });
        }
        let count = (caption.tokens.len() / token).min(longest);
        let rows = count.max(1).next_multiple_of(STEP).min(longest);
        let mut padded = caption.tokens[..count * token].to_vec();
        padded.resize(rows * token, 0.0);
        let null = self.null_tokens.clone().reshape([1, 1, dim]);
        let mut words =
            vec![self.encoder_hidden_states_proj.forward(to_device(padded, [1, rows, token], &self.device))];
        let summary = to_device(caption.sentence.clone(), [1, 1, token], &self.device);
        let mut sentence = vec![self.embedding_proj.forward(summary)];
        if guided {
            words.push(null.clone().expand([1, rows, dim]));
            sentence.push(null);
        }

        // Causal, and blind for padding; both rows see the same positions.
        let length = rows + EXTRA_TOKENS;
        let hidden = |query: usize, key: usize| {
            let padding = if (count..rows).contains(&key) { MASKED } else { 0.0 };
            padding + if key > query { MASKED } else { 0.0 }
        };
        let bias = (0..length * length).map(|index| hidden(index / length, index % length)).collect();
        let positions = &self.positional_embedding;
        Ok(EncodedCaption {
            words: Tensor::cat(words, 0),
            sentence: Tensor::cat(sentence, 0),
            positions: Tensor::cat(
                vec![positions.clone().narrow(0, 0, rows), positions.clone().narrow(0, longest, EXTRA_TOKENS)],
                0,
            ),
            bias: to_device(bias, [1, 1, length, length], &self.device),
        })
    }

    /// Predicts the semantics, scaled by √`semantics_dim`: with the caption and, where guided, without it.
    ///
    /// `sample` holds the noisy ones, `semantics_dim` values.
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    pub async fn predict(&self, sample: &[f32], timestep: usize, caption: &EncodedCaption<B>) -> Result<Vec<Vec<f32>>> {
        let (dim, semantics) = (self.config.hidden_dim, self.config.semantics_dim);
        let channels = self.config.time_channels;
        let [batch, rows, _] = caption.words.dims();
        let time = to_device(timestep_embedding(timestep, channels), [1, channels], &self.device);
        let time = self.time_embedding.forward(time).reshape([1, 1, dim]).expand([batch, 1, dim]);
        let noisy = to_device(sample.to_vec(), [1, 1, semantics], &self.device);
        let noisy = self.proj_in.forward(noisy).expand([batch, 1, dim]);
        let query = self.prd_embedding.clone().reshape([1, 1, dim]).expand([batch, 1, dim]);
        let hidden = Tensor::cat(vec![caption.words.clone(), caption.sentence.clone(), time, noisy, query], 1);
        let mut hidden = hidden + caption.positions.clone().unsqueeze();
        for block in &self.transformer_blocks {
            hidden = block.forward(hidden, caption.bias.clone());
        }
        let last = self.norm_out.forward(hidden.slice([0..batch, rows + EXTRA_TOKENS - 1..rows + EXTRA_TOKENS]));
        let outputs = to_host(self.proj_out.forward(last)).await?;
        Ok(outputs.chunks_exact(semantics).map(<[f32]>::to_vec).collect())
    }
}
