//! The site in `dist/`: trunk copies the page, `www/` and `pkg/`.

use crate::command::{announced, path_with, run, say};
use crate::engine::{self, Optimise};
use crate::{files, tools, workspace};
use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// What the page loads from npm packages: the package, a file of it, and its name in `www/vendor/`. `package.json` names the versions.
const VENDORED: [(&str, &str, &str); 4] = [
    ("fflate", "esm/browser.js", "fflate.js"),
    ("fflate", "LICENSE", "fflate.LICENSE.txt"),
    ("idb", "build/index.js", "idb.js"),
    ("idb", "LICENSE", "idb.LICENSE.txt"),
];

/// Copies these files to where the page finds them; one that is there already keeps its time, which stamps look at.
pub(crate) fn vendor() -> Result<()> {
    let root = workspace::root();
    let modules = tools::npm_project(&root)?;
    for (package, file, name) in VENDORED {
        let (source, target) = (modules.join(package).join(file), root.join("www").join("vendor").join(name));
        let contents = files::read(&source)?;
        if !files::read(&target).is_ok_and(|present| present == contents) {
            files::write(&target, contents)?;
        }
    }
    Ok(())
}

/// Builds what has changed; nothing where nothing has.
pub(crate) fn build(optimise: Optimise) -> Result<()> {
    let stamp_file = workspace::scratch()?.join("site.stamp");
    if !stamp_file.is_file() {
        say(
            "the first build compiles its tools and the engine, 15 to 25 minutes on two cores; later ones take seconds",
        );
    }
    engine::build(optimise)?;
    vendor()?;
    let root = workspace::root();
    let page = root.join("index.html");
    if !page.is_file() {
        bail!("there is no index.html in {}", root.display());
    }
    let inputs = ["index.html", "Trunk.toml", "www", "pkg", "dist"].map(|name| root.join(name));
    if files::is_current(&stamp_file, &files::stamp(&inputs)?) {
        return Ok(());
    }
    let trunk = tools::trunk()?;
    announced("assembling dist/", "some seconds", || {
        let mut command = Command::new(&trunk);
        command.args(["build", "--release"]).current_dir(&root).env("PATH", path_with(&[&tools::wasm_bindgen()?]));
        // trunk reads NO_COLOR as its own yes-or-no option and fails on other values; a backtrace of trunk tells nobody anything.
        command.env_remove("NO_COLOR").env("RUST_BACKTRACE", "0").env(engine::BUILT_VARIABLE, "1");
        run(&mut command)
    })?;
    files::write(&stamp_file, files::stamp(&inputs)?)
}

/// Where the finished site lies.
pub(crate) fn dist() -> PathBuf {
    workspace::root().join("dist")
}
