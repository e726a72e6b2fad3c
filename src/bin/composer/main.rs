//! Composer on the command line: the same engine as in the browser.

mod bench;
mod decompose;
mod evaluate;
mod flags;
mod generate;
mod inspect;
mod making;
mod task;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
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
    /// Takes a picture apart into its eight representations.
    Decompose(decompose::Args),
    /// Measures how well the model keeps what it is given, on a folder of pictures.
    Evaluate(evaluate::Args),
    /// Measures one forward pass of a stage.
    Bench(bench::Args),
    /// Prints the JSON schema of recipes.
    Schema,
}

fn main() -> ExitCode {
    let matches = Cli::command().subcommand(task::command()).get_matches();
    let outcome = pollster::block_on(async {
        if let Some(("task", matches)) = matches.subcommand() {
            return task::run(matches).await;
        }
        match Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()).command {
            Command::Generate(args) => generate::run(*args).await,
            Command::Inspect(args) => inspect::run(args).await,
            Command::Decompose(args) => decompose::run(args).await,
            Command::Evaluate(args) => evaluate::run(args).await,
            Command::Bench(args) => bench::run(args).await,
            Command::Schema => {
                println!("{:#}", composer::recipe::schema());
                Ok(())
            }
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
