//! An 8-bit RGB picture.

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::decode::{Rgba, check_dimensions, decode_rgba};
use crate::error::{Error, Result};

/// An RGB picture, 8 bits a channel, row by row: `rgb.len() == width * height * 3`.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// `[height, width, 3]`, sRGB.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// A picture from its pixels.
    ///
    /// # Errors
    /// [`Error::Image`] when the size is out of bounds or `rgb` is not `width * height * 3` long.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self> {
        check_length(width, height, 3, rgb.len())?;
        Ok(Self { width, height, rgb })
    }

    /// A picture from straight (not premultiplied) RGBA pixels, put on white: what a canvas gives.
    ///
    /// # Errors
    /// [`Error::Image`] when the size is out of bounds or `rgba` is not `width * height * 4` long.
    pub fn from_rgba(width: u32, height: u32, rgba: &[u8]) -> Result<Self> {
        check_length(width, height, 4, rgba.len())?;
        let over_white = |value: u8, alpha: u8| {
            let (value, alpha) = (u32::from(value), u32::from(alpha));
            ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        let (pixels, _) = rgba.as_chunks::<4>();
        let rgb = pixels.iter().flat_map(|&[r, g, b, a]| [r, g, b].map(|value| over_white(value, a))).collect();
        Ok(Self { width, height, rgb })
    }

    /// Decodes a picture file: PNG always, JPEG, WebP and GIF where the build has them. Transparency is put on white; an EXIF
    /// orientation is applied.
    ///
    /// # Errors
    /// [`Error::Image`] for a damaged file, an unknown format, or more than [`MAX_PIXELS`](super::MAX_PIXELS) (found out
    /// before memory is taken).
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let Rgba { width, height, data } = decode_rgba(bytes)?;
        Self::from_rgba(width, height, &data)
    }

    /// The largest centred square, resized to `size` x `size` with a triangle filter as wide as the reduction.
    ///
    /// # Panics
    /// When `rgb` is not `width * height * 3` long.
    #[must_use]
    pub fn square(&self, size: u32) -> Self {
        let shorter = self.width.min(self.height);
        let (left, top) = ((self.width - shorter) / 2, (self.height - shorter) / 2);
        let row = |y: u32| &self.rgb[(y as usize * self.width as usize + left as usize) * 3..][..shorter as usize * 3];
        let rgb = (top..top + shorter).flat_map(row).copied().collect();
        if shorter == size {
            return Self { width: size, height: size, rgb };
        }
        let cropped = RgbImage::from_raw(shorter, shorter, rgb).expect("the rows make up a square");
        let resized = imageops::resize(&cropped, size, size, FilterType::Triangle);
        Self { width: size, height: size, rgb: resized.into_raw() }
    }

    /// Values in [-1, 1], one colour plane after the other: `[3, height, width]`.
    #[must_use]
    pub fn to_planar(&self) -> Vec<f32> {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        (0..3).flat_map(|channel| pixels.iter().map(move |pixel| f32::from(pixel[channel]) / 127.5 - 1.0)).collect()
    }

    /// The nearest 8-bit picture to `planar`, `[3, height, width]`; values outside [-1, 1] are clamped, NaN is black.
    ///
    /// # Panics
    /// When `planar` is not `3 * width * height` long: the networks' shapes are ours.
    #[must_use]
    pub fn from_planar(planar: &[f32], width: u32, height: u32) -> Self {
        let area = width as usize * height as usize;
        assert_eq!(planar.len(), 3 * area, "planar pixels do not fit {width} x {height}");
        let byte = |value: f32| ((value + 1.0) * 127.5).round() as u8;
        let rgb = (0..area).flat_map(|i| [0, 1, 2].map(|channel| byte(planar[channel * area + i]))).collect();
        Self { width, height, rgb }
    }

    /// Opaque RGBA, `[height, width, 4]`: what a canvas takes.
    #[must_use]
    pub fn to_rgba(&self) -> Vec<u8> {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        pixels.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect()
    }
}

/// Sizes only; the pixels would fill the log.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

fn check_length(width: u32, height: u32, channels: usize, got: usize) -> Result<()> {
    check_dimensions(width, height)?;
    let want = width as usize * height as usize * channels;
    if got != want {
        return Err(Error::image(format!("{width} x {height} pixels are {want} bytes, but {got} were given")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green; blue, white.
    fn four_colors() -> Picture {
        Picture::new(2, 2, vec![255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]).unwrap()
    }

    #[test]
    fn a_picture_survives_png() {
        let picture = four_colors();
        assert_eq!(Picture::decode(&picture.encode_png(None).unwrap()), Ok(picture));
    }

    #[test]
    fn a_picture_survives_planar_values() {
        let picture =
            Picture::new(16, 16, (0..=255).flat_map(|value| [value, 255 - value, value / 2]).collect()).unwrap();
        let planar = picture.to_planar();
        assert!(planar.iter().all(|value| (-1.0..=1.0).contains(value)));
        assert_eq!(Picture::from_planar(&planar, 16, 16), picture);
    }

    #[test]
    fn planes_come_one_after_the_other() {
        assert_eq!(four_colors().to_planar(), [1., -1., -1., 1., -1., 1., -1., 1., -1., -1., 1., 1.]);
    }

    #[test]
    fn values_out_of_range_are_clamped() {
        assert_eq!(Picture::from_planar(&[2.0, -7.0, f32::NAN], 1, 1).rgb, [255, 0, 0]);
    }

    #[test]
    fn transparency_is_put_on_white() {
        let rgba = [255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 51];
        assert_eq!(Picture::from_rgba(3, 1, &rgba).unwrap().rgb, [255, 0, 0, 255, 255, 255, 204, 204, 204]);
    }

    #[test]
    fn square_takes_the_middle() {
        let wide =
            Picture::new(4, 2, [[9; 3], [1; 3], [2; 3], [9; 3], [9; 3], [3; 3], [4; 3], [9; 3]].concat()).unwrap();
        assert_eq!(wide.square(2).rgb, [[1; 3], [2; 3], [3; 3], [4; 3]].concat());
        let tall = Picture { width: 1, height: 3, rgb: vec![0, 0, 0, 50, 60, 70, 0, 0, 0] };
        assert_eq!(tall.square(2).rgb, [50, 60, 70].repeat(4));
    }

    #[test]
    fn pixels_that_do_not_fit_are_an_error() {
        assert!(Picture::new(2, 2, vec![0; 11]).is_err());
        assert!(Picture::from_rgba(0, 2, &[]).is_err());
        assert!(Picture::from_rgba(u32::MAX, u32::MAX, &[]).is_err());
    }

    /// A JPEG of 2 x 1 pixels, red and blue, whose EXIF block says that it lies on its side.
    #[cfg(feature = "cli")]
    #[test]
    fn an_exif_orientation_is_applied() {
        let mut jpeg = Vec::new();
        let pixels = [[200_u8, 0, 0].repeat(8), [0, 0, 200].repeat(8)].concat().repeat(8);
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
            .encode(&pixels, 16, 8, image::ExtendedColorType::Rgb8)
            .unwrap();
        let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        jpeg.splice(2..2, exif.iter().copied());
        let picture = Picture::decode(&jpeg).unwrap();
        assert_eq!((picture.width, picture.height), (8, 16));
        assert!(picture.rgb[0] > 150 && picture.rgb[picture.rgb.len() - 1] > 150, "red on top, blue below");
    }
}
