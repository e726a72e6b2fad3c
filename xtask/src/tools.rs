//! The programs that the other commands need, each at one version, installed where they are missing.
//!
//! cargo and npm tools go to the user's cache (`tools/NAME-VERSION`), never into the user's own folders; only the Rust target
//! and the browser are installed for the whole system.

use crate::command::{announced, executable, on_path, output, run, say};
use crate::{files, workspace};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program from crates.io.
struct CargoTool {
    package: &'static str,
    program: &'static str,
    version: &'static str,
    flags: &'static [&'static str],
    estimate: &'static str,
}

/// Must equal the `wasm-bindgen` in Cargo.lock. Its own lock file asks for crates that no longer build, hence no `--locked`.
const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: "0.2.130",
    flags: &[],
    estimate: "compiles for 2 to 5 minutes",
};
/// 0.22 needs a newer Rust than 1.95. Without its default features (an updater, TLS by C code) it builds anywhere.
const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    program: "trunk",
    version: "0.21.14",
    flags: &["--locked", "--no-default-features", "--debug"],
    estimate: "compiles for 4 to 7 minutes",
};
const CARGO_DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    program: "cargo-deny",
    version: "0.20.2",
    flags: &["--locked", "--debug"],
    estimate: "compiles for 3 to 5 minutes",
};

/// Debian's binaryen 108 makes modules that die on load; this one is the same everywhere that node runs.
const BINARYEN: (&str, &str) = ("binaryen", "132.0.0");

fn folder(name: &str, version: &str) -> Result<PathBuf> {
    Ok(workspace::cache()?.join("tools").join(format!("{name}-{version}")))
}

impl CargoTool {
    fn is_right(&self, program: &Path) -> bool {
        output(Command::new(program).arg("--version"))
            .is_some_and(|line| line.split_whitespace().any(|word| word.trim_start_matches('v') == self.version))
    }

    /// The program: from `PATH` where that has the right version, else from the cache, else installed now.
    fn ensure(&self) -> Result<PathBuf> {
        if let Some(found) = on_path(&[self.program]).filter(|found| self.is_right(found)) {
            return Ok(found);
        }
        let root = folder(self.program, self.version)?;
        let program = root.join("bin").join(executable(self.program));
        if self.is_right(&program) {
            return Ok(program);
        }
        let what = format!("installing {} {}", self.package, self.version);
        announced(&what, self.estimate, || {
            let mut install = Command::new("cargo");
            install.args(["install", self.package, "--version", self.version, "--force", "--quiet"]);
            install.args(self.flags).arg("--root").arg(&root);
            // The checkout's flags and target folder are for the checkout's own crates.
            install.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS").current_dir(std::env::temp_dir());
            // These run for seconds and compile for minutes: no more optimisation and debug information than pays.
            install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
            run(&mut install).with_context(|| {
                format!("{} {} is needed; see what cargo says above, or install it by hand", self.package, self.version)
            })
        })?;
        Ok(program)
    }
}

/// What compiles the engine to wasm.
pub(crate) fn wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let library = output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    announced(&format!("installing the Rust target {TARGET}"), "some seconds", || {
        run(Command::new("rustup").args(["target", "add", TARGET])).with_context(|| {
            format!("Rust has no {TARGET}; install it with your system's package manager or use https://rustup.rs")
        })
    })
}

/// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let program = WASM_BINDGEN.ensure()?;
    Ok(program.parent().map(PathBuf::from).unwrap_or_default())
}

pub(crate) fn trunk() -> Result<PathBuf> {
    TRUNK.ensure()
}

pub(crate) fn cargo_deny() -> Result<PathBuf> {
    CARGO_DENY.ensure()
}

/// A component of the Rust toolchain, such as `clippy`.
pub(crate) fn component(name: &str, probe: &str) -> Result<()> {
    if output(Command::new("cargo").args([probe, "--version"])).is_some() {
        return Ok(());
    }
    announced(&format!("installing {name}"), "some seconds", || {
        run(Command::new("rustup").args(["component", "add", name])).with_context(|| format!("cargo has no {name}"))
    })
}

