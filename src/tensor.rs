//! Between host vectors and device tensors.

use burn::tensor::{Tensor, TensorData, backend::Backend};

use crate::error::{Error, Result};

/// A host vector as a tensor.
///
/// # Panics
/// If the length is not the product of `shape`: a bug of the caller.
#[must_use]
pub fn to_device<B: Backend, const D: usize>(values: Vec<f32>, shape: [usize; D], device: &B::Device) -> Tensor<B, D> {
    assert_eq!(values.len(), shape.iter().product::<usize>(), "values do not fill the shape {shape:?}");
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A tensor's values in row-major order. Waits for the device without blocking the thread.
///
/// # Errors
/// [`Error::Device`] where the device was lost or refused the work.
pub async fn to_host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Result<Vec<f32>> {
    let data = tensor.into_data_async().await.map_err(|error| Error::Device { what: error.to_string() })?;
    data.into_vec::<f32>().map_err(|error| Error::Device { what: format!("{error:?}") })
}

/// `[channels, size, size]` → `[channels · patch², size/patch, size/patch]`, PyTorch's channel order.
#[must_use]
pub fn pixel_unshuffle(values: &[f32], channels: usize, size: usize, patch: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for channel in 0..channels {
        for offset in 0..patch * patch {
            let (dy, dx) = (offset / patch, offset % patch);
            for y in (dy..size).step_by(patch) {
                let row = (channel * size + y) * size;
                out.extend(values[row..row + size].iter().skip(dx).step_by(patch));
            }
        }
    }
    out
}

/// The inverse of [`pixel_unshuffle`]; `channels` and `size` are those of the result.
#[must_use]
pub fn pixel_shuffle(values: &[f32], channels: usize, size: usize, patch: usize) -> Vec<f32> {
    let small = size / patch;
    let mut out = vec![0.0; values.len()];
    for (plane, run) in values.chunks_exact(small * small).enumerate() {
        let (channel, offset) = (plane / (patch * patch), plane % (patch * patch));
        let (dy, dx) = (offset / patch, offset % patch);
        for (index, &value) in run.iter().enumerate() {
            let (y, x) = (index / small * patch + dy, index % small * patch + dx);
            out[(channel * size + y) * size + x] = value;
        }
    }
    debug_assert_eq!(values.len(), channels * size * size);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffle_undoes_unshuffle() {
        let values: Vec<f32> = (0..2 * 4 * 4).map(|i| i as f32).collect();
        let patches = pixel_unshuffle(&values, 2, 4, 2);
        assert_eq!(patches[..4], [0.0, 2.0, 8.0, 10.0]);
        assert_eq!(pixel_shuffle(&patches, 2, 4, 2), values);
    }
}
