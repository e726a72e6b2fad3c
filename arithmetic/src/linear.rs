//! Linear layers.

use crate::products::{linear_strip, multiply_rows, strips};

/// A weight, `[inputs, outputs]` row after row, in the order that [`linear`] wants.
#[must_use]
pub fn arrange_linear(weight: &[f32], outputs: usize) -> Vec<f32> {
    strips(weight, outputs, linear_strip(outputs))
}

/// A linear layer.
///
/// # Shapes
/// `input`: `[rows, inputs]`, `weight` from [`arrange_linear`], `bias`: `[outputs]`; returns `[rows, outputs]`
///
/// # Panics
/// If a slice is not of its size.
#[must_use]
pub fn linear(input: &[f32], weight: &[f32], bias: &[f32], inputs: usize) -> Vec<f32> {
    let mut out = multiply_rows([input.len() / inputs, inputs, bias.len()], input, weight);
    for row in out.chunks_exact_mut(bias.len()) {
        for (value, bias) in row.iter_mut().zip(bias) {
            *value += bias;
        }
    }
    out
}
