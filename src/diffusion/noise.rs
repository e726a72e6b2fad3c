//! Noise as a pure function of a seed: the same integers on every machine, in every browser and on every backend.
//!
//! Philox4x32-10, a counter-based generator: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// One block of four random words.
#[must_use]
pub fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    let split = |a: u32, b: u32| {
        let product = u64::from(a) * u64::from(b);
        ((product >> 32) as u32, product as u32)
    };
    for _ in 0..ROUNDS {
        let (high0, low0) = split(MULTIPLIERS[0], counter[0]);
        let (high1, low1) = split(MULTIPLIERS[1], counter[2]);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// `count` independent values of mean 0 and variance 1, by Box and Muller's transform.
///
/// `stream` separates uses of one seed (stages, steps). A shorter request is the beginning of a longer one.
#[must_use]
pub fn gaussian(seed: u64, stream: u32, count: usize) -> Vec<f32> {
    let key = [seed as u32, (seed >> 32) as u32];
    let blocks = count.div_ceil(4) as u64;
    let mut values: Vec<f32> = (0..blocks)
        .flat_map(|block| {
            let words = philox4x32_10([block as u32, (block >> 32) as u32, stream, 0], key);
            let ([a, b], [c, d]) = (box_muller(words[0], words[1]), box_muller(words[2], words[3]));
            [a, b, c, d]
        })
        .collect();
    values.truncate(count);
    values
}

/// Two random words to two gaussian values. `f64` and libm, so that natively and in a browser the bits agree.
fn box_muller(radius: u32, angle: u32) -> [f32; 2] {
    const STEP: f64 = 1.0 / 4_294_967_296.0; // 2⁻³²
    // In (0, 1]: the logarithm of 0 must not occur.
    let radius = (-2.0 * libm::log((f64::from(radius) + 1.0) * STEP)).sqrt();
    let angle = std::f64::consts::TAU * (f64::from(angle) * STEP);
    [(radius * libm::cos(angle)) as f32, (radius * libm::sin(angle)) as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `kat_vectors` of Random123 1.14.
    #[test]
    fn philox_gives_the_known_answers_of_random123() {
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]);
        assert_eq!(philox4x32_10([u32::MAX; 4], [u32::MAX; 2]), [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]);
        assert_eq!(
            philox4x32_10([0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], [0xA409_3822, 0x299F_31D0]),
            [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
        );
    }

    #[test]
    fn gaussian_values_have_mean_0_and_variance_1() {
        let values = gaussian(7, 0, 100_000);
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / values.len() as f64;
        // Four standard errors: 4 / √n and 4 √(2 / n).
        assert!(mean.abs() < 0.0127 && (variance - 1.0).abs() < 0.0179, "{mean} {variance}");
    }

    #[test]
    fn a_shorter_request_is_the_beginning_of_a_longer_one() {
        let long = gaussian(7, 0, 9);
        for count in 0..9 {
            assert_eq!(gaussian(7, 0, count), long[..count]);
        }
    }

    #[test]
    fn seeds_and_streams_differ() {
        assert_ne!(gaussian(7, 0, 4), gaussian(8, 0, 4));
        assert_ne!(gaussian(7, 0, 4), gaussian(7 + (1 << 32), 0, 4));
        assert_ne!(gaussian(7, 0, 4), gaussian(7, 1, 4));
    }

    #[test]
    fn extreme_words_stay_finite() {
        for words in [(0, 0), (u32::MAX, u32::MAX), (0, u32::MAX), (u32::MAX, 0)] {
            assert!(box_muller(words.0, words.1).iter().all(|v| v.is_finite() && v.abs() < 6.7));
        }
    }
}
