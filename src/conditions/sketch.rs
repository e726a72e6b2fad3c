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
    let ink = if paper - darkest >= lightest - paper { darkest } else { lightest };
    if (ink - paper).abs() < FAINTEST {
        return Raster::new(1, PICTURE_SIZE, vec![0.0; lumas.len()]);
    }
    Raster::new(1, PICTURE_SIZE, lumas.iter().map(|luma| ((luma - paper) / (ink - paper)).clamp(0.0, 1.0)).collect())
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
        Picture::new(rgba.width, rgba.height, pixels.iter().flat_map(|&[.., alpha]| [255 - alpha; 3]).collect())?
    } else {
        Picture::from_rgba(rgba.width, rgba.height, &rgba.data)?
    };
    Ok(from_picture(&picture))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = PICTURE_SIZE;

    /// A 256 x 256 drawing with one vertical line, pixels 100 to 102.
    fn drawing(paper: u8, ink: u8) -> Picture {
        let row: Vec<u8> = (0..SIDE).flat_map(|x| [if (100..103).contains(&x) { ink } else { paper }; 3]).collect();
        Picture::new(SIDE as u32, SIDE as u32, row.repeat(SIDE)).unwrap()
    }

    fn line() -> Vec<f32> {
        (0..SIDE * SIDE).map(|i| if (100..103).contains(&(i % SIDE)) { 1.0 } else { 0.0 }).collect()
    }

    #[test]
    fn dark_on_light_and_light_on_dark_are_the_same_lines() {
        for (paper, ink) in [(255, 0), (0, 255), (230, 90), (40, 160)] {
            assert_eq!(from_picture(&drawing(paper, ink)).data, line(), "paper {paper}, ink {ink}");
        }
    }

    #[test]
    fn a_blank_sheet_has_no_lines() {
        for (paper, ink) in [(255, 255), (0, 0), (250, 240)] {
            assert!(
                from_picture(&drawing(paper, ink)).data.iter().all(|&value| value <= 0.0),
                "paper {paper}, ink {ink}"
            );
        }
    }

    #[test]
    fn what_is_opaque_on_nothing_is_line_whatever_its_color() {
        for color in [0, 255] {
            let pixels = line().iter().flat_map(|&ink| [color, color, color, (ink * 255.0) as u8]).collect();
            let drawing = image::RgbaImage::from_raw(SIDE as u32, SIDE as u32, pixels).unwrap();
            let mut png = std::io::Cursor::new(Vec::new());
            drawing.write_to(&mut png, image::ImageFormat::Png).unwrap();
            assert_eq!(decode(png.get_ref()).unwrap().data, line(), "color {color}");
        }
    }

    #[test]
    fn an_opaque_file_is_read_as_a_drawing_on_paper() {
        assert_eq!(decode(&drawing(255, 0).encode_png(None).unwrap()).unwrap().data, line());
    }
}
