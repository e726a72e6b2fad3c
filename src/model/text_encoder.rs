//! The text encoder: MiniLM, a small BERT (<https://arxiv.org/abs/1810.04805>), frozen.

use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use serde::Deserialize;
use tokenizers::Tokenizer;

use super::attention::attend;
use super::kernels::Kernels;
use super::layers::{Linear, layer_norm, linear};
use crate::error::{Error, Result};
use crate::tensor::{to_device, to_host, unit};
use crate::weights::{HostMatrix, Weights};

/// Tokens that a caption may have, `[CLS]` and `[SEP]` included; the rest is cut off.
const MAX_TOKENS: usize = 64;

/// Shape of the text encoder, in the names of Hugging Face's BERT.
#[derive(Debug, Clone, Deserialize)]
pub struct TextEncoderConfig {
    /// Entries of the vocabulary.
    pub vocab_size: usize,
    /// Width.
    pub hidden_size: usize,
    /// Depth.
    pub num_hidden_layers: usize,
    /// Attention heads.
    pub num_attention_heads: usize,
    /// Width of the feed-forward layers.
    pub intermediate_size: usize,
    /// Longest sequence that has position embeddings.
    pub max_position_embeddings: usize,
    /// ε of every layer normalisation.
    pub layer_norm_eps: f64,
}

/// A caption as the networks see it.
#[derive(Debug, Clone, PartialEq)]
pub struct TextEncoding {
    /// Last hidden states, `[words, hidden_size]`, special tokens included.
    pub tokens: Vec<f32>,
    /// Mean of the tokens, unit length, `[hidden_size]`.
    pub sentence: Vec<f32>,
}

/// Post-norm transformer layer.
#[derive(Debug)]
struct Layer<B: Kernels> {
    to_q: Linear<B>,
    to_k: Linear<B>,
    to_v: Linear<B>,
    to_out: Linear<B>,
    norm1: LayerNorm<B>,
    linear_1: Linear<B>,
    linear_2: Linear<B>,
    norm2: LayerNorm<B>,
}

/// Tokenizer and transformer.
#[derive(Debug)]
pub struct TextEncoder<B: Kernels> {
    tokenizer: Tokenizer,
    // Tables are looked up by row and stay in host memory: on the device they would be most of the model.
    word_embeddings: HostMatrix,
    position_embeddings: Vec<f32>,
    token_type_embeddings: Vec<f32>,
    norm: LayerNorm<B>,
    layers: Vec<Layer<B>>,
    config: TextEncoderConfig,
    device: B::Device,
}

impl<B: Kernels> TextEncoder<B> {
    /// Names of tensors that must be kept in host memory when this stage is loaded.
    pub const HOST_PREFIX: &str = "embeddings.word_embeddings";

    /// Takes its tensors from a stage; `tokenizer` is the content of `tokenizer.json`.
    ///
    /// # Errors
    /// Where the tokenizer cannot be read, or a tensor is missing or has another shape.
    pub async fn load(mut weights: Weights<B>, config: TextEncoderConfig, tokenizer: &[u8]) -> Result<Self> {
        let dim = config.hidden_size;
        let inconsistent = |what: &str| Error::Manifest { what: format!("text encoder: {what}") };
        if config.num_attention_heads == 0 || !dim.is_multiple_of(config.num_attention_heads) {
            return Err(inconsistent("heads and width do not agree"));
        }
        let mut tokenizer = Tokenizer::from_bytes(tokenizer).map_err(|error| inconsistent(&error.to_string()))?;
        tokenizer.with_padding(None);
        let truncation = tokenizers::TruncationParams {
            max_length: MAX_TOKENS.min(config.max_position_embeddings),
            ..Default::default()
        };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| inconsistent(&error.to_string()))?;

