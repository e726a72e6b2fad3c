//! The tiny model as a source of weights, compiled in.

use async_trait::async_trait;
use composer::weights::Source;
use composer::weights::manifest::FileEntry;
use composer::{Error, Result};

macro_rules! tiny {
    ($($file:literal),*) => {
        &[$(($file, include_bytes!(concat!("../fixtures/models/tiny/", $file)).as_slice())),*]
    };
}

const FILES: &[(&str, &[u8])] = tiny![
    "manifest.json",
    "tokenizer.json",
    "text-encoder-00001.safetensors",
    "projection-00001.safetensors",
    "prior-00001.safetensors",
    "base-00001.safetensors",
    "upsampler-00001.safetensors",
    "decomposer-00001.safetensors",
    "image-encoder-00001.safetensors",
    "vocabulary-00001.safetensors"
];

/// The tiny model as a source of weights.
pub(crate) struct Tiny;

impl Tiny {
    fn file(name: &str) -> Result<Vec<u8>> {
        let missing = || Error::Fetch { file: name.to_owned(), what: "the tiny model has no such file".into() };
        FILES.iter().find(|(file, _)| *file == name).map(|(_, bytes)| bytes.to_vec()).ok_or_else(missing)
    }
}

#[async_trait(?Send)]
impl Source for Tiny {
    async fn manifest(&self) -> Result<Vec<u8>> {
        Self::file("manifest.json")
    }

    async fn fetch(&self, file: &FileEntry, on_bytes: &mut dyn FnMut(u64)) -> Result<Vec<u8>> {
        on_bytes(file.bytes);
        Self::file(&file.file)
    }
}
