//! From the bytes of a picture file, which may come from anywhere, to pixels.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::error::{Error, Result};

/// A picture may have as many pixels as a good camera makes; a hostile header asks for more.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Bounds what a decoder may allocate: [`MAX_PIXELS`] at 16 bits and four channels, and as much again to work with.
const MAX_DECODER_BYTES: u64 = MAX_PIXELS * 16;

/// Straight (not premultiplied) RGBA, 8 bits a channel, row by row.
pub(crate) struct Rgba {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) data: Vec<u8>,
}

/// Decodes a picture, turned upright as its EXIF orientation says.
pub(crate) fn decode_rgba(bytes: &[u8]) -> Result<Rgba> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::image(format!("it could not be decoded ({error}); choose {}", readable_formats()))
    };
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| unreadable(&e))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);

    let mut decoder = reader.into_decoder().map_err(|e| unreadable(&e))?;
    let (width, height) = decoder.dimensions();
    check_dimensions(width, height)?;
    // A damaged EXIF block is no reason to refuse the picture.
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| unreadable(&e))?;
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let picture = picture.into_rgba8();
    Ok(Rgba { width: picture.width(), height: picture.height(), data: picture.into_raw() })
}

/// The media type of a picture file, such as `image/png`, told from its first bytes.
///
/// # Errors
/// [`Error::Image`] where they are those of no picture.
pub fn mime_of(bytes: &[u8]) -> Result<&'static str> {
    let format = image::guess_format(bytes)
        .map_err(|_| Error::image(format!("it is no picture; choose {}", readable_formats())))?;
    Ok(format.to_mime_type())
}

/// Refuses sizes before anything is allocated for them.
pub(super) fn check_dimensions(width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::image(format!("it is {width} x {height} pixels; it needs one or more each way")));
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Error::image(format!(
            "it is {width} x {height} pixels; make it smaller than {} megapixels",
            MAX_PIXELS / 1_000_000
        )));
    }
    Ok(())
}

/// What this build reads, for people: the browser build reads PNG only, since the browser itself decodes the rest.
fn readable_formats() -> String {
    let formats = [
        (ImageFormat::Png, "PNG"),
        (ImageFormat::Jpeg, "JPEG"),
        (ImageFormat::WebP, "WebP"),
        (ImageFormat::Gif, "GIF"),
    ];
    let names: Vec<&str> =
        formats.iter().filter(|(format, _)| format.reading_enabled()).map(|(_, name)| *name).collect();
    format!("an undamaged file of type {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_header_is_refused_before_allocation() {
        // A PNG header of 100,000 x 100,000 pixels, which would be 40 GB, and nothing behind it.
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(100_000_u32.to_be_bytes());
        bytes.extend(100_000_u32.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        let message = decode_rgba(&bytes).err().map(|error| error.to_string());
        assert!(message.is_some(), "it was accepted");

        assert!(
            check_dimensions(100_000, 100_000).is_err_and(|e| e.to_string().contains("smaller than 50 megapixels"))
        );
        assert!(check_dimensions(0, 5).is_err());
        assert!(check_dimensions(10_000, 5_000).is_ok());
    }

    #[test]
    fn what_is_no_picture_says_what_to_choose() {
        for bytes in
            [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\0\x10JFIF", b"GIF89a\xff\xff\xff\xff"]
        {
            let message = decode_rgba(bytes).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(message.contains("PNG"), "{bytes:?}: {message}");
        }
    }
}
