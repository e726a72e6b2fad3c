//! The site in `dist/`: trunk copies the page, `www/` and `pkg/`.

use crate::command::{announced, path_with, run};
use crate::wasm::{self, Optimise};
use crate::{files, tools, workspace};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds what has changed; nothing where nothing has.
pub(crate) fn build(optimise: Optimise) -> Result<()> {
    wasm::build(optimise)?;
    let root = workspace::root();
    let page = root.join("index.html");
    if !page.is_file() {
        bail!("there is no index.html in {}", root.display());
    }
    let stamp_file = workspace::scratch()?.join("site.stamp");
    let inputs = ["index.html", "Trunk.toml", "www", "pkg", "dist"].map(|name| root.join(name));
    if files::is_current(&stamp_file, &files::stamp(&inputs)?) {
        return Ok(());
    }
    let trunk = tools::trunk()?;
    announced("assembling dist/", "some seconds", || {
        let mut command = Command::new(&trunk);
        command.args(["build", "--release"]).current_dir(&root).env("PATH", path_with(&[&tools::wasm_bindgen()?]));
        // trunk reads NO_COLOR as its own yes-or-no option and fails on other values; a backtrace of trunk tells nobody anything.
        command.env_remove("NO_COLOR").env("RUST_BACKTRACE", "0");
        if optimise == Optimise::No {
            command.env(wasm::SKIP_VARIABLE, "1");
        }
        run(&mut command)
    })?;
    check_offline_list(&dist())?;
    files::write(&stamp_file, files::stamp(&inputs)?)
}

/// Where the finished site lies.
pub(crate) fn dist() -> PathBuf {
    workspace::root().join("dist")
}

/// The service worker names its files, so that it can take them all at once; one that it misses would be missing offline.
fn check_offline_list(dist: &Path) -> Result<()> {
    let worker = dist.join("sw.js");
    if !worker.is_file() {
        return Ok(());
    }
    let source = String::from_utf8(files::read(&worker)?).context("sw.js is not UTF-8")?;
    let shell = files::list(dist)?.into_iter().map(|file| files::web_path(&file, dist)).filter(|path| is_shell(path));
    let missed: Vec<String> = shell.filter(|path| !source.contains(&format!("\"{path}\""))).collect();
    if !missed.is_empty() {
        bail!("www/sw.js does not list {}: the page would not start offline", missed.join(", "));
    }
    Ok(())
}

/// The page itself: everything but models, which the page fetches and keeps by their own checksums, and what is for other sites or tools.
fn is_shell(path: &str) -> bool {
    let tools_only = [".d.ts", ".md", "pkg/package.json", "sw.js"];
    let page = path.starts_with("www/") || path.starts_with("pkg/");
    let not_ours = ["www/models/", "pkg/store/"];
    page && !not_ours.iter().any(|folder| path.starts_with(folder)) && !tools_only.iter().any(|end| path.ends_with(end))
}
