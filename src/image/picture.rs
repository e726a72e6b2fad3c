//! An 8-bit RGB picture.

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgb, RgbImage};

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

    /// The whole picture, as large as it fits into `size` x `size`. What stays free on either side of it takes the mean colour
    /// of the edge there, so that a drawing's background simply goes on and no object is cut.
    ///
    /// # Panics
    /// When `size` is zero or `rgb` is not `width * height * 3` long.
    #[must_use]
    pub fn fitted(&self, size: u32) -> Self {
        if (self.width, self.height) == (size, size) {
            return self.clone();
        }
        let longer = self.width.max(self.height);
        // A large picture is first averaged to between two and four times its final size: the filter reads 50 megapixels slowly.
        let factor = longer / (2 * size);
        if factor > 1 && self.width >= factor && self.height >= factor {
            return self.reduced(factor as usize).fitted(size);
        }
        let scaled = |side: u32| {
            let exact = f64::from(side) * f64::from(size) / f64::from(longer);
            (exact.round() as u32).clamp(1, size)
        };
        let (width, height) = (scaled(self.width), scaled(self.height));
        let view = ImageBuffer::<Rgb<u8>, &[u8]>::from_raw(self.width, self.height, &self.rgb);
        let view = view.expect("the pixels make up the picture");
        let resized = imageops::resize(&view, width, height, FilterType::Triangle).into_raw();
        let inner = Self { width, height, rgb: resized };
        if width == height {
            return inner;
        }
        inner.extended(size)
    }

    /// Of `size` x `size`, with this picture (which is as wide or as high as that) in the middle.
    fn extended(&self, size: u32) -> Self {
        let (size, width, height) = (size as usize, self.width as usize, self.height as usize);
        let (left, top) = ((size - width) / 2, (size - height) / 2);
        let (pixels, _) = self.rgb.as_chunks::<3>();
        let row = |y: usize| mean_color(pixels[y * width..][..width].iter());
        let column = |x: usize| mean_color(pixels[x..].iter().step_by(width));
        let (before, after) = if width < size { (column(0), column(width - 1)) } else { (row(0), row(height - 1)) };
        let color = |at: usize| {
            let (y, x) = (at / size, at % size);
            if x < left || y < top {
                before
            } else if x >= left + width || y >= top + height {
                after
            } else {
                pixels[(y - top) * width + x - left]
            }
        };
        let rgb = (0..size * size).flat_map(color).collect();
        Self { width: size as u32, height: size as u32, rgb }
    }

    /// Smaller: each pixel is the mean of a box of `factor` x `factor`, rounded half up, as training makes small pictures. Rows
    /// and columns that fill no whole box are left out, as many on either side as can be.
    ///
    /// # Panics
    /// When `factor` is zero or larger than a side, or `rgb` is not `width * height * 3` long.
    #[must_use]
    pub fn reduced(&self, factor: usize) -> Self {
        let (wide, high) = (self.width as usize, self.height as usize);
        assert!(factor > 0 && factor <= wide.min(high), "boxes of {factor} do not fit into {wide} x {high}");
        let (width, height) = (wide / factor, high / factor);
        let (left, top) = (wide % factor / 2, high % factor / 2);
        let area = (factor * factor) as u64;
        let mut rgb = Vec::with_capacity(width * height * 3);
        let mut sums = vec![[0_u64; 3]; width];
        for y in 0..height {
            sums.fill([0; 3]);
            for row in 0..factor {
                let start = ((top + y * factor + row) * wide + left) * 3;
                let line = &self.rgb[start..start + width * factor * 3];
                for (sum, pixels) in sums.iter_mut().zip(line.chunks_exact(factor * 3)) {
                    for pixel in pixels.as_chunks::<3>().0 {
                        sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u64::from(value));
                    }
                }
            }
            rgb.extend(sums.iter().flatten().map(|sum| ((sum + area / 2) / area) as u8));
        }
        Self { width: width as u32, height: height as u32, rgb }
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

/// The mean of some pixels, of which there is at least one.
fn mean_color<'a>(pixels: impl Iterator<Item = &'a [u8; 3]>) -> [u8; 3] {
    let (mut sum, mut count) = ([0_u32; 3], 0);
    for pixel in pixels {
        sum.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
        count += 1;
    }
    sum.map(|sum| ((sum + count / 2) / count.max(1)) as u8)
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
    fn fitting_keeps_the_whole_and_goes_on_with_the_edges_colors() {
        // Red above, blue below, twice as wide as high.
        let rgb = [[200, 0, 0].repeat(8), [0, 0, 200].repeat(8)].concat();
        let wide = Picture::new(8, 2, rgb).unwrap().fitted(8);
        assert_eq!((wide.width, wide.height), (8, 8));
        let (pixels, _) = wide.rgb.as_chunks::<3>();
        for x in 0..8 {
            let column: Vec<[u8; 3]> = (0..8).map(|y| pixels[y * 8 + x]).collect();
            assert_eq!(column, [[[200, 0, 0]; 4], [[0, 0, 200]; 4]].concat());
        }
        let tall = Picture::new(1, 3, vec![10, 10, 10, 20, 20, 20, 30, 30, 30]).unwrap().fitted(3);
        let reds: Vec<u8> = tall.rgb.iter().step_by(3).copied().collect();
        assert_eq!(reds, [20, 10, 20, 20, 20, 20, 20, 30, 20], "beside a column stands its mean");
        assert_eq!(Picture::new(1, 1, vec![7, 8, 9]).unwrap().fitted(2).rgb, [7, 8, 9].repeat(4));
        let thin = Picture::new(1, 5000, vec![9; 15000]).unwrap().fitted(16);
        assert!(thin.rgb.iter().all(|&value| value == 9) && thin.rgb.len() == 16 * 16 * 3);
    }

    #[test]
    fn a_large_picture_fits_as_well_as_a_small_one() {
        let picture =
            Picture { width: 1600, height: 1200, rgb: (0..1600 * 1200 * 3).map(|i| (i / 7919) as u8).collect() };
        let fitted = picture.fitted(64);
        let direct = Picture { width: 64, height: 48, rgb: fitted.rgb[8 * 64 * 3..56 * 64 * 3].to_vec() };
        let want = RgbImage::from_raw(1600, 1200, picture.rgb).unwrap();
        let want = imageops::resize(&want, 64, 48, FilterType::Triangle).into_raw();
        let off: u32 = direct.rgb.iter().zip(&want).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(off < 2 * want.len() as u32, "mean difference {}", off as f32 / want.len() as f32);
    }

    #[test]
    fn reducing_averages_boxes_rounded_half_up_and_drops_the_rest() {
        let grey = |values: &[u8]| values.iter().flat_map(|&value| [value; 3]).collect::<Vec<u8>>();
        let picture = Picture::new(4, 2, grey(&[0, 1, 9, 9, 1, 0, 9, 9])).unwrap();
        assert_eq!(picture.reduced(2).rgb, grey(&[1, 9]), "a mean of 0.5 is 1");
        assert_eq!(picture.reduced(1), picture);
        let picture = Picture::new(5, 1, grey(&[1, 2, 3, 4, 5])).unwrap();
        assert_eq!((picture.reduced(1).width, picture.reduced(1).height), (5, 1));
        let picture = Picture::new(4, 4, grey(&[9, 9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9, 9, 9, 9])).unwrap();
        assert_eq!(picture.reduced(3).rgb.len(), 3);
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
