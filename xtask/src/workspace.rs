//! Where things lie.

use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The checkout's root folder.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable anew, so that a binary taken from a shared target folder still finds its own checkout.
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// cargo's target folder, wherever its configuration puts it.
pub(crate) fn target() -> Result<PathBuf> {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = TARGET.get() {
        return Ok(found.clone());
    }
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .context("cargo does not start; install Rust from https://rustup.rs")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .context("`cargo metadata` printed no JSON; run it by hand to see why")?;
    let folder = metadata["target_directory"].as_str().context("`cargo metadata` names no target folder")?;
    Ok(TARGET.get_or_init(|| PathBuf::from(folder)).clone())
}

/// Files of ours between cargo's: stamps, half-made packages.
pub(crate) fn scratch() -> Result<PathBuf> {
    let folder = target()?.join("xtask");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// The cache shared by all checkouts of one user: `$COMPOSER_CACHE`, else `~/.cache/composer-studio`.
pub(crate) fn cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("COMPOSER_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let home = std::env::var_os("HOME")
        .or_else(|| std::env::var_os("USERPROFILE"))
        .context("neither COMPOSER_CACHE nor HOME is set; set COMPOSER_CACHE to a folder for downloaded tools")?;
    Ok(PathBuf::from(home).join(".cache").join("composer-studio"))
}
