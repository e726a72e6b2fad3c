//! Stored bytes to weights.
//!
//! - int8: symmetric, one `f32` scale for each index of the first dimension; `w = q * scale`.
//! - int4: symmetric, one `f16` scale for each block of 32 values of the flattened tensor; two values a byte, the
//!   low half first, each stored as `q + 8`; `w = q * scale`.

use half::f16;
use std::borrow::Cow;
use std::ops::Range;

use super::manifest::{DType, Quantization, TensorEntry};
use crate::error::{Error, Result};

/// Values that share one int4 scale.
pub const INT4_BLOCK: usize = 32;

/// A tensor as it is stored, out of which any run of its flattened values can be read.
#[derive(Debug, Clone)]
pub struct Stored<'a> {
    quantization: Quantization,
    dtype: DType,
    values: Cow<'a, [u8]>,
    scales: Cow<'a, [u8]>,
    len: usize,
    /// Values that share an int8 scale: those of one index of the first dimension.
    row: usize,
}

impl<'a> Stored<'a> {
    /// Finds a tensor in its shard.
    ///
    /// `entry` must come from a checked manifest, `shard` must be the whole verified file.
    ///
    /// # Errors
    /// [`Error::Shard`] if the file is shorter than the entry says.
    pub fn find(entry: &TensorEntry, shard: &'a [u8]) -> Result<Self> {
        let (value_bytes, scale_bytes) = entry.byte_lengths();
        let values = slice(entry, shard, entry.offset, value_bytes)?;
        let scales = match entry.scale_offset {
            Some(offset) => slice(entry, shard, offset, scale_bytes)?,
            None => &[],
        };
        let len = entry.shape.iter().product::<usize>();
        Ok(Self {
            quantization: entry.quantization,
            dtype: entry.dtype,
            values: values.into(),
            scales: scales.into(),
            len,
            row: (len / entry.shape.first().copied().unwrap_or(1).max(1)).max(1),
        })
    }

    /// How many values there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // no tensor is empty
    pub fn len(&self) -> usize {
        self.len
    }

    /// A copy that outlives the shard.
    #[must_use]
    pub fn into_owned(self) -> Stored<'static> {
        let (values, scales) = (self.values.into_owned().into(), self.scales.into_owned().into());
        Stored { values, scales, ..self }
    }

    /// The weights of a run of the flattened values.
    ///
    /// # Panics
    /// If the run ends beyond the tensor.
    #[must_use]
    pub fn read(&self, run: Range<usize>) -> Vec<f32> {
        assert!(run.end <= self.len, "the run ends beyond the tensor");
        let mut out = Vec::with_capacity(run.len());
        match (self.quantization, self.dtype) {
            (Quantization::Int8, _) => {
                for (index, part) in runs(run, self.row) {
                    let scale = single(&self.scales, index);
                    out.extend(self.values[part].iter().map(|&q| f32::from(q.cast_signed()) * scale));
                }
            }
            (Quantization::Int4, _) => {
                for (index, part) in runs(run, INT4_BLOCK) {
                    let scale = half(&self.scales, index);
                    out.extend(part.map(|at| (f32::from((self.values[at / 2] >> (4 * (at % 2))) & 0xf) - 8.0) * scale));
                }
            }
            (Quantization::None, DType::F16) => out.extend(run.map(|at| half(&self.values, at))),
            (Quantization::None, _) => out.extend(run.map(|at| single(&self.values, at))),
        }
        out
    }

    /// All weights.
    #[must_use]
    pub fn read_all(&self) -> Vec<f32> {
        self.read(0..self.len)
    }
}

/// A run, cut where the scale changes: `(index of the scale, values)`.
fn runs(run: Range<usize>, length: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
    let scales = run.start / length..run.end.div_ceil(length);
    scales.map(move |index| (index, run.start.max(index * length)..run.end.min((index + 1) * length)))
}

fn slice<'a>(entry: &TensorEntry, shard: &'a [u8], offset: u64, length: u64) -> Result<&'a [u8]> {
    let start = usize::try_from(offset).ok();
    let end = usize::try_from(offset + length).ok();
    start
        .zip(end)
        .and_then(|(start, end)| shard.get(start..end))
        .ok_or_else(|| Error::Shard { file: entry.name.clone(), what: "the file ends before this tensor does".into() })
}

fn half(bytes: &[u8], index: usize) -> f32 {
    f16::from_le_bytes(bytes.as_chunks().0[index]).to_f32()
}

fn single(bytes: &[u8], index: usize) -> f32 {
    f32::from_le_bytes(bytes.as_chunks().0[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(quantization: Quantization, shape: &[usize], bytes: &[u8], scale_at: u64) -> Stored<'static> {
        let dtype = if quantization == Quantization::Int8 { DType::I8 } else { DType::U8 };
        let (name, shape, scale_offset) = ("w".into(), shape.to_vec(), Some(scale_at));
        let entry = TensorEntry { name, shape, dtype, quantization, shard: 0, offset: 0, scale_offset, rows: None };
        Stored::find(&entry, bytes).expect("the bytes are all there").into_owned()
    }

    #[test]
    fn int8_scales_each_row_by_its_own() {
        let scales = [0.5f32, 2.0].iter().flat_map(|s| s.to_le_bytes());
        let bytes: Vec<u8> = [1, 0xff, 127, 0x81].into_iter().chain(scales).collect();
        let stored = stored(Quantization::Int8, &[2, 2], &bytes, 4);
        assert_eq!(stored.read_all(), [0.5, -0.5, 254.0, -254.0]);
        assert_eq!(stored.read(1..3), [-0.5, 254.0]);
    }

    #[test]
    fn int4_has_the_low_half_first() {
        let mut bytes = [0x88u8; 36];
        bytes[0] = 0x1f;
        bytes[16] = 0x97;
        bytes[32..34].copy_from_slice(&f16::from_f32(2.0).to_le_bytes());
        bytes[34..].copy_from_slice(&f16::from_f32(0.5).to_le_bytes());
        let stored = stored(Quantization::Int4, &[64], &bytes, 32);
        assert_eq!(stored.read_all()[..3], [14.0, -14.0, 0.0]);
        assert_eq!(stored.read_all().len(), 64);
        assert_eq!(stored.read(31..34), [0.0, -0.5, 0.5]);
    }

    #[test]
    fn a_shard_that_ends_early_is_an_error() {
        let (name, shape) = ("w".into(), vec![4]);
        let (dtype, quantization) = (DType::F32, Quantization::None);
        let entry =
            TensorEntry { name, shape, dtype, quantization, shard: 0, offset: 4, scale_offset: None, rows: None };
        assert!(Stored::find(&entry, &[0; 20]).is_ok());
        assert!(matches!(Stored::find(&entry, &[0; 19]), Err(Error::Shard { .. })));
    }
}
