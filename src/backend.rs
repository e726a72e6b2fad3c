//! Which device does the arithmetic: WebGPU or the CPU. The same everywhere, in a browser and natively.

use burn::backend::flex::{Flex, FlexDevice};
use burn_wgpu::{Wgpu, WgpuDevice, graphics::AutoGraphicsApi};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// CPU arithmetic, pure Rust with SIMD.
pub type Cpu = Flex;
/// GPU arithmetic. Single precision: half is not offered everywhere.
pub type Gpu = Wgpu<f32, i32>;

/// What the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// WebGPU on a real adapter, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU, on whatever adapter there is.
    WebGpu,
}

/// What the machine offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adapter {
    /// Its name, for people.
    pub name: String,
    /// Whether it is software: correct, but slower than our own CPU code.
    pub software: bool,
}

/// The device that runs, and a sentence for the user why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether WebGPU runs.
    pub gpu: bool,
    /// Name of what runs.
    pub adapter: String,
    /// Why.
    pub reason: String,
}

/// Chooses a device.
///
/// # Errors
/// [`Error::Device`] where WebGPU is forced and there is none.
pub fn decide(choice: Choice, adapter: Option<&Adapter>) -> Result<Decision> {
    let cpu = |reason: &str| Decision { gpu: false, adapter: "CPU".into(), reason: reason.into() };
    let gpu =
        |adapter: &Adapter, reason: &str| Decision { gpu: true, adapter: adapter.name.clone(), reason: reason.into() };
    Ok(match (choice, adapter) {
        (Choice::Cpu, _) => cpu("you chose it"),
        (Choice::WebGpu, Some(adapter)) if adapter.software => {
            gpu(adapter, "you chose it; this adapter is software, so the CPU would be faster")
        }
        (Choice::WebGpu, Some(adapter)) => gpu(adapter, "you chose it"),
        (Choice::WebGpu, None) => {
            return Err(Error::Device { what: "there is no WebGPU adapter here".into() });
        }
        (Choice::Auto, Some(adapter)) if !adapter.software => gpu(adapter, "a graphics processor is available"),
        (Choice::Auto, Some(_)) => cpu("the only WebGPU adapter is software, which is slower than the CPU itself"),
        (Choice::Auto, None) => cpu("there is no WebGPU adapter here"),
    })
}

/// The CPU as a device.
#[must_use]
pub fn cpu_device() -> FlexDevice {
    FlexDevice
}

/// The GPU, set up by the first call. Only where [`decide`] chose it.
pub async fn gpu_device() -> WgpuDevice {
    static SET_UP: AtomicBool = AtomicBool::new(false);
    let device = WgpuDevice::DefaultDevice;
    if !SET_UP.swap(true, Ordering::Relaxed) {
        burn_wgpu::init_setup_async::<AutoGraphicsApi>(&device, burn_wgpu::RuntimeOptions::default()).await;
    }
    device
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_adapters_are_used_only_when_asked_for() {
        let software = Adapter { name: "SwiftShader".into(), software: true };
        assert!(!decide(Choice::Auto, Some(&software)).unwrap().gpu);
        assert!(decide(Choice::WebGpu, Some(&software)).unwrap().gpu);
    }

    #[test]
    fn a_forced_gpu_that_is_missing_is_an_error() {
        assert_eq!(decide(Choice::WebGpu, None).unwrap_err().code(), "device");
    }
}
