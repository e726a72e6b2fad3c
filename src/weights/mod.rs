//! Weights on a static host: a manifest that describes a model, and the shards that hold its tensors.
//!
//! A model is described by data, never by code: a bigger one of the same family is a new folder, not a new build.

mod loader;
pub mod manifest;
#[cfg(feature = "cli")]
pub mod native;
pub mod quantization;

pub use loader::{HostMatrix, LoadProgress, Scope, Source, Weights, load_file, load_stage, read_manifest};
pub use manifest::Manifest;
