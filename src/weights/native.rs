//! Models from a folder or from an HTTP host, for the command line.

use async_trait::async_trait;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::loader::Source;
use super::manifest::{FileEntry, MAX_SHARD_BYTES};
use crate::error::{Error, Result};

/// A model's folder, or the URL of one.
#[derive(Debug, Clone)]
pub enum ModelLocation {
    /// A folder that holds `manifest.json`.
    Folder(PathBuf),
    /// The URL of such a folder.
    Url(String),
}

impl ModelLocation {
    /// What starts with `http://` or `https://` is a URL, all else a folder; `manifest.json` at the end may be given.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let folder = text.strip_suffix("manifest.json").unwrap_or(text).trim_end_matches('/');
        if folder.starts_with("http://") || folder.starts_with("https://") {
            Self::Url(folder.to_owned())
        } else {
            Self::Folder(if folder.is_empty() { PathBuf::from(".") } else { PathBuf::from(folder) })
        }
    }

    fn read(&self, file: &str) -> Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => read_file(&folder.join(file)),
            Self::Url(url) => {
                let fail = |what: String| Error::Fetch { file: file.to_owned(), what };
                let mut response =
                    ureq::get(format!("{url}/{file}")).call().map_err(|error| fail(error.to_string()))?;
                let mut bytes = Vec::new();
                let limit = 2 * MAX_SHARD_BYTES;
                let reader = response.body_mut().as_reader();
                reader.take(limit).read_to_end(&mut bytes).map_err(|error| fail(error.to_string()))?;
                Ok(bytes)
            }
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::Io { path: path.display().to_string(), what: error.to_string() })
}

#[async_trait(?Send)]
impl Source for ModelLocation {
    async fn manifest(&self) -> Result<Vec<u8>> {
        self.read("manifest.json")
    }

    async fn fetch(&self, file: &FileEntry, on_bytes: &mut dyn FnMut(u64)) -> Result<Vec<u8>> {
        let bytes = self.read(&file.file)?;
        on_bytes(bytes.len() as u64);
        Ok(bytes)
    }
}
