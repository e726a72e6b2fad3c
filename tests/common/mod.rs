//! The tiny model and the golden tensors, compiled in, so that the same tests run natively and in a browser.

use burn::tensor::backend::Backend;
use composer::weights::{Manifest, Weights, load_stage, read_manifest};
use safetensors::{Dtype, SafeTensors};

mod tiny;
pub(crate) use tiny::Tiny;

/// The tiny model's manifest.
pub(crate) async fn manifest() -> Manifest {
    read_manifest(&Tiny).await.expect("the tiny model's manifest is sound").0
}

/// One stage of the tiny model.
pub(crate) async fn weights<B: Backend>(stage: &str, host_prefix: Option<&str>, device: &B::Device) -> Weights<B> {
    let manifest = manifest().await;
    load_stage(&Tiny, &manifest, stage, host_prefix, device, &mut |_| {}).await.expect("the tiny model loads")
}

/// A file of golden tensors; `training/composer_training/golden.py` says what each is.
pub(crate) struct Golden(SafeTensors<'static>);

impl Golden {
    pub(crate) fn new(bytes: &'static [u8]) -> Self {
        Self(SafeTensors::deserialize(bytes).expect("the golden file is whole"))
    }

    /// A tensor's values, whatever their type, as `f32`.
    pub(crate) fn get(&self, name: &str) -> Vec<f32> {
        let tensor = self.0.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let data = tensor.data();
        match tensor.dtype() {
            Dtype::F32 => data.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
            Dtype::F16 => {
                data.as_chunks::<2>().0.iter().map(|&bytes| half::f16::from_le_bytes(bytes).to_f32()).collect()
            }
            Dtype::I32 => data.as_chunks::<4>().0.iter().map(|&bytes| i32::from_le_bytes(bytes) as f32).collect(),
            Dtype::U8 => data.iter().map(|&byte| f32::from(byte)).collect(),
            other => panic!("{name}: no test reads {other:?}"),
        }
    }

    /// A tensor's shape.
    pub(crate) fn shape<const D: usize>(&self, name: &str) -> [usize; D] {
        let tensor = self.0.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        tensor.shape().try_into().unwrap_or_else(|_| panic!("{name} has shape {:?}", tensor.shape()))
    }
}

/// Asserts that no value is off by more than `tolerance`, absolutely and relative to values above 1.
pub(crate) fn assert_close(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    let error = |(a, b): (&f32, &f32)| (a - b).abs() / b.abs().max(1.0);
    let worst = got.iter().zip(want).map(error).fold(0.0, f32::max);
    assert!(worst <= tolerance, "{what}: off by {worst}, tolerance {tolerance}");
    assert!(got.iter().all(|value| value.is_finite()), "{what}: not finite");
}

/// Every third row and column of planar pictures.
pub(crate) fn strided(planar: &[f32], size: usize) -> Vec<f32> {
    let mut out = Vec::new();
    for plane in planar.chunks_exact(size * size) {
        for y in (0..size).step_by(3) {
            out.extend((0..size).step_by(3).map(|x| plane[y * size + x]));
        }
    }
    out
}
