//! Tests only: a set of numbers so simple that its perfect network and its exact sampler are known.

use std::f64::consts::SQRT_2;

const MEANS: [f64; 2] = [-0.6, 0.4];
const WEIGHTS: [f64; 2] = [0.3, 0.7];

/// Two Gaussians of one width on a line.
pub(super) struct Mixture {
    /// Standard deviation of each.
    pub(super) std: f64,
}

impl Mixture {
    /// Noise to begin from, −2 to 2.
    pub(super) fn noise() -> Vec<f32> {
        (-20_i8..=20).map(|i| f32::from(i) / 10.0).collect()
    }

    /// What a perfect network predicts: the mean of x_0 given each x_t.
    pub(super) fn originals(&self, sample: &[f32], alpha_cumprod: f64) -> Vec<f32> {
        sample.iter().map(|&x| self.original(f64::from(x), alpha_cumprod) as f32).collect()
    }

    fn original(&self, x: f64, alpha_cumprod: f64) -> f64 {
        let alpha = alpha_cumprod.sqrt();
        let variance = self.variance(alpha_cumprod);
        let distance = MEANS.map(|mean| x - alpha * mean);
        let odds = WEIGHTS[1] / WEIGHTS[0]
            * libm::exp((distance[0] * distance[0] - distance[1] * distance[1]) / (2.0 * variance));
        let original = |i: usize| MEANS[i] + alpha * self.std * self.std / variance * distance[i];
        // Odds overflow far out, where one side has all the weight.
        let first = 1.0 / (1.0 + odds);
        first * original(0) + (1.0 - first) * original(1)
    }

    /// Where the exact flow takes each x_T: on a line it keeps the share of samples that lie below.
    pub(super) fn flow(&self, noise: &[f32], alpha_cumprod: f64) -> Vec<f32> {
        let std = self.variance(alpha_cumprod).sqrt();
        let below = |x: f64| {
            (0..2).map(|i| WEIGHTS[i] * normal_below((x - alpha_cumprod.sqrt() * MEANS[i]) / std)).sum::<f64>()
        };
        let flow = |&x: &f32| {
            let (mut low, mut high) = (-10.0, 10.0);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if below(middle) < normal_below(f64::from(x)) { low = middle } else { high = middle }
            }
            low as f32
        };
        noise.iter().map(flow).collect()
    }

    fn variance(&self, alpha_cumprod: f64) -> f64 {
        alpha_cumprod * self.std * self.std + 1.0 - alpha_cumprod
    }
}

/// Root mean square of the differences.
pub(super) fn rms(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
    (squares / a.len() as f64).sqrt()
}

fn normal_below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}
