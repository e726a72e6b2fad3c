//! The manifest: which stages a model has, how each is configured, and where each tensor lies.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// The only format this build reads.
pub const FORMAT: u32 = 1;
/// A manifest is text about tensors; one larger than this is not a manifest.
const MAX_MANIFEST_BYTES: usize = 16 << 20;
/// Upper bound of a shard, so that two of them always fit beside the device's copy.
pub const MAX_SHARD_BYTES: u64 = 8 << 20;
/// No dimension of this family comes near it; it keeps products of four within 64 bits.
const MAX_DIMENSION: usize = 1 << 20;

/// Everything a static host says about one model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this layout; see [`FORMAT`].
    pub format: u32,
    /// What a person should know of the model.
    pub card: Card,
    /// The tokenizer of the text encoder, a `tokenizer.json`.
    pub tokenizer: FileEntry,
    /// Networks by name: `text_encoder`, `projection`, `prior`, `base`, `upsampler`, `decomposer`, `image_encoder`, and the
    /// `vocabulary` of labels.
    pub stages: BTreeMap<String, Stage>,
    /// Files that hold the tensors.
    pub shards: Vec<ShardEntry>,
}

/// Name, licence and origin of a model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Card {
    /// Short name, such as `nano`.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub title: String,
    /// SPDX expression of the weights' licence.
    pub license: String,
    /// One line for each source that must be named.
    #[serde(default)]
    pub attribution: Vec<String>,
    /// Names of the instance categories, in channel order.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Free facts about the training.
    #[serde(default)]
    pub training: serde_json::Value,
}

/// A file beside the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name relative to the manifest.
    pub file: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
}

/// A shard: a `.safetensors` file with tensors of one stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShardEntry {
    /// The file itself.
    #[serde(flatten)]
    pub entry: FileEntry,
    /// The stage whose tensors it holds.
    pub stage: String,
}

/// One network: its configuration and its tensors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stage {
    /// Fields of the network's configuration, read by the network itself.
    pub config: serde_json::Value,
    /// Where each tensor lies.
    pub tensors: Vec<TensorEntry>,
}

/// How the numbers of a tensor are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DType {
    /// Signed bytes, for int8.
    I8,
    /// Two values a byte, for int4.
    U8,
    /// IEEE half precision.
    F16,
    /// IEEE single precision.
    F32,
}

/// How stored numbers become weights; see [`super::quantization`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantization {
    /// They are the weights.
    None,
    /// One scale for each index of the first dimension.
    Int8,
    /// One scale for each block of 32 values.
    Int4,
}

/// One tensor, or a run of its rows where it is too large for one shard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TensorEntry {
    /// Field path in the network, such as `down_blocks.0.resnets.0.conv1.weight`.
    pub name: String,
    /// Shape of this piece, PyTorch's order.
    pub shape: Vec<usize>,
    /// Storage type.
    pub dtype: DType,
    /// Quantization scheme.
    pub quantization: Quantization,
    /// Index into [`Manifest::shards`].
    pub shard: usize,
    /// Where the values begin, in bytes from the start of the file.
    pub offset: u64,
    /// Where the scales begin, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_offset: Option<u64>,
    /// First row and the row after the last, where this is a piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<[usize; 2]>,
}

impl TensorEntry {
    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are no values at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the values, and of the scales.
    #[must_use]
    pub fn byte_lengths(&self) -> (u64, u64) {
        let values = self.len() as u64;
        match (self.quantization, self.dtype) {
            (Quantization::Int8, _) => (values, 4 * self.shape.first().copied().unwrap_or(1) as u64),
            (Quantization::Int4, _) => (values / 2, 2 * (values / super::quantization::INT4_BLOCK as u64)),
            (Quantization::None, DType::F16) => (2 * values, 0),
            (Quantization::None, _) => (4 * values, 0),
        }
    }

