//! Folders: listing, copying, telling whether something has changed.

use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// All files under `folder`, sorted; nothing where there is no such folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.with_context(|| format!("cannot list {}", folder.display()))?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A file's path below `base` as a web address writes it.
pub(crate) fn web_path(file: &Path, base: &Path) -> String {
    let below = file.strip_prefix(base).unwrap_or(file);
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Changes whenever a file under `inputs` is added, removed or written. Sizes and times only: models are large.
pub(crate) fn stamp(inputs: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        let files = if input.is_dir() { list(input)? } else { vec![input.clone()] };
        for file in files {
            file.hash(&mut hasher);
            if let Ok(about) = fs::metadata(&file) {
                about.len().hash(&mut hasher);
                about.modified().ok().hash(&mut hasher);
            }
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Sixteen hexadecimal digits of the contents of `files`, with their names below `base`.
pub(crate) fn content_hash(files: &[PathBuf], base: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        web_path(file, base).hash(&mut hasher);
        read(file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether the stamp file says `stamp` already.
pub(crate) fn is_current(stamp_file: &Path, stamp: &str) -> bool {
    fs::read_to_string(stamp_file).is_ok_and(|found| found == stamp)
}

pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

pub(crate) fn write(file: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(file, contents).with_context(|| format!("cannot write {}", file.display()))
}

/// `1.5 MB`, in powers of ten as browsers count.
pub(crate) fn megabytes(bytes: usize) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}
