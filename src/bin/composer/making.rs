//! From recipes to files.

use async_trait::async_trait;
use composer::Result;
use composer::engine::{Engine, Generated, other_model};
use composer::pipeline::{Observer, Step};
use composer::recipe::Recipe;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::flags::{Making, Model, write};

/// Makes the pictures of recipes, each from as many seeds as the flags say, and writes them.
pub(crate) async fn make(model: &Model, making: &Making, mut recipes: Vec<Recipe>) -> Result<()> {
    let (source, decision) = (model.location(), model.decide().await?);
    eprintln!("{}: {}", decision.adapter, decision.reason);
    let mut engine = Engine::open(&source, &decision).await?;
    let several = recipes.len() as u64 * making.count > 1;
    let mut number = 0;
    for recipe in &mut recipes {
        making.apply(recipe);
        recipe.validate()?;
        engine.load(&source, &recipe.stages()?, &mut |_| {}).await?;
        if let Some(warning) = other_model(recipe, &engine) {
            eprintln!("warning: {warning}");
        }
        for index in 0..making.count {
            let recipe = Recipe { seed: recipe.seed + index, ..recipe.clone() };
            let Generated { png, clause, .. } = engine.generate(&recipe, &mut Terminal).await?;
            number += 1;
            let path = if several { numbered(&making.output, number) } else { making.output.clone() };
            write(&path, png)?;
            match clause {
                Some(clause) => eprintln!("{}: {clause}", path.display()),
                None => eprintln!("{}", path.display()),
            }
        }
    }
    Ok(())
}

/// `out.png` to `out-3.png`.
fn numbered(path: &Path, number: u64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-{number}.png"))
}

/// Progress on one line of the terminal.
pub(crate) struct Terminal;

#[async_trait(?Send)]
impl Observer for Terminal {
    async fn step(&mut self, step: Step<'_>) -> Result<()> {
        let mut out = std::io::stderr();
        if out.is_terminal() {
            let end = if step.step == step.steps { "\n" } else { "" };
            // A terminal that is gone is no reason to stop.
            let _ = write!(out, "\r{:10} {:3} / {}{end}", step.stage, step.step, step.steps);
            let _ = out.flush();
        }
        Ok(())
    }
}