    fn check(&self, shards: &[ShardEntry], stage: &str) -> Result<()> {
        let fail =
            |what: &str| Err(Error::Manifest { what: format!("tensor `{}` of stage `{stage}` {what}", self.name) });
        if self.shape.len() > 4 {
            return fail("must have at most four dimensions");
        }
        if self.shape.iter().any(|&n| n == 0 || n > MAX_DIMENSION) {
            return fail("has a dimension of zero or beyond all reason");
        }
        let stored_as = match self.quantization {
            Quantization::Int8 => self.dtype == DType::I8,
            Quantization::Int4 => self.dtype == DType::U8,
            Quantization::None => matches!(self.dtype, DType::F16 | DType::F32),
        };
        if !stored_as {
            return fail("has a storage type that does not go with its quantization");
        }
        if self.quantization == Quantization::Int4 && !self.len().is_multiple_of(super::quantization::INT4_BLOCK) {
            return fail("is int4, but its size is not a multiple of 32");
        }
        if (self.quantization == Quantization::None) != self.scale_offset.is_none() {
            return fail("must have scales exactly if it is quantized");
        }
        if self.rows.is_some_and(|[start, end]| end.checked_sub(start) != self.shape.first().copied()) {
            return fail("is a piece whose `rows` do not agree with its shape");
        }
        let Some(shard) = shards.get(self.shard) else {
            return fail("points to a shard that is not listed");
        };
        if shard.stage != stage {
            return fail("points to a shard of another stage");
        }
        let (values, scales) = self.byte_lengths();
        let fits = |offset: u64, length: u64| offset.checked_add(length).is_some_and(|end| end <= shard.entry.bytes);
        if !fits(self.offset, values) || !self.scale_offset.is_none_or(|offset| fits(offset, scales)) {
            return fail("reaches past the end of its shard");
        }
        Ok(())
    }
}

impl FileEntry {
    fn check(&self) -> Result<()> {
        let fail = |what: &str| Err(Error::Manifest { what: format!("file `{}` {what}", self.file) });
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.file.is_empty() || self.file.starts_with('.') || !self.file.chars().all(plain) {
            return fail("must be a plain name in the manifest's own folder");
        }
        if self.sha256.len() != 64 || !self.sha256.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
            return fail("has a sha256 that is not 64 lower-case hexadecimal digits");
        }
        if self.bytes == 0 || self.bytes > MAX_SHARD_BYTES {
            return fail("must have between 1 byte and 8 MiB");
        }
        Ok(())
    }
}

impl Manifest {
    /// Reads and checks a manifest: after this every offset lies within its shard.
    ///
    /// # Errors
    /// [`Error::Manifest`], which names what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(Error::Manifest { what: format!("{} bytes are too many for a manifest", bytes.len()) });
        }
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| Error::Manifest { what: error.to_string() })?;
        if manifest.format != FORMAT {
            let what = format!("format {} is not the format {FORMAT} that this version reads", manifest.format);
            return Err(Error::Manifest { what });
        }
        manifest.tokenizer.check()?;
        for shard in &manifest.shards {
            shard.entry.check()?;
        }
        for (name, stage) in &manifest.stages {
            for tensor in &stage.tensors {
                tensor.check(&manifest.shards, name)?;
            }
        }
        Ok(manifest)
    }

    /// A stage by name.
    ///
    /// # Errors
    /// [`Error::Manifest`] where the model has no such stage.
    pub fn stage(&self, name: &str) -> Result<&Stage> {
        self.stages.get(name).ok_or_else(|| Error::Manifest {
            what: format!("the model has no stage `{name}`, which this picture needs"),
        })
    }

    /// The configuration of a stage as the network's own type.
    ///
    /// # Errors
    /// [`Error::Manifest`] where a field is missing or of the wrong type.
    pub fn config<T: serde::de::DeserializeOwned>(&self, stage: &str) -> Result<T> {
        serde_json::from_value(self.stage(stage)?.config.clone())
            .map_err(|error| Error::Manifest { what: format!("configuration of stage `{stage}`: {error}") })
    }

    /// Indices of a stage's shards, in order.
    pub fn shards_of<'a>(&'a self, stage: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.shards.iter().enumerate().filter(move |(_, shard)| shard.stage == stage).map(|(index, _)| index)
    }

    /// Bytes to fetch for some stages, the tokenizer apart.
    #[must_use]
    pub fn bytes_of(&self, stages: &[&str]) -> u64 {
        self.shards.iter().filter(|shard| stages.contains(&shard.stage.as_str())).map(|shard| shard.entry.bytes).sum()
    }
}
