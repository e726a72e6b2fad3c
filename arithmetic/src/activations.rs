//! Activations.

use wide::{f32x8, i32x8};

use crate::lanes::map;

/// x / (1 + e^−x) of every value.
pub fn silu(values: &mut [f32]) {
    map(values, silu_of);
}

/// GELU with the error function, of every value.
pub fn gelu_erf(values: &mut [f32]) {
    map(values, |x| 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)));
}

/// GELU with a hyperbolic tangent, of every value: ½ x (1 + tanh y) = x / (1 + e^−2y).
pub fn gelu_tanh(values: &mut [f32]) {
    const SLOPE: f32 = 0.797_884_6; // √(2/π)
    map(values, |x| {
        let y = (x * x * x).mul_add(f32x8::splat(0.044_715), x) * SLOPE;
        x / (1.0 + exp(y * -2.0))
    });
}

/// x / (1 + e^−x). Far below zero e^−x is huge and the quotient as good as 0.
pub(crate) fn silu_of(x: f32x8) -> f32x8 {
    x / (1.0 + exp(-x))
}

/// e^x to 2e-7 of itself, for x cut to ±87: `wide`'s own looks after infinities and the like, which takes twice as long.
///
/// e^x = 2ⁿ e^r, where n is x / ln 2 rounded and e^r the first terms of its series, |r| ≤ ½ ln 2.
fn exp(x: f32x8) -> f32x8 {
    /// Adding 3 · 2²² leaves no bits for a fraction: the sum is rounded, and its last bits are n.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two numbers, the first so short that its product with n is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = x.fast_min(f32x8::splat(87.0)).fast_max(f32x8::splat(-87.0));
    let rounded = x.mul_add(f32x8::splat(std::f32::consts::LOG2_E), f32x8::splat(ROUND));
    let n = rounded - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    let mut sum = f32x8::splat(1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = sum.mul_add(r, f32x8::splat(coefficient));
    }
    // Into the exponent, which begins at bit 23.
    let power: i32x8 = bytemuck::cast::<f32x8, i32x8>(rounded) << 23;
    bytemuck::cast(bytemuck::cast::<f32x8, i32x8>(sum) + power)
}

/// The error function to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
fn erf(x: f32x8) -> f32x8 {
    let t = 1.0 / x.abs().mul_add(f32x8::splat(0.327_591_1), f32x8::splat(1.0));
    let mut sum = f32x8::splat(1.061_405_4);
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        sum = sum.mul_add(t, f32x8::splat(coefficient));
    }
    (1.0 - sum * t * exp(-(x * x))).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_exact_to_the_last_bits() {
        for step in -8700..=8700 {
            let x = step as f32 / 100.0;
            let (got, want) = (exp(f32x8::splat(x)).to_array()[0], f64::from(x).exp());
            assert!((f64::from(got) / want - 1.0).abs() < 2.5e-7, "e^{x} = {want}, not {got}");
        }
    }

    #[test]
    fn silu_of_huge_numbers_is_0_or_they() {
        let far = |x| silu_of(f32x8::splat(x)).to_array()[0];
        assert_eq!((far(1e30), far(f32::MAX)), (1e30, f32::MAX));
        assert!(far(-1e3).abs() < 1e-30);
    }
}
