//! `composer decompose`: a picture to its eight representations.

use clap::Args as ClapArgs;
use composer::Result;
use composer::engine::Engine;
use composer::image::Picture;
use composer::pipeline::DECOMPOSE_STAGES;
use composer::recipe::Color;
use serde_json::json;
use std::path::PathBuf;

use crate::flags::{Model, make_folder, read, write};

/// Colours that are listed of a palette.
const SWATCHES: usize = 8;

/// Flags of `composer decompose`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Any picture.
    #[arg(value_name = "FILE")]
    picture: PathBuf,
    /// Folder for `sketch.png`, `instances.png`, `depth.png`, `intensity.png`, `mask.png` and `decomposition.json`.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    model: Model,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let picture = Picture::decode(&read(&args.picture)?)?;
    let (source, decision) = (args.model.location(), args.model.decide().await?);
    let mut engine = Engine::open(&source, &decision).await?;
    engine.load(&source, &DECOMPOSE_STAGES, &mut |_| {}).await?;
    let parts = engine.decompose(&picture).await?;
    make_folder(&args.output)?;
    for (name, picture) in parts.pictures() {
        write(&args.output.join(format!("{name}.png")), picture.encode_png(None)?)?;
    }
    let swatches = parts.palette.swatches(SWATCHES).into_iter();
    let colors: Vec<_> = swatches.map(|(rgb, weight)| json!({ "color": Color(rgb), "weight": weight })).collect();
    let guesses: Vec<_> =
        parts.guesses.iter().map(|(label, score)| json!({ "label": label, "score": score })).collect();
    let report = json!({ "palette": colors, "guesses": guesses, "semantics": parts.semantics.values() });
    write(&args.output.join("decomposition.json"), format!("{report:#}\n"))?;
    for (label, score) in &parts.guesses {
        println!("perhaps {label} ({score:.2})");
    }
    Ok(())
}
