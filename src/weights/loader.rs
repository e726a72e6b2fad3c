//! Shard by shard from a source to the device, each verified before it is used.

use async_trait::async_trait;
use burn::tensor::{Tensor, TensorData, backend::Backend};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;

use super::manifest::{FileEntry, Manifest};
use super::quantization::dequantize;
use crate::error::{Error, Result};

/// Where a model comes from: a static host with a cache before it, or a folder.
#[async_trait(?Send)]
pub trait Source {
    /// The bytes of `manifest.json`.
    async fn manifest(&self) -> Result<Vec<u8>>;

    /// A file from where it is at home. `on_bytes` is told how many bytes have arrived so far.
    async fn fetch(&self, file: &FileEntry, on_bytes: &mut dyn FnMut(u64)) -> Result<Vec<u8>>;

    /// A copy kept earlier.
    async fn cached(&self, _file: &FileEntry) -> Option<Vec<u8>> {
        None
    }

    /// Keeps a verified copy, if it can.
    async fn keep(&self, _file: &FileEntry, _bytes: &[u8]) {}

    /// Drops a damaged copy.
    async fn forget(&self, _file: &FileEntry) {}
}

/// How far a download is.
#[derive(Debug, Clone)]
pub struct LoadProgress<'a> {
    /// The stage that is being loaded.
    pub stage: &'a str,
    /// The file in question.
    pub file: &'a str,
    /// Bytes of this file that are here.
    pub received: u64,
    /// Bytes of this file.
    pub total: u64,
    /// Whether it was kept from an earlier visit.
    pub cached: bool,
}

/// Reads and checks the manifest; also returns its SHA-256, by which recipes name a model.
///
/// # Errors
/// [`Error::Fetch`] or [`Error::Manifest`].
pub async fn read_manifest(source: &dyn Source) -> Result<(Manifest, String)> {
    let bytes = source.manifest().await?;
    Ok((Manifest::parse(&bytes)?, sha256(&bytes)))
}

/// One verified file. A damaged copy in the cache is replaced; a damaged download is tried once more.
///
/// # Errors
/// [`Error::Fetch`], or [`Error::Shard`] where the host itself holds a damaged file.
pub async fn load_file(
    source: &dyn Source,
    file: &FileEntry,
    stage: &str,
    on_progress: &mut dyn FnMut(LoadProgress),
) -> Result<Vec<u8>> {
    let progress = |received, cached| LoadProgress { stage, file: &file.file, received, total: file.bytes, cached };
    if let Some(bytes) = source.cached(file).await {
        if sha256(&bytes) == file.sha256 {
            on_progress(progress(file.bytes, true));
            return Ok(bytes);
        }
        source.forget(file).await;
    }
    for _ in 0..2 {
        let bytes = source.fetch(file, &mut |received| on_progress(progress(received, false))).await?;
        if sha256(&bytes) == file.sha256 {
            source.keep(file, &bytes).await;
            return Ok(bytes);
        }
        source.forget(file).await;
    }
    let what = "it arrived twice, and twice its content was not what the manifest says; \
                the host's copy is damaged or belongs to another version of the model"
        .into();
    Err(Error::Shard { file: file.file.clone(), what })
}