        let word_embeddings = weights.take_host("embeddings.word_embeddings.weight", dim)?;
        if word_embeddings.rows() != config.vocab_size || tokenizer.get_vocab_size(true) > config.vocab_size {
            return Err(inconsistent("the vocabulary and its embeddings differ in size"));
        }
        let root = weights.root();
        let embeddings = root.at("embeddings");
        let positions: Tensor<B, 2> =
            embeddings.at("position_embeddings.weight").tensor([config.max_position_embeddings, dim])?;
        let types: Tensor<B, 2> = embeddings.at("token_type_embeddings.weight").tensor([2, dim])?;
        let layer = |index: usize| {
            let scope = root.at("layers").at(index);
            Ok(Layer {
                to_q: linear(&scope.at("to_q"), dim, dim)?,
                to_k: linear(&scope.at("to_k"), dim, dim)?,
                to_v: linear(&scope.at("to_v"), dim, dim)?,
                to_out: linear(&scope.at("to_out"), dim, dim)?,
                norm1: layer_norm(&scope.at("norm1"), dim, config.layer_norm_eps)?,
                linear_1: linear(&scope.at("linear_1"), dim, config.intermediate_size)?,
                linear_2: linear(&scope.at("linear_2"), config.intermediate_size, dim)?,
                norm2: layer_norm(&scope.at("norm2"), dim, config.layer_norm_eps)?,
            })
        };
        Ok(Self {
            tokenizer,
            word_embeddings,
            position_embeddings: to_host(positions).await?,
            token_type_embeddings: to_host(types).await?,
            norm: layer_norm(&embeddings.at("LayerNorm"), dim, config.layer_norm_eps)?,
            layers: (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?,
            device: root.device().clone(),
            config,
        })
    }

    /// Ids of a caption's tokens, `[CLS]` and `[SEP]` included, at most 64.
    ///
    /// # Errors
    /// [`Error::Manifest`] where the tokenizer itself is broken.
    pub fn tokenize(&self, caption: &str) -> Result<Vec<u32>> {
        let encoding = self
            .tokenizer
            .encode(caption, true)
            .map_err(|error| Error::Manifest { what: format!("tokenizer: {error}") })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Encodes a caption.
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    pub async fn encode(&self, caption: &str) -> Result<TextEncoding> {
        let ids = self.tokenize(caption)?;
        let (dim, length) = (self.config.hidden_size, ids.len());
        let mut summed = Vec::with_capacity(length * dim);
        for (position, &id) in ids.iter().enumerate() {
            let row = |table: &[f32], index: usize| table[index * dim..(index + 1) * dim].to_vec();
            let word = self.word_embeddings.row(id as usize);
            let place = row(&self.position_embeddings, position);
            let sum = word.iter().zip(&place).zip(&self.token_type_embeddings).map(|((w, p), t)| w + p + t);
            summed.extend(sum);
        }
        let mut hidden = self.norm.forward(to_device(summed, [1, length, dim], &self.device));
        for layer in &self.layers {
            hidden = layer.forward(hidden, dim / self.config.num_attention_heads);
        }
        let tokens = to_host(hidden).await?;

        let mut sentence = vec![0.0; dim];
        for token in tokens.chunks_exact(dim) {
            for (sum, value) in sentence.iter_mut().zip(token) {
                *sum += value;
            }
        }
        // The mean's divisor cancels in the normalisation.
        Ok(TextEncoding { tokens, sentence: unit(sentence) })
    }
}

impl<B: Kernels> Layer<B> {
    /// # Shapes
    /// - `hidden`: `[1, words, hidden_size]`, no padding
    /// - returns: the same
    fn forward(&self, hidden: Tensor<B, 3>, head_dim: usize) -> Tensor<B, 3> {
        let (query, key) = (self.to_q.forward(hidden.clone()), self.to_k.forward(hidden.clone()));
        let no_bias = Tensor::zeros([1, 1, 1, 1], &hidden.device());
        let attended = attend(query, key, self.to_v.forward(hidden.clone()), no_bias, head_dim);
        let hidden = self.norm1.forward(hidden + self.to_out.forward(attended));
        let fed = self.linear_2.forward(B::gelu_erf(self.linear_1.forward(hidden.clone())));
        self.norm2.forward(hidden + fed)
    }
}
