//! sRGB, HSV and CIELab. libm for powers and roots, so that a palette has the same bits natively and in a browser.

/// Linear sRGB to CIE XYZ of the 2° observer under D65 (the matrix that scikit-image uses too).
const XYZ: [[f64; 3]; 3] =
    [[0.412_453, 0.357_580, 0.180_423], [0.212_671, 0.715_160, 0.072_169], [0.019_334, 0.119_193, 0.950_227]];

/// XYZ of white.
const WHITE: [f64; 3] = [0.950_47, 1.0, 1.088_83];

/// One sRGB channel, 0 to 1, to linear light (IEC 61966-2-1).
pub(super) fn linear(value: f64) -> f64 {
    if value > 0.040_45 { libm::pow((value + 0.055) / 1.055, 2.4) } else { value / 12.92 }
}

/// Linear light, 0 to 1 a channel, to CIELab: L in 0 to 100.
pub(super) fn lab_of_linear(rgb: [f64; 3]) -> [f64; 3] {
    let compressed = |row: usize| {
        let [r, g, b] = XYZ[row];
        let ratio = (r * rgb[0] + g * rgb[1] + b * rgb[2]) / WHITE[row];
        if ratio > 0.008_856 { libm::cbrt(ratio) } else { 7.787 * ratio + 16.0 / 116.0 }
    };
    let [x, y, z] = [compressed(0), compressed(1), compressed(2)];
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Hue, saturation and value, each 0 to 1, to sRGB, 0 to 1 a channel.
pub(super) fn rgb_of_hsv(hue: f64, saturation: f64, value: f64) -> [f64; 3] {
    [5.0, 3.0, 1.0].map(|offset| {
        let sector = (offset + hue * 6.0) % 6.0;
        value * (1.0 - saturation * sector.min(4.0 - sector).clamp(0.0, 1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of scikit-image's `rgb2lab` and of Lindbloom's calculator, to two places.
    #[test]
    fn lab_of_the_primaries_is_what_the_field_says() {
        for (rgb, want) in [
            ([1.0, 0.0, 0.0], [53.24, 80.09, 67.20]),
            ([0.0, 1.0, 0.0], [87.73, -86.18, 83.18]),
            ([0.0, 0.0, 1.0], [32.30, 79.19, -107.86]),
            ([1.0, 1.0, 1.0], [100.0, 0.0, 0.0]),
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ] {
            let lab = lab_of_linear(rgb.map(linear));
            assert!(lab.iter().zip(want).all(|(a, b)| (a - b).abs() < 0.02), "{rgb:?}: {lab:?}");
        }
    }

    #[test]
    fn hsv_turns_through_the_primaries() {
        for (hsv, want) in [
            ([0.0, 1.0, 1.0], [1.0, 0.0, 0.0]),
            ([0.5, 1.0, 0.5], [0.0, 0.5, 0.5]),
            ([0.75, 1.0, 1.0], [0.5, 0.0, 1.0]),
            ([0.25, 0.0, 0.7], [0.7, 0.7, 0.7]),
        ] {
            let rgb = rgb_of_hsv(hsv[0], hsv[1], hsv[2]);
            assert!(rgb.iter().zip(want).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-12), "{hsv:?}: {rgb:?}");
        }
    }
}