/// `node`, with npm beside it.
pub(crate) fn node() -> Result<PathBuf> {
    let hint = "install Node.js 20 or later with npm (https://nodejs.org)";
    let node = on_path(&["node"]).with_context(|| format!("node is missing; {hint}"))?;
    let version = output(Command::new(&node).arg("--version")).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|number| number.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        bail!("node is {version}, too old; {hint}");
    }
    Ok(node)
}

const NO_NPM: &str = "npm is missing; it comes with Node.js (https://nodejs.org)";

/// A `node_modules` folder in the cache that holds one npm package.
fn npm((name, version): (&str, &str)) -> Result<PathBuf> {
    let root = folder(name, version)?;
    let modules = root.join("node_modules");
    if modules.join(name).join("package.json").is_file() {
        return Ok(modules);
    }
    node()?;
    announced(&format!("installing {name} {version}"), "less than a minute", || {
        std::fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        let npm = on_path(&["npm", "npm.cmd"]).context(NO_NPM)?;
        let mut install = Command::new(npm);
        install.args(["install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix"]).arg(&root);
        run(install.arg(format!("{name}@{version}")).current_dir(&root))
    })?;
    Ok(modules)
}

/// Installs what `package-lock.json` in `project` names; returns its `node_modules`.
pub(crate) fn npm_project(project: &Path) -> Result<PathBuf> {
    let modules = project.join("node_modules");
    let written = |file: PathBuf| std::fs::metadata(file).and_then(|about| about.modified()).ok();
    let lock = written(project.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json", project.display()))?;
    if written(modules.join(".package-lock.json")).is_some_and(|installed| installed >= lock) {
        return Ok(modules);
    }
    node()?;
    announced(&format!("installing the npm packages of {}", project.display()), "less than a minute", || {
        let npm = on_path(&["npm", "npm.cmd"]).context(NO_NPM)?;
        run(Command::new(npm).args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(project))
    })?;
    Ok(modules)
}

/// The script that node runs as `wasm-opt`.
pub(crate) fn wasm_opt() -> Result<PathBuf> {
    Ok(npm(BINARYEN)?.join("binaryen").join("bin").join("wasm-opt"))
}

/// The browser for tests, and the driver that fits it.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn find_browser() -> (Option<PathBuf>, Option<PathBuf>) {
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file());
    let applications = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    let chromium = named("CHROMIUM")
        .or_else(|| on_path(&CHROMIUM_NAMES))
        .or_else(|| applications.is_file().then_some(applications));
    (chromium, named("CHROMEDRIVER").or_else(|| on_path(&["chromedriver"])))
}

pub(crate) fn browser() -> Result<Browser> {
    if let (Some(chromium), Some(driver)) = find_browser() {
        return Ok(Browser { chromium, driver });
    }
    let install =
        "install Chromium or Chrome and the chromedriver of the same version, or set CHROMIUM and CHROMEDRIVER to them";
    let Some(apt) = apt_get() else { bail!("there is no browser for the tests: {install}") };
    announced("installing chromium and chromium-driver", "a minute or two", || {
        run(apt("update").arg("-q"))?;
        run(apt("install").args([
            "-q",
            "-y",
            "--no-install-recommends",
            "chromium",
            "chromium-driver",
            "fonts-dejavu-core",
        ]))
    })
    .with_context(|| format!("apt-get could not install the browser: {install}"))?;
    match find_browser() {
        (Some(chromium), Some(driver)) => Ok(Browser { chromium, driver }),
        _ => bail!("apt-get installed no browser: {install}"),
    }
}

