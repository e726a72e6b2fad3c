//! Stored bytes to weights.
//!
//! - int8: symmetric, one `f32` scale for each index of the first dimension; `w = q * scale`.
//! - int4: symmetric, one `f16` scale for each block of 32 values of the flattened tensor; two values a byte, the
//!   low half first, each stored as `q + 8`; `w = q * scale`.

use half::f16;

use super::manifest::{DType, Quantization, TensorEntry};
use crate::error::{Error, Result};

/// Values that share one int4 scale.
pub const INT4_BLOCK: usize = 32;

/// The weights of one tensor out of its shard.
///
/// `entry` must come from a checked manifest, `shard` must be the whole verified file.
///
/// # Errors
/// [`Error::Shard`] if the file is shorter than the entry says.
pub fn dequantize(entry: &TensorEntry, shard: &[u8]) -> Result<Vec<f32>> {
    let (value_bytes, scale_bytes) = entry.byte_lengths();
    let values = slice(entry, shard, entry.offset, value_bytes)?;
    let scales = match entry.scale_offset {
        Some(offset) => slice(entry, shard, offset, scale_bytes)?,
        None => &[],
    };
    Ok(match (entry.quantization, entry.dtype) {
        (Quantization::Int8, _) => int8(values, scales, entry.shape.first().copied().unwrap_or(1)),
        (Quantization::Int4, _) => int4(values, scales),
        (Quantization::None, DType::F16) => halves(values).collect(),
        (Quantization::None, _) => singles(values).collect(),
    })
}

fn slice<'a>(entry: &TensorEntry, shard: &'a [u8], offset: u64, length: u64) -> Result<&'a [u8]> {
    let start = usize::try_from(offset).ok();
    let end = usize::try_from(offset + length).ok();
    start
        .zip(end)
        .and_then(|(start, end)| shard.get(start..end))
        .ok_or_else(|| Error::Shard { file: entry.name.clone(), what: "the file ends before this tensor does".into() })
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<2>().0.iter().map(|&pair| f16::from_le_bytes(pair).to_f32())
}

fn singles(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four))
}

/// `values` hold `rows` equal runs, each with its own scale.
fn int8(values: &[u8], scales: &[u8], rows: usize) -> Vec<f32> {
    let row = (values.len() / rows.max(1)).max(1);
    let mut out = Vec::with_capacity(values.len());
    for (run, scale) in values.chunks_exact(row).zip(singles(scales)) {
        out.extend(run.iter().map(|&q| f32::from(q.cast_signed()) * scale));
    }
    out
}

fn int4(values: &[u8], scales: &[u8]) -> Vec<f32> {
    let mut out = Vec::with_capacity(2 * values.len());
    for (block, scale) in values.chunks_exact(INT4_BLOCK / 2).zip(halves(scales)) {
        for &pair in block {
            out.push((f32::from(pair & 0xf) - 8.0) * scale);
            out.push((f32::from(pair >> 4) - 8.0) * scale);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_scales_each_row_by_its_own() {
        let scales: Vec<u8> = [0.5f32, 2.0].iter().flat_map(|s| s.to_le_bytes()).collect();
        assert_eq!(int8(&[1, 0xff, 127, 0x81], &scales, 2), [0.5, -0.5, 254.0, -254.0]);
    }

    #[test]
    fn int4_has_the_low_half_first() {
        let mut values = [0x88u8; 16];
        values[0] = 0x1f;
        let out = int4(&values, &f16::from_f32(2.0).to_le_bytes());
        assert_eq!(out[..3], [14.0, -14.0, 0.0]);
        assert_eq!(out.len(), 32);
    }
}
