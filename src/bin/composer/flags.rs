//! Flags that several commands share.

use clap::{Args, ValueEnum};
use composer::Result;
use composer::backend::{Adapter, Choice, Decision, decide};
use composer::weights::native::ModelLocation;

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
