//! DDIM: Song et al. 2020, <https://arxiv.org/abs/2010.02502>.
//!
//! | here         | paper            |
//! |--------------|------------------|
//! | `sample`     | x_t, then x_t′   |
//! | `pred_original_sample` | x̂_0    |
//! | `sigma`      | σ_t, eq. 16      |

/// One step x_t → x_t′ in place, eq. 12, with ε derived from the (clamped) x̂_0.
///
/// `alphas_cumprod` is (ᾱ_t, ᾱ_t′); `noise` is needed where `eta` > 0 and t′ is not the end.
pub(super) fn step(
    sample: &mut [f32],
    pred_original_sample: &[f32],
    noise: Option<&[f32]>,
    eta: f64,
    (now, next): (f64, f64),
) {
    // ᾱ_t = 1 has no noise to remove: nothing to divide by.
    let sigma = if now < 1.0 { eta * ((1.0 - next) / (1.0 - now) * (1.0 - now / next)).max(0.0).sqrt() } else { 0.0 };
    let direction = (1.0 - next - sigma * sigma).max(0.0).sqrt();
    // With ε = (x − √ᾱ x̂_0) / √(1 − ᾱ) put in, eq. 12 is linear in x and x̂_0.
    let of_sample = if now < 1.0 { direction / (1.0 - now).sqrt() } else { 0.0 };
    let of_original = next.sqrt() - of_sample * now.sqrt();
    for (x, &x0) in sample.iter_mut().zip(pred_original_sample) {
        *x = (of_sample * f64::from(*x) + of_original * f64::from(x0)) as f32;
    }
    if sigma > 0.0 {
        let noise = noise.expect("DDIM with eta above 0 needs noise for every step but the last");
        assert_eq!(noise.len(), sample.len(), "the noise is not of the sample's size");
        for (x, &z) in sample.iter_mut().zip(noise) {
            *x = (f64::from(*x) + sigma * f64::from(z)) as f32;
        }
    }
}
