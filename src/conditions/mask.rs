//! Masking: which part of a picture stays.
//!
//! m = 1 where the model is free, as in VideoComposer, so that "all kept" needs no sign change.

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
        Ok(Self {
            picture: picture.square(PICTURE_SIZE as u32),
            mask,
        })
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
        let kept: Vec<f32> = self
            .mask
            .box_mean(factor)
            .data
            .iter()
            .map(|&free| f32::from(u8::from(free <= 0.0)))
            .collect();
        let picture = Raster::new(3, PICTURE_SIZE, self.picture.to_planar()).box_mean(factor);
        let pixels = picture.data.iter().zip(kept.iter().cycle()).map(|(x, kept)| x * kept);
        let data = pixels.chain(kept.iter().copied()).collect();
        Raster::new(4, size, data)
    }
}

/// `generated` where the mask is free, exactly `original` everywhere else.
///
/// # Shapes
/// Both pictures are of one size, the mask `[1, side, side]`.
///
/// # Panics
/// When the sizes differ.
#[must_use]
pub fn composite(original: &Picture, generated: &Picture, mask: &Raster) -> Picture {
    let pixels = original.width as usize * original.height as usize;
    assert_eq!(
        (original.width, original.height),
        (generated.width, generated.height),
        "two pictures of unlike size"
    );
    assert_eq!(mask.data.len(), pixels, "the mask is not of the picture's size");
    let (kept, _) = original.rgb.as_chunks::<3>();
    let (new, _) = generated.rgb.as_chunks::<3>();
    let choose = |((kept, new), &free): ((&[u8; 3], &[u8; 3]), &f32)| if free > 0.0 { *new } else { *kept };
    let rgb = kept.iter().zip(new).zip(&mask.data).flat_map(choose).collect();
    Picture {
        width: original.width,
        height: original.height,
        rgb,
    }
}
