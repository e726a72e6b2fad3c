//! A line drawing, however it was drawn.

use super::intensity::luma;
use super::{PICTURE_SIZE, Raster};
use crate::error::Result;
use crate::image::{Picture, decode_rgba};

/// Differences in luma (0 to 255) below this are paper, not lines.
const FAINTEST: f32 = 24.0;

/// Lines of a drawing, 1 = line: dark on light or light on dark, whichever of the two is the background.
///
/// # Shapes
/// Returns `[1, 256, 256]` in [0, 1]. A blank sheet gives zeros.
#[must_use]
pub fn from_picture(picture: &Picture) -> Raster {
    let square = picture.square(PICTURE_SIZE as u32);
    let (pixels, _) = square.rgb.as_chunks::<3>();
    let lumas: Vec<f32> = pixels.iter().map(|&pixel| luma(pixel)).collect();

    // Lines cover less than half of a drawing, so the median is the background.
    let mut sorted = lumas.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let (darkest, paper, lightest) = (sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    let ink = if paper - darkest >= lightest - paper {
        darkest
    } else {
        lightest
    };
    if (ink - paper).abs() < FAINTEST {
        return Raster::new(1, PICTURE_SIZE, vec![0.0; lumas.len()]);
    }
    Raster::new(
        1,
        PICTURE_SIZE,
        lumas
            .iter()
            .map(|luma| ((luma - paper) / (ink - paper)).clamp(0.0, 1.0))
            .collect(),
    )
}

/// Lines of a drawing in a picture file. Where the file is mostly transparent, what is opaque is line, whatever its colour.
///
/// # Errors
/// [`Error::Image`](crate::error::Error::Image) as for [`Picture::decode`].
pub fn decode(bytes: &[u8]) -> Result<Raster> {
    let rgba = decode_rgba(bytes)?;
    let (pixels, _) = rgba.data.as_chunks::<4>();
    let transparent = pixels.iter().filter(|[.., alpha]| *alpha < 128).count();
    let picture = if transparent * 2 > pixels.len() {
        Picture::new(
            rgba.width,
            rgba.height,
            pixels.iter().flat_map(|&[.., alpha]| [255 - alpha; 3]).collect(),
        )?
    } else {
        Picture::from_rgba(rgba.width, rgba.height, &rgba.data)?
    };
    Ok(from_picture(&picture))
}
