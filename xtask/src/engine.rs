//! The engine, compiled: as a package for web pages (cargo -> wasm-bindgen -> wasm-opt -> `pkg/`) and as a program.

use crate::command::{self, announced, run, say};
use crate::{files, tools, workspace};
use anyhow::{Context, Result};
use std::path::Path;
use std::process::Command;

/// Whether the module goes through wasm-opt, which takes minutes and halves the download.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optimise {
    Size,
    No,
}

/// Tells the hook that trunk starts that the package has just been built.
pub(crate) const BUILT_VARIABLE: &str = "COMPOSER_ENGINE_IS_BUILT";

impl Optimise {
    pub(crate) fn from_flag(no_wasm_opt: bool) -> Self {
        if no_wasm_opt { Self::No } else { Self::Size }
    }
}

/// What the module may use; the same as rustc's `wasm32-unknown-unknown` and `.cargo/config.toml` switch on.
const FEATURES: [&str; 9] = [
    "--enable-simd",
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];
const LEVEL: &str = "-Os";

/// What wasm-bindgen writes.
const FILES: [&str; 4] = ["composer.js", "composer.d.ts", "composer_bg.wasm", "composer_bg.wasm.d.ts"];

/// Where the engine's weights come from and are kept; another site needs these beside the engine.
const STORE: [&str; 5] = ["store.js", "sources.js", "download.js", "shelves.js", "types.d.ts"];

/// As trunk's hook: nothing where [`build`] has run just before.
pub(crate) fn build_in_hook(optimise: Optimise) -> Result<()> {
    if std::env::var_os(BUILT_VARIABLE).is_some() { Ok(()) } else { build(optimise) }
}

/// Fills `pkg/`; seconds where the engine has not changed.
pub(crate) fn build(optimise: Optimise) -> Result<()> {
    tools::wasm_target()?;
    let bindgen_folder = tools::wasm_bindgen()?;
    let wasm_opt = match optimise {
        Optimise::Size => Some(tools::wasm_opt()?),
        Optimise::No => None,
    };
    let root = workspace::root();
    let module = compile()?;

    let pkg = root.join("pkg");
    let scratch = workspace::scratch()?;
    let hash = files::content_hash(std::slice::from_ref(&module), module.parent().unwrap_or(&module))?;
    let kind = if wasm_opt.is_some() { LEVEL } else { "unoptimised" };
    let stamp = format!("{hash} {kind}");
    let stamp_file = scratch.join("pkg.stamp");
    // A finished package is kept beside cargo's files: `pkg/` may be another checkout's or freshly cloned.
    let made = scratch.join("pkg");
    if !(files::is_current(&stamp_file, &stamp) && FILES.iter().all(|file| made.join(file).is_file())) {
        std::fs::remove_file(&stamp_file).ok();
        bind(&bindgen_folder, &module, &made)?;
        if let Some(script) = wasm_opt {
            shrink(&script, &made.join("composer_bg.wasm"))?;
        }
        files::write(&stamp_file, &stamp)?;
    }
    for file in FILES {
        copy_changed(&made.join(file), &pkg.join(file))?;
    }
    for file in STORE {
        copy_changed(&root.join("www").join(file), &pkg.join("store").join(file))?;
    }
    Ok(())
}

/// Leaves an equal file alone, so that its time still tells whether anything changed.
fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    let contents = files::read(from)?;
    if std::fs::read(to).is_ok_and(|old| old == contents) { Ok(()) } else { files::write(to, contents) }
}

/// Compiles the command line and returns the program.
pub(crate) fn native_program() -> Result<std::path::PathBuf> {
    let arguments = ["build", "--release", "--package", "composer", "--features", "cli", "--bin", "composer"];
    announced("compiling the engine natively", "the first time 5 to 10 minutes, unchanged some seconds", || {
        run(command::cargo().args(arguments).current_dir(workspace::root()))
    })?;
    Ok(workspace::target()?.join("release").join(command::executable("composer")))
}

/// Compiles the engine for browsers and returns cargo's module.
fn compile() -> Result<std::path::PathBuf> {
    let mut cargo = command::cargo();
    cargo.args(["build", "--profile", "web", "--lib", "--package", "composer", "--target", "wasm32-unknown-unknown"]);
    announced("compiling the engine to wasm", "the first time 5 to 15 minutes, unchanged some seconds", || {
        run(cargo.current_dir(workspace::root()))
    })?;
    Ok(workspace::target()?.join("wasm32-unknown-unknown").join("web").join("composer.wasm"))
}

fn bind(bindgen_folder: &Path, module: &Path, out: &Path) -> Result<()> {
    let program = bindgen_folder.join(command::executable("wasm-bindgen"));
    announced("writing the JavaScript bindings", "some seconds", || {
        run(Command::new(program).args(["--target", "web", "--out-name", "composer", "--out-dir"]).arg(out).arg(module))
            .context("wasm-bindgen failed; its version must equal the one in Cargo.lock")
    })
}

fn shrink(script: &Path, module: &Path) -> Result<()> {
    let node = tools::node()?;
    let before = files::read(module)?.len();
    let smaller = module.with_extension("opt");
    announced("shrinking the engine with wasm-opt", "1 to 4 minutes", || {
        run(Command::new(node).arg(script).arg(LEVEL).args(FEATURES).arg(module).arg("-o").arg(&smaller))
    })?;
    std::fs::rename(&smaller, module).with_context(|| format!("cannot replace {}", module.display()))?;
    let after = files::read(module)?.len();
    say(&format!("engine: {} from {}", files::megabytes(after), files::megabytes(before)));
    Ok(())
}
