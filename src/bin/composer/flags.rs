//! Flags that several commands share.

use clap::{Args, ValueEnum};
use composer::backend::{Adapter, Choice, Decision, decide};
use composer::recipe::{ImageData, Recipe, Sampler};
use composer::weights::native::ModelLocation;
use composer::{Error, Result};
use std::path::{Path, PathBuf};

/// The device that does the arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// WebGPU on a real graphics processor, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU on whatever adapter there is.
    Webgpu,
}

/// A model, and what runs it.
#[derive(Debug, Args)]
pub(crate) struct Model {
    /// Folder or URL that holds the model's `manifest.json`.
    #[arg(long, value_name = "DIR|URL", default_value = "www/models/default")]
    pub(crate) model: String,
    /// The device that does the arithmetic.
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    pub(crate) backend: Backend,
}

impl Model {
    /// Where the model's files are.
    pub(crate) fn location(&self) -> ModelLocation {
        ModelLocation::parse(&self.model)
    }

    /// The device that runs.
    pub(crate) async fn decide(&self) -> Result<Decision> {
        let (choice, adapter) = match self.backend {
            Backend::Auto => (Choice::Auto, adapter().await),
            Backend::Cpu => (Choice::Cpu, None),
            Backend::Webgpu => (Choice::WebGpu, adapter().await),
        };
        decide(choice, adapter.as_ref())
    }
}

/// The adapter that burn will get when it asks.
async fn adapter() -> Option<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options =
        wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
    let info = instance.request_adapter(&options).await.ok()?.get_info();
    Some(Adapter { name: info.name, software: info.device_type == wgpu::DeviceType::Cpu })
}

/// How pictures are made, and where they go.
#[derive(Debug, Args)]
pub(crate) struct Making {
    /// The same seed gives the same picture.
    #[arg(long)]
    seed: Option<u64>,
    /// Pictures, from consecutive seeds; they are numbered in the names of their files.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=16))]
    pub(crate) count: u64,
    /// Network evaluations of the base.
    #[arg(long)]
    steps: Option<usize>,
    /// How strongly the conditions pull; 1 is no guidance.
    #[arg(long)]
    guidance: Option<f32>,
    /// The sampler.
    #[arg(long, value_enum)]
    sampler: Option<SamplerFlag>,
    /// Where the picture goes.
    #[arg(short, long, value_name = "OUT.png")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SamplerFlag {
    #[value(name = "ddim")]
    Ddim,
    #[value(name = "dpm++2m")]
    DpmSolverPlusPlus2M,
    #[value(name = "unipc")]
    UniPc,
}

impl Making {
    /// Puts what the flags say into a recipe.
    pub(crate) fn apply(&self, recipe: &mut Recipe) {
        recipe.seed = self.seed.unwrap_or(recipe.seed);
        recipe.steps.base = self.steps.unwrap_or(recipe.steps.base);
        recipe.guidance = self.guidance.unwrap_or(recipe.guidance);
        recipe.sampler = match self.sampler {
            None => recipe.sampler,
            Some(SamplerFlag::Ddim) => Sampler::Ddim,
            Some(SamplerFlag::DpmSolverPlusPlus2M) => Sampler::DpmSolverPlusPlus2M,
            Some(SamplerFlag::UniPc) => Sampler::UniPc,
        };
    }
}

/// A file's bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| io(path, &error))
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| io(path, &error))
}

/// A picture file as it is, to put into a recipe.
pub(crate) fn image_data(path: &Path) -> Result<ImageData> {
    let bytes = read(path)?;
    Ok(ImageData::from_file(composer::image::mime_of(&bytes)?, &bytes))
}

/// Makes a folder where there is none.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| io(path, &error))
}

/// What went wrong with a file or a folder.
pub(crate) fn io(path: &Path, error: &impl ToString) -> Error {
    Error::Io { path: path.display().to_string(), what: error.to_string() }
}
