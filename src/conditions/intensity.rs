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

/// The picture's colours on another one's light and dark: each pixel takes over the luma, and as much of its own colour as
/// there is room for beside that.
///
/// # Shapes
/// `intensity`: `[1, side, side]` in [-1, 1], `side` that of the picture.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn put_back(picture: &Picture, intensity: &Raster) -> Picture {
    let (pixels, _) = picture.rgb.as_chunks::<3>();
    assert_eq!(pixels.len(), intensity.data.len(), "the intensity is not of the picture's size");
    let pixel = |(&rgb, &intensity): (&[u8; 3], &f32)| {
        let (own, wanted) = (luma(rgb), ((intensity + 1.0) * 127.5).clamp(0.0, 255.0));
        // Its luma is 0, so any multiple of it leaves the luma alone.
        let color = rgb.map(|value| f32::from(value) - own);
        let room = |color: f32| {
            if color > 0.0 { (255.0 - wanted) / color } else { wanted / -color.min(-f32::MIN_POSITIVE) }
        };
        let share = color.map(room).into_iter().fold(1.0, f32::min);
        color.map(|color| (wanted + share * color).round().clamp(0.0, 255.0) as u8)
    };
    let rgb = pixels.iter().zip(&intensity.data).flat_map(pixel).collect();
    Picture { width: picture.width, height: picture.height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_change_and_light_and_dark_come_back() {
        let colors = [[255, 0, 0], [0, 0, 255], [255, 255, 0], [10, 200, 90], [128, 128, 128]];
        for color in colors {
            let picture = Picture { width: 16, height: 16, rgb: color.repeat(256) };
            let intensity = Raster::new(1, 16, (0..256).map(|value| value as f32 / 127.5 - 1.0).collect());
            let result = put_back(&picture, &intensity);
            for (wanted, &rgb) in result.rgb.as_chunks::<3>().0.iter().enumerate() {
                assert!((luma(rgb) - wanted as f32).abs() <= 0.5, "{color:?} at {wanted}: {rgb:?}");
            }
        }
        // Where there is room, the color is that of the picture.
        let red = Picture { width: 1, height: 1, rgb: vec![160, 60, 60] };
        let same = Raster::new(1, 1, vec![luma([160, 60, 60]) / 127.5 - 1.0]);
        assert_eq!(put_back(&red, &same), red);
    }

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
