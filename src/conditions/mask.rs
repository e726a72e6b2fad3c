//! Masking: which part of a picture stays.
//!
//! m = 1 where the model is free, as in VideoComposer, so that "all kept" needs no sign change.

use super::membrane::membrane;
use super::{PICTURE_SIZE, Raster};
use crate::error::{Error, Result};
use crate::image::Picture;

/// A picture and where it may be changed, both cut to a square of 256 x 256 pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Masking {
    /// The original, 256 x 256.
    pub picture: Picture,
    /// `[1, 256, 256]`: 1 where the model is free, 0 where the original stays.
    pub mask: Raster,
}

impl Masking {
    /// `mask` is white where the picture may be changed, of the picture's own size.
    ///
    /// # Errors
    /// [`Error::Image`] when the two differ in size.
    pub fn new(picture: &Picture, mask: &Picture) -> Result<Self> {
        if (picture.width, picture.height) != (mask.width, mask.height) {
            return Err(Error::image(format!(
                "the mask is {} x {} pixels and the picture {} x {}; give both the same size",
                mask.width, mask.height, picture.width, picture.height
            )));
        }
        let square = mask.square(PICTURE_SIZE as u32);
        let (pixels, _) = square.rgb.as_chunks::<3>();
        let free = |&[r, g, b]: &[u8; 3]| {
            let bright = u32::from(r) + u32::from(g) + u32::from(b) >= 3 * 128;
            f32::from(u8::from(bright))
        };
        let mask = Raster::new(1, PICTURE_SIZE, pixels.iter().map(free).collect());
        Ok(Self { picture: picture.square(PICTURE_SIZE as u32), mask })
    }

    /// cat(x (1 − m), 1 − m): the kept pixels in [-1, 1], zero where free, and the kept part as 1.
    ///
    /// # Shapes
    /// Returns `[4, size, size]`. Where a smaller pixel is partly free, it is free as a whole.
    ///
    /// # Panics
    /// When `size` does not divide 256.
    #[must_use]
    pub fn raster(&self, size: usize) -> Raster {
        let factor = PICTURE_SIZE / size;
        let kept: Vec<f32> =
            self.mask.box_mean(factor).data.iter().map(|&free| f32::from(u8::from(free <= 0.0))).collect();
        let picture = Raster::new(3, PICTURE_SIZE, self.picture.to_planar()).box_mean(factor);
        let pixels = picture.data.iter().zip(kept.iter().cycle()).map(|(x, kept)| x * kept);
        let data = pixels.chain(kept.iter().copied()).collect();
        Raster::new(4, size, data)
    }
}

/// `generated`, moved near the mask's border by what it and `original` differ in there, so that no seam shows; where the mask is
/// not free it becomes `original`, which only [`keep`] makes exact.
///
/// # Shapes
/// Both pictures are of one size, a square, and the mask `[1, side, side]`.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn blend(original: &Picture, generated: &Picture, mask: &Raster) -> Picture {
    let of = |picture: &Picture| Raster::new(3, mask.size, picture.to_planar());
    let (kept, new) = (of(original), of(generated));
    let difference = kept.data.iter().zip(&new.data).map(|(kept, new)| kept - new).collect();
    let shift = membrane(&Raster::new(3, mask.size, difference), mask);
    let moved: Vec<f32> = new.data.iter().zip(&shift.data).map(|(new, shift)| new + shift).collect();
    Picture::from_planar(&moved, generated.width, generated.height)
}

/// `generated` where the mask is free, exactly `original` everywhere else.
///
/// # Shapes
/// Both pictures are of one size, the mask `[1, side, side]`.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn keep(original: &Picture, generated: &Picture, mask: &Raster) -> Picture {
    let pixels = original.width as usize * original.height as usize;
    assert_eq!((original.width, original.height), (generated.width, generated.height), "two pictures of unlike size");
    assert_eq!(mask.data.len(), pixels, "the mask is not of the picture's size");
    let pixels = original.rgb.chunks(3).zip(generated.rgb.chunks(3)).zip(&mask.data);
    let rgb = pixels.flat_map(|((kept, new), &free)| if free > 0.0 { new } else { kept }).copied().collect();
    Picture { width: original.width, height: original.height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::BASE_SIZE;

    const SIDE: u32 = PICTURE_SIZE as u32;

    fn grey(value: u8) -> Picture {
        Picture { width: SIDE, height: SIDE, rgb: vec![value; PICTURE_SIZE * PICTURE_SIZE * 3] }
    }

    /// Free is one pixel only, the second of the first row.
    fn masking() -> Masking {
        let mut mask = grey(0);
        mask.rgb[3..6].fill(255);
        Masking::new(&grey(255), &mask).unwrap()
    }

    #[test]
    fn the_free_part_is_zero_and_the_kept_part_is_the_picture() {
        let raster = masking().raster(PICTURE_SIZE);
        let planes: Vec<&[f32]> = raster.data.chunks(PICTURE_SIZE * PICTURE_SIZE).collect();
        assert_eq!(planes.len(), 4);
        for plane in planes {
            assert_eq!(plane[..3], [1.0, 0.0, 1.0]);
            assert!(plane[3..].iter().all(|&value| value >= 1.0));
        }
    }

    #[test]
    fn a_base_pixel_is_free_where_any_of_its_pixels_is() {
        let raster = masking().raster(BASE_SIZE);
        assert_eq!((raster.channels, raster.size), (4, BASE_SIZE));
        assert_eq!(raster.data[3 * BASE_SIZE * BASE_SIZE..][..3], [0.0, 1.0, 1.0]);
    }

    #[test]
    fn outside_the_mask_the_original_is_left_exactly_as_it_was() {
        let Masking { picture, mask } = masking();
        let mut generated = grey(17);
        generated.rgb[3..6].fill(10);
        let result = keep(&picture, &blend(&picture, &generated, &mask), &mask);
        assert_eq!(result.rgb[..9], [255, 255, 255, 248, 248, 248, 255, 255, 255]);
        assert_eq!(result.rgb[9..], picture.rgb[9..]);
    }

    #[test]
    fn inside_the_mask_is_what_was_generated_without_its_seam() {
        let free = |i: usize| (100..150).contains(&(i / PICTURE_SIZE)) && (100..150).contains(&(i % PICTURE_SIZE));
        let mask = (0..PICTURE_SIZE * PICTURE_SIZE).map(|i| f32::from(u8::from(free(i)))).collect();
        let mut generated = grey(120);
        let spot = 3 * (125 * PICTURE_SIZE + 125);
        generated.rgb[spot] = 190;
        let result = blend(&grey(100), &generated, &Raster::new(1, PICTURE_SIZE, mask));
        let corner = 3 * (100 * PICTURE_SIZE + 100);
        assert!(result.rgb[corner].abs_diff(100) <= 1, "no seam");
        assert_eq!(result.rgb[spot] - result.rgb[spot + 1], 70, "no detail is lost");
    }

    #[test]
    fn a_mask_of_another_size_is_an_error() {
        let error = Masking::new(&grey(0), &Picture { width: 1, height: 2, rgb: vec![0; 6] }).unwrap_err();
        assert!(error.to_string().contains("1 x 2"), "{error}");
    }
}
