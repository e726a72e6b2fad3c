//! Composer on the command line: the same engine as in the browser.

mod bench;
mod flags;
mod generate;
mod inspect;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Puts pictures together from captions, sketches and palettes.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a picture from flags or from a recipe.
    Generate(Box<generate::Args>),
    /// Says what a model is: stages, sizes, licence.
    Inspect(inspect::Args),
    /// Measures one forward pass of a stage.
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let outcome = pollster::block_on(async {
        match Cli::parse().command {
            Command::Generate(args) => generate::run(*args).await,
            Command::Inspect(args) => inspect::run(args).await,
            Command::Bench(args) => bench::run(args).await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
