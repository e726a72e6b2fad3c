//! `composer inspect`: what a model is.

use clap::Args as ClapArgs;
use composer::Result;
use composer::weights::native::ModelLocation;
use composer::weights::read_manifest;

/// Flags of `composer inspect`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Folder or URL that holds `manifest.json`.
    #[arg(value_name = "DIR|URL")]
    model: String,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let (manifest, sha256) = read_manifest(&ModelLocation::parse(&args.model)).await?;
    let card = &manifest.card;
    println!("{}  {}  ({})", card.name, card.title, card.license);
    println!("manifest sha256 {sha256}");
    for (name, stage) in &manifest.stages {
        let parameters: usize = stage.tensors.iter().map(composer::weights::manifest::TensorEntry::len).sum();
        let megabytes = manifest.bytes_of(&[name]) as f64 / 1e6;
        println!(
            "{name:14} {:4} tensors {:8.2} M parameters {megabytes:7.2} MB",
            stage.tensors.len(),
            parameters as f64 / 1e6
        );
    }
    for line in &card.attribution {
        println!("{line}");
    }
    Ok(())
}