/// Loads a stage's tensors to the device. At most one shard and one tensor of it are in memory beside the device.
///
/// Tensors whose name starts with `host_prefix` stay in host memory, for lookups by row.
///
/// # Errors
/// As [`load_file`]; [`Error::Manifest`] where pieces of a tensor are missing.
pub async fn load_stage<B: Backend>(
    source: &dyn Source,
    manifest: &Manifest,
    stage: &str,
    host_prefix: Option<&str>,
    device: &B::Device,
    on_progress: &mut dyn FnMut(LoadProgress<'_>),
) -> Result<Weights<B>> {
    let entries = &manifest.stage(stage)?.tensors;
    let mut weights = Weights { tensors: HashMap::new(), host: HashMap::new(), device: device.clone() };
    let mut pieces: HashMap<&str, Vec<Piece>> = HashMap::new();
    for index in manifest.shards_of(stage) {
        let bytes = load_file(source, &manifest.shards[index].entry, stage, on_progress).await?;
        for entry in entries.iter().filter(|entry| entry.shard == index) {
            let values = dequantize(entry, &bytes)?;
            match entry.rows {
                None => weights.insert(&entry.name, entry.shape.clone(), values, host_prefix),
                Some([start, _]) => {
                    pieces.entry(&entry.name).or_default().push(Piece { start, shape: entry.shape.clone(), values });
                }
            }
        }
    }
    for (name, mut parts) in pieces {
        parts.sort_by_key(|part| part.start);
        let mut shape = parts[0].shape.clone();
        shape[0] = 0;
        let mut whole = Vec::new();
        for part in parts {
            if part.start != shape[0] || part.shape[1..] != shape[1..] {
                return Err(Error::Manifest { what: format!("pieces of tensor `{name}` leave a gap or overlap") });
            }
            shape[0] += part.shape[0];
            whole.extend(part.values);
        }
        weights.insert(name, shape, whole, host_prefix);
    }
    Ok(weights)
}

/// Some rows of a tensor that is too large for one shard.
struct Piece {
    /// Index of the first row.
    start: usize,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// The tensors of one stage by name.
#[derive(Debug)]
pub struct Weights<B: Backend> {
    /// On the device, flat, with their shapes.
    tensors: HashMap<String, (Vec<usize>, Tensor<B, 1>)>,
    /// In host memory, likewise.
    host: HashMap<String, (Vec<usize>, Vec<f32>)>,
    device: B::Device,
}

impl<B: Backend> Weights<B> {
    fn insert(&mut self, name: &str, shape: Vec<usize>, values: Vec<f32>, host_prefix: Option<&str>) {
        if host_prefix.is_some_and(|prefix| name.starts_with(prefix)) {
            self.host.insert(name.to_owned(), (shape, values));
        } else {
            let length = values.len();
            let tensor = Tensor::from_data(TensorData::new(values, [length]), &self.device);
            self.tensors.insert(name.to_owned(), (shape, tensor));
        }
    }

    /// The whole stage as a scope, from which a network takes its tensors.
    #[must_use]
    pub fn root(&self) -> Scope<'_, B> {
        Scope { weights: self, path: String::new() }
    }

    /// A matrix `[rows, columns]` kept in host memory.
    ///
    /// # Errors
    /// [`Error::WeightMissing`] or [`Error::WeightShape`].
    pub fn take_host(&mut self, name: &str, columns: usize) -> Result<Vec<f32>> {
        let (shape, values) = self.host.remove(name).ok_or_else(|| Error::WeightMissing { tensor: name.to_owned() })?;
        if shape.len() == 2 && shape[1] == columns {
            return Ok(values);
        }
        Err(Error::WeightShape { tensor: name.to_owned(), want: vec![shape[0], columns], got: shape })
    }
}

/// A place in the tree of tensor names.
#[derive(Debug, Clone)]
pub struct Scope<'a, B: Backend> {
    weights: &'a Weights<B>,
    path: String,
}

impl<B: Backend> Scope<'_, B> {
    /// The place one step down.
    #[must_use]
    pub fn at(&self, step: impl std::fmt::Display) -> Self {
        let path = if self.path.is_empty() { step.to_string() } else { format!("{}.{step}", self.path) };
        Self { weights: self.weights, path }
    }

    /// Whether any tensor lies at or below this place.
    #[must_use]
    pub fn exists(&self) -> bool {
        let below = format!("{}.", self.path);
        self.weights.tensors.keys().any(|name| *name == self.path || name.starts_with(&below))
    }

    /// The tensor at this place.
    ///
    /// # Errors
    /// [`Error::WeightMissing`] or [`Error::WeightShape`].
    pub fn tensor<const D: usize>(&self, shape: [usize; D]) -> Result<Tensor<B, D>> {
        let (stored, tensor) =
            self.weights.tensors.get(&self.path).ok_or_else(|| Error::WeightMissing { tensor: self.path.clone() })?;
        if *stored != shape {
            let (want, got) = (shape.to_vec(), stored.clone());
            return Err(Error::WeightShape { tensor: self.path.clone(), want, got });
        }
        Ok(tensor.clone().reshape(shape))
    }

    /// The device that holds the tensors.
    #[must_use]
    pub fn device(&self) -> &B::Device {
        &self.weights.device
    }
}

/// SHA-256 as lower-case hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // writing to a String cannot fail
        hex
    })
}
