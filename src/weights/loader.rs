//! Shard by shard from a source to the device, each verified before it is used.

use async_trait::async_trait;
use burn::tensor::{Tensor, TensorData, backend::Backend};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

use super::manifest::{FileEntry, Manifest};
use super::quantization::Stored;
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

/// Values that go to the device at a time: 4 MiB of them.
const RUN: usize = 1 << 20;

/// Loads a stage's tensors to the device. At most one shard and 4 MiB of weights are in memory beside the device.
///
/// Tensors whose name starts with `host_prefix` stay in host memory as they are stored, for lookups by row.
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
    let mut pieces: HashMap<&str, Vec<Piece<B>>> = HashMap::new();
    for index in manifest.shards_of(stage) {
        let bytes = load_file(source, &manifest.shards[index].entry, stage, on_progress).await?;
        for entry in entries.iter().filter(|entry| entry.shard == index) {
            let stored = Stored::find(entry, &bytes)?;
            let place = if host_prefix.is_some_and(|prefix| entry.name.starts_with(prefix)) {
                Place::Host(stored.into_owned())
            } else {
                Place::Device(to_device(&stored, device))
            };
            let start = entry.rows.map_or(0, |[start, _]| start);
            pieces.entry(&entry.name).or_default().push(Piece { start, shape: entry.shape.clone(), place });
        }
    }
    for (name, parts) in pieces {
        weights.insert(name, parts)?;
    }
    Ok(weights)
}

/// A tensor, flat. A large one goes in runs, so that the host never holds all of it beside the device.
fn to_device<B: Backend>(stored: &Stored, device: &B::Device) -> Tensor<B, 1> {
    let upload = |run: Range<usize>| {
        let length = run.len();
        Tensor::from_data(TensorData::new(stored.read(run), [length]), device)
    };
    if stored.len() <= RUN {
        return upload(0..stored.len());
    }
    (0..stored.len()).step_by(RUN).fold(Tensor::zeros([stored.len()], device), |whole, start| {
        let run = start..stored.len().min(start + RUN);
        whole.slice_assign([run.clone()], upload(run))
    })
}

/// A tensor, or some rows of one that is too large for one shard.
struct Piece<B: Backend> {
    /// Index of the first row.
    start: usize,
    shape: Vec<usize>,
    place: Place<B>,
}

enum Place<B: Backend> {
    Device(Tensor<B, 1>),
    Host(Stored<'static>),
}

/// A matrix in host memory as it is stored, read by rows: an eighth of what it would be as numbers.
#[derive(Debug, Clone)]
pub struct HostMatrix {
    rows: usize,
    columns: usize,
    pieces: StoredRows,
}

/// Runs of rows, by the index of their first one.
type StoredRows = Vec<(usize, Stored<'static>)>;

impl HostMatrix {
    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, index: usize) -> Vec<f32> {
        assert!(index < self.rows, "there is no row {index}");
        let (start, piece) = &self.pieces[self.pieces.partition_point(|(start, _)| *start <= index) - 1];
        piece.read((index - start) * self.columns..(index - start + 1) * self.columns)
    }
}

/// The tensors of one stage by name.
#[derive(Debug)]
pub struct Weights<B: Backend> {
    /// On the device, flat, with their shapes.
    tensors: HashMap<String, (Vec<usize>, Tensor<B, 1>)>,
    /// In host memory, with their shapes.
    host: HashMap<String, (Vec<usize>, StoredRows)>,
    device: B::Device,
}

impl<B: Backend> Weights<B> {
    /// Puts a tensor together from its pieces.
    fn insert(&mut self, name: &str, mut pieces: Vec<Piece<B>>) -> Result<()> {
        pieces.sort_by_key(|piece| piece.start);
        let mut shape = pieces[0].shape.clone();
        if pieces.len() > 1 || pieces[0].start > 0 {
            shape[0] = 0;
            for piece in &pieces {
                if piece.start != shape[0] || piece.shape[1..] != shape[1..] {
                    return Err(Error::Manifest { what: format!("pieces of tensor `{name}` leave a gap or overlap") });
                }
                shape[0] += piece.shape[0];
            }
        }
        let (mut on_device, mut on_host) = (Vec::new(), Vec::new());
        for Piece { start, place, .. } in pieces {
            match place {
                Place::Device(tensor) => on_device.push(tensor),
                Place::Host(stored) => on_host.push((start, stored)),
            }
        }
        if on_device.is_empty() {
            self.host.insert(name.to_owned(), (shape, on_host));
        } else {
            let tensor = if on_device.len() == 1 { on_device.remove(0) } else { Tensor::cat(on_device, 0) };
            self.tensors.insert(name.to_owned(), (shape, tensor));
        }
        Ok(())
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
    pub fn take_host(&mut self, name: &str, columns: usize) -> Result<HostMatrix> {
        let (shape, pieces) = self.host.remove(name).ok_or_else(|| Error::WeightMissing { tensor: name.to_owned() })?;
        if shape.len() == 2 && shape[1] == columns {
            return Ok(HostMatrix { rows: shape[0], columns, pieces });
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
