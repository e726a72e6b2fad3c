//! The grey image.

use super::{PICTURE_SIZE, Raster};
use crate::image::Picture;

/// ITU-R BT.601 luma of an sRGB pixel, 0 to 255.
pub(super) fn luma([r, g, b]: [u8; 3]) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

/// Luma of the picture's centred square, in [-1, 1].
///
/// # Shapes
/// Returns `[1, 256, 256]`.
#[must_use]
pub fn from_picture(picture: &Picture) -> Raster {
    let square = picture.square(PICTURE_SIZE as u32);
    let (pixels, _) = square.rgb.as_chunks::<3>();
    Raster::new(1, PICTURE_SIZE, pixels.iter().map(|&pixel| luma(pixel) / 127.5 - 1.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_1_black_is_minus_1_and_green_is_lighter_than_blue() {
        let at = |rgb: [u8; 3]| {
            let raster = from_picture(&Picture { width: 2, height: 1, rgb: [rgb, rgb].concat() });
            assert_eq!((raster.channels, raster.size), (1, 256));
            raster.data[0]
        };
        assert!((at([255; 3]) - 1.0).abs() < 1e-6 && (at([0; 3]) + 1.0).abs() < 1e-6);
        assert!((at([0, 255, 0]) - (2.0 * 0.587 - 1.0)).abs() < 1e-6);
        assert!((at([0, 0, 255]) - (2.0 * 0.114 - 1.0)).abs() < 1e-6);
    }
}
