//! `composer bench`: milliseconds of a forward pass.

use clap::Args as ClapArgs;
use composer::Result;
use composer::engine::{Engine, stage_named};
use std::time::Instant;

use crate::flags::Model;

/// Flags of `composer bench`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    model: Model,
    /// `text_encoder`, `prior`, `base`, `upsampler`, `image_encoder` or `decomposer`.
    #[arg(long, default_value = "base")]
    stage: String,
    /// Forward passes; the first one is told apart.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// One line of JSON instead of words.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let stage = stage_named(&args.stage)?;
    let source = args.model.location();
    let decision = args.model.decide().await?;
    let mut engine = Engine::open(&source, &decision).await?;
    engine.load(&source, &[stage], &mut |_| {}).await?;
    let start = Instant::now();
    let millis = engine.time_stage(stage, args.repeats, &|| start.elapsed().as_secs_f64() * 1e3).await?;
    if args.json {
        let backend = if decision.gpu { "webgpu" } else { "cpu" };
        println!(
            "{}",
            serde_json::json!({ "stage": stage, "backend": backend, "adapter": decision.adapter, "ms": millis })
        );
    } else {
        let list: Vec<String> = millis.iter().map(|ms| format!("{ms:.1}")).collect();
        println!("{stage} on {}: {} ms", decision.adapter, list.join(", "));
    }
    Ok(())
}