/// `apt-get` where it may be used without asking for a password.
fn apt_get() -> Option<impl Fn(&str) -> Command> {
    on_path(&["apt-get"])?;
    let root = output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if !root {
        output(Command::new("sudo").args(["-n", "true"]))?;
    }
    Some(move |what: &str| {
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["-n", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").arg(what);
        command
    })
}

/// A Python for the tests of `training/`, and whether it has PyTorch.
pub(crate) struct Python {
    pub(crate) program: PathBuf,
    pub(crate) torch: bool,
}

/// What the tests of the data part import.
pub(crate) fn python() -> Result<Python> {
    let tests = "numpy, PIL, cv2, pytest";
    if let Some(program) = pythons()?.into_iter().find(|program| has_modules(program, &format!("torch, {tests}"))) {
        return Ok(Python { program, torch: true });
    }
    let packages = ["numpy", "pillow", "opencv-python-headless", "pytest"];
    let program = virtual_environment("python-tests", tests, &packages)?;
    Ok(Python { program, torch: false })
}

/// A Python that writes ONNX files. It needs PyTorch, some gigabytes, so only what cannot do without asks for it.
pub(crate) fn python_with_torch() -> Result<PathBuf> {
    let modules = "torch, safetensors, tokenizers, onnx, onnxruntime";
    python_with("python-onnx", modules, &["torch", "numpy", "safetensors", "tokenizers", "onnx", "onnxruntime"])
}

/// A Python with onnxruntime, for the bench.
pub(crate) fn python_with_onnxruntime() -> Result<PathBuf> {
    python_with("python-bench", "numpy, onnxruntime", &["numpy", "onnxruntime"])
}

/// One that the user has, else one of our own.
fn python_with(name: &str, modules: &str, packages: &[&str]) -> Result<PathBuf> {
    match pythons()?.into_iter().find(|program| has_modules(program, modules)) {
        Some(program) => Ok(program),
        None => virtual_environment(name, modules, packages),
    }
}

/// Those that the user has, the most particular first.
fn pythons() -> Result<Vec<PathBuf>> {
    let named = std::env::var_os("COMPOSER_PYTHON").map(PathBuf::from);
    let active = std::env::var_os("VIRTUAL_ENV").map(|folder| PathBuf::from(folder).join("bin").join("python"));
    let cached = workspace::cache()?.join("venv").join("bin").join("python");
    let candidates = named.into_iter().chain(active).chain([cached]).chain(on_path(&["python3", "python"]));
    Ok(candidates.filter(|program| program.is_file()).collect())
}

fn has_modules(python: &Path, modules: &str) -> bool {
    output(Command::new(python).args(["-c", &format!("import {modules}")])).is_some()
}

/// A Python of our own in the cache, with `packages` as `training/requirements.txt` pins them; `modules` are what they are imported as.
fn virtual_environment(name: &str, modules: &str, packages: &[&str]) -> Result<PathBuf> {
    let list = files::read(&workspace::root().join("training").join("requirements.txt"))?;
    let list = String::from_utf8_lossy(&list);
    let pinned = |package: &&str| list.lines().find(|line| line.split("==").next() == Some(package)).map(str::to_owned);
    let pins: Option<Vec<String>> = packages.iter().map(pinned).collect();
    let pins = pins.context("training/requirements.txt does not pin all that is needed")?;
    let root = folder(name, &pins.join("-").replace("==", "-"))?;
    let program = root.join("bin").join("python");
    if !has_modules(&program, modules) {
        let base = on_path(&["python3", "python"]).context("python3 is missing; install Python 3.10 or later")?;
        let estimate = if packages.contains(&"torch") { "some gigabytes, ten minutes" } else { "about a minute" };
        announced(&format!("installing the Python packages {modules}"), estimate, || {
            run(Command::new(base).args(["-m", "venv", "--clear"]).arg(&root))
                .context("Python cannot make a virtual environment; on Debian install python3-venv")?;
            run(Command::new(&program).args(["-m", "pip", "install", "--quiet"]).args(&pins))
        })?;
    }
    Ok(program)
}

/// Everything at once, for machines that shall work offline afterwards.
pub(crate) fn install_all() -> Result<()> {
    component("rustfmt", "fmt")?;
    component("clippy", "clippy")?;
    wasm_target()?;
    wasm_bindgen()?;
    wasm_opt()?;
    trunk()?;
    cargo_deny()?;
    npm_project(&workspace::root())?;
    npm_project(&workspace::root().join("tests").join("e2e"))?;
    browser()?;
    python()?;
    say("all tools are there");
    Ok(())
}
