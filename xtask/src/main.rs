//! The project's own commands: `cargo xtask help`.
//!
//! Everything a fresh machine lacks is installed on the way, so that the commands in the README are all there is to type.

mod bench;
mod checks;
mod command;
mod engine;
mod files;
mod server;
mod site;
mod tools;
mod workspace;

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};
use std::process::ExitCode;

const HELP: &str = "\
Composer's own commands. What is missing on this machine is installed first.

  cargo xtask serve [--port N]        build what has changed and serve it on this machine
  cargo xtask build                   fill dist/ (the site) and pkg/ (the package for other sites)
  cargo xtask test [--only STEP,...]  every check that there is; steps: fmt, licences, training, clippy,
                                      clippy-wasm, doc, native, wasm, size, types, e2e
  cargo xtask bench [--json FILE]     time every network here and in onnxruntime, natively and in the browser
       [--quick] [--model DIR] [--onnx DIR] [--only native,cpu,swiftshader,...]
  cargo xtask setup                   only install what the other commands need

  --no-wasm-opt                       (serve, build) skip the slow size optimisation of the engine

Used by trunk (see Trunk.toml): wasm
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What can stand after the command's name.
#[derive(Default)]
struct Options {
    port: Option<u16>,
    only: Vec<String>,
    json: Option<std::path::PathBuf>,
    model: Option<std::path::PathBuf>,
    onnx: Option<std::path::PathBuf>,
    quick: bool,
    no_wasm_opt: bool,
}

fn run() -> Result<()> {
    let mut parser = Parser::from_env();
    let mut command = None;
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(name) if command.is_none() => command = Some(name.string()?),
            Arg::Long("port") => options.port = Some(parser.value()?.parse()?),
            Arg::Long("only") => options.only.extend(parser.value()?.string()?.split(',').map(str::to_owned)),
            Arg::Long("json") => options.json = Some(parser.value()?.into()),
            Arg::Long("model") => options.model = Some(parser.value()?.into()),
            Arg::Long("onnx") => options.onnx = Some(parser.value()?.into()),
            Arg::Long("quick") => options.quick = true,
            Arg::Long("no-wasm-opt") => options.no_wasm_opt = true,
            Arg::Short('h') | Arg::Long("help") => command = Some("help".to_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    let optimise = engine::Optimise::from_flag(options.no_wasm_opt);
    match command.as_deref() {
        None | Some("help") => print!("{HELP}"),
        Some("setup") => tools::install_all()?,
        Some("wasm") => {
            site::vendor()?;
            engine::build_in_hook(optimise)?;
        }
        Some("build") => site::build(optimise)?,
        Some("serve") => {
            site::build(optimise)?;
            server::serve(options.port)?;
        }
        Some("test") => checks::run(&options.only)?,
        Some("bench") => {
            let Options { json, model, onnx, quick, only, .. } = options;
            bench::run(&bench::Request { json, model, onnx, quick, only })?;
        }
        Some(other) => bail!("there is no command `{other}`; see `cargo xtask help`"),
    }
    Ok(())
}
