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

/// Planes of `from` x `from` resized to `to` x `to` by a triangle filter that is as wide as the reduction, with half-pixel
/// centres: PyTorch's `interpolate(mode="bilinear", antialias=True)`.
///
/// # Panics
/// If a size is zero or `values` are not whole planes.
#[must_use]
pub fn resize_antialiased(values: &[f32], from: usize, to: usize) -> Vec<f32> {
    assert!(from > 0 && to > 0, "planes of {from} x {from} cannot become {to} x {to}");
    assert!(values.len().is_multiple_of(from * from), "values are not planes of {from} x {from}");
    let scale = from as f64 / to as f64;
    let support = scale.max(1.0);
    // First source place and weights of each result place; the same for rows and columns.
    let taps: Vec<(usize, Vec<f32>)> = (0..to)
        .map(|at| {
            let centre = scale * (at as f64 + 0.5);
            let first = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5) as usize).min(from);
            let weight = |place: usize| (1.0 - ((place as f64 - centre + 0.5) / support).abs()).max(0.0);
            let sum: f64 = (first..end).map(weight).sum();
            (first, (first..end).map(|place| (weight(place) / sum) as f32).collect())
        })
        .collect();
    let mut out = Vec::with_capacity(values.len() / (from * from) * to * to);
    for plane in values.chunks_exact(from * from) {
        let narrow: Vec<f32> = plane
            .chunks_exact(from)
            .flat_map(|row| taps.iter().map(|(first, weights)| dot(&row[*first..], weights)))
            .collect(); // [from, to]
        for (first, weights) in &taps {
            let mut row = vec![0.0; to];
            for (source, weight) in narrow[first * to..].chunks_exact(to).zip(weights) {
                row.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
            }
            out.extend(row);
        }
    }
    out
}

/// Scales a vector to length 1; zeros stay zeros.
#[must_use]
pub fn unit(mut values: Vec<f32>) -> Vec<f32> {
    let norm = dot(&values, &values).sqrt().max(1e-12);
    for value in &mut values {
        *value /= norm;
    }
    values
}

/// The sum of products, over the shorter of the two.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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

    /// `interpolate(torch.arange(16.).view(1, 1, 4, 4), (2, 2), mode="bilinear", antialias=True)`, and of 2 x 2 to 4 x 4.
    #[test]
    fn resizing_is_pytorch_s_bilinear_with_antialias() {
        let ramp: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let small = resize_antialiased(&ramp, 4, 2);
        let want = [3.571_428_7, 5.142_857, 9.857_142, 11.428_572];
        assert!(small.iter().zip(want).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-5), "{small:?}");
        let large = resize_antialiased(&[0.0, 1.0, 2.0, 3.0], 2, 4);
        assert_eq!(large[..8], [0.0, 0.25, 0.75, 1.0, 0.5, 0.75, 1.25, 1.5]);
        assert_eq!(resize_antialiased(&ramp, 4, 4), ramp);
    }
}
