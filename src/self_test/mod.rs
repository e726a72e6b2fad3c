//! Whether a device computes what it should: layers of every kind beside results that PyTorch computed.
//!
//! A driver that computes wrongly gives pictures of noise and no error; this tells the visitor which it is. The layers travel in
//! the program as a model of one stage (`training/composer_training/self_test.py`), so the way from stored weights to the device
//! is tested with them.

use async_trait::async_trait;
use burn::tensor::Tensor;

use crate::backend::{Cpu, Decision, Gpu, cpu_device, gpu_device};
use crate::error::{Error, Result};
use crate::model::{Attention, ConvKind, Kernels, conv2d, group_norm, linear};
use crate::tensor::{to_device, to_host};
use crate::weights::manifest::FileEntry;
use crate::weights::{Scope, Source, load_stage, read_manifest};

/// Largest error that counts as right, relative to the largest result. The stored results are f16 and right to 5·10⁻⁴; GPUs may
/// add up in any order and approximate exponentials.
const TOLERANCE: f32 = 2e-3;

/// What one kind of layer gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Which one.
    pub name: &'static str,
    /// Largest difference from the stored result, relative to its largest value; not a number where the device gave none.
    pub error: f32,
    /// Largest error that is allowed.
    pub tolerance: f32,
    /// How long the layer took, weights and results moved included.
    pub milliseconds: f64,
}

impl Check {
    /// Whether the device computed rightly.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.error <= self.tolerance
    }
}

/// Tests the device that was chosen; `now` is a clock in milliseconds.
///
/// # Errors
/// [`Error::Device`] where the device refuses the work altogether.
pub async fn self_test(decision: &Decision, now: &dyn Fn() -> f64) -> Result<Vec<Check>> {
    if decision.gpu { check::<Gpu>(gpu_device().await, now).await } else { check::<Cpu>(cpu_device(), now).await }
}

async fn check<B: Kernels>(device: B::Device, now: &dyn Fn() -> f64) -> Result<Vec<Check>> {
    let (manifest, _) = read_manifest(&Reference).await?;
    let weights = load_stage::<B>(&Reference, &manifest, "layers", None, &device, &mut |_| {}).await?;
    let root = weights.root();
    let given = root.at("given");
    let picture = given.at("picture").tensor([1, 16, 8, 8])?;
    let rows: Tensor<B, 2> = given.at("rows").tensor([4, 64])?;
    let mut examiner = Examiner { expected: root.at("expected"), now, checks: Vec::new() };

    let scope = root.at("convolution").at("conv_in");
    let result = || Ok(conv2d(&scope, 16, 16, ConvKind::Same)?.forward(picture.clone()));
    examiner.examine("convolution", "convolution", [1, 16, 8, 8], result).await?;

    let result = || Ok(B::norm_silu(picture.clone(), &group_norm(&root.at("norm"), 4, 16)?, None));
    examiner.examine("group norm", "norm", [1, 16, 8, 8], result).await?;

    let result = || {
        let attention = Attention::load(&root.at("attention"), 32, 16, 8, 4)?;
        let bias = to_device(vec![0.0, 0.0, 0.0, 0.0, -1e4, -1e4], [1, 6], &device);
        Ok(attention.forward(given.at("map").tensor([1, 32, 4, 4])?, given.at("context").tensor([1, 6, 16])?, bias))
    };
    examiner.examine("attention", "attention", [1, 32, 4, 4], result).await?;

    let stored = [
        ("int8 weights", "int8", root.at("int8")),
        ("int4 weights", "int4", root.at("int4")),
        ("f16 weights", "f16", root.at("f16").at("proj_out")),
    ];
    for (name, key, scope) in stored {
        let result = || Ok(linear(&scope, 64, 48)?.forward(rows.clone()));
        examiner.examine(name, key, [4, 48], result).await?;
    }
    Ok(examiner.checks)
}

struct Examiner<'a, B: Kernels> {
    expected: Scope<'a, B>,
    now: &'a dyn Fn() -> f64,
    checks: Vec<Check>,
}

impl<B: Kernels> Examiner<'_, B> {
    async fn examine<const D: usize>(
        &mut self,
        name: &'static str,
        key: &str,
        shape: [usize; D],
        compute: impl Fn() -> Result<Tensor<B, D>>,
    ) -> Result<()> {
        let started = (self.now)();
        let got = to_host(compute()?).await?;
        let milliseconds = (self.now)() - started;
        let wanted = to_host(self.expected.at(key).tensor(shape)?).await?;
        self.checks.push(Check { name, error: difference(&got, &wanted), tolerance: TOLERANCE, milliseconds });
        Ok(())
    }
}

/// Largest difference, relative to the largest value wanted. A NaN stays one.
fn difference(got: &[f32], wanted: &[f32]) -> f32 {
    let largest = wanted.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let differences = got.iter().zip(wanted).map(|(a, b)| (a - b).abs() / largest);
    differences.fold(0.0, |most, next| if most.is_nan() || next.is_nan() { f32::NAN } else { most.max(next) })
}

/// The files that travel in the program.
struct Reference;

#[async_trait(?Send)]
impl Source for Reference {
    async fn manifest(&self) -> Result<Vec<u8>> {
        Ok(include_bytes!("reference/manifest.json").to_vec())
    }

    async fn fetch(&self, file: &FileEntry, _: &mut dyn FnMut(u64)) -> Result<Vec<u8>> {
        match file.file.as_str() {
            "layers-00001.safetensors" => Ok(include_bytes!("reference/layers-00001.safetensors").to_vec()),
            other => Err(Error::Fetch { file: other.to_owned(), what: "the self-test has no such file".into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Choice, decide};

    #[test]
    fn the_cpu_computes_what_pytorch_computes() {
        let checks = pollster::block_on(self_test(&decide(Choice::Cpu, None).unwrap(), &|| 0.0)).unwrap();
        let names: Vec<&str> = checks.iter().map(|check| check.name).collect();
        assert_eq!(names, ["convolution", "group norm", "attention", "int8 weights", "int4 weights", "f16 weights"]);
        for check in checks {
            assert!(check.ok(), "{check:?}");
        }
    }

    #[test]
    fn a_wrong_result_and_none_at_all_are_seen() {
        let check = |error| Check { name: "", error, tolerance: TOLERANCE, milliseconds: 0.0 };
        assert!(check(difference(&[1.0, -2.0], &[1.001, -2.0])).ok());
        assert!(!check(difference(&[1.0, -2.0], &[1.1, -2.0])).ok());
        assert!(!check(difference(&[f32::NAN, -2.0], &[1.0, -2.0])).ok());
    }
}
