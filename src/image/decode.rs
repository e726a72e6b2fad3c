//! From the bytes of a picture file, which may come from anywhere, to pixels.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

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

/// Decodes a picture, turned upright as its EXIF orientation says. Of an animation it is the first frame.
pub(crate) fn decode_rgba(bytes: &[u8]) -> Result<Rgba> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|error| unreadable(&ImageError::IoError(error)))?;
    if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_is_whole(bytes) {
        return Err(Error::image("it ends early, so a part of it is missing; copy or download the file again"));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);

    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = decoder.dimensions();
    check_dimensions(width, height)?;
    // A damaged EXIF block is no reason to refuse the picture.
    let orientation = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    if let Ok(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let picture = picture.into_rgba8();
    Ok(Rgba { width: picture.width(), height: picture.height(), data: picture.into_raw() })
}

/// What is wrong with a file, and what to do about it.
fn unreadable(error: &ImageError) -> Error {
    Error::image(match error {
        ImageError::Limits(_) => format!("it is too large; make it smaller than {} megapixels", MAX_PIXELS / 1_000_000),
        ImageError::Unsupported(_) => format!("this program does not read its format; choose {}", readable_formats()),
        _ => format!("the file is damaged ({error}); choose {}", readable_formats()),
    })
}

/// Whether a JPEG goes on to its end marker. The decoder paints grey what is missing, as if it belonged to the picture.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xd9;
    const START_OF_SCAN: u8 = 0xda;
    // Segments before the first scan are passed over: a preview picture in one of them has an end marker of its own.
    let mut rest = bytes.get(2..).unwrap_or(&[]);
    while let [0xff, marker, tail @ ..] = rest {
        match (*marker, tail) {
            (START_OF_SCAN, scan) => return scan.windows(2).any(|pair| pair == [0xff, END_OF_IMAGE]),
            (0xff, _) => rest = &rest[1..],
            (0x01 | 0xd0..=0xd7, _) => rest = tail,
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = tail.get(length..).unwrap_or(&[]);
            }
            _ => return false,
        }
    }
    // What is no sequence of segments is for the decoder to complain about.
    !rest.is_empty()
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

    /// A PNG that says it is so large, with a few bytes of pixels behind its header.
    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c, 0x63, 0, 0]).unwrap();
        drop(writer);
        bytes
    }

    fn message_of(bytes: &[u8]) -> String {
        match decode_rgba(bytes) {
            Ok(_) => panic!("it was accepted: {:?}", &bytes[..bytes.len().min(40)]),
            Err(error) => error.to_string(),
        }
    }

    /// Of 20 x 10 pixels, no two alike.
    #[cfg(feature = "cli")]
    fn encoded(format: ImageFormat) -> Vec<u8> {
        let picture = image::RgbaImage::from_fn(20, 10, |x, y| image::Rgba([x as u8 * 12, y as u8 * 25, 90, 255]));
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::ImageRgba8(picture);
        let picture = if format == ImageFormat::Jpeg { picture.into_rgb8().into() } else { picture };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_hostile_header_is_refused_before_allocation() {
        // 40 GB, 4 EB and just too much.
        for (width, height) in [(100_000, 100_000), (0x7fff_ffff, 0x7fff_ffff), (10_000, 5_001)] {
            let message = message_of(&png_of(width, height));
            assert!(message.contains("smaller than 50 megapixels"), "{width} x {height}: {message}");
        }
        assert!(message_of(&png_of(10, 10)).contains("damaged"), "an honest size with too little behind it");
        assert!(check_dimensions(0, 5).is_err());
        assert!(check_dimensions(10_000, 5_000).is_ok());
    }

    #[test]
    fn what_is_no_picture_says_what_to_choose() {
        for bytes in [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", b"GIF89a\xff\xff\xff\xff", b"BM", b"<svg></svg>"] {
            let message = message_of(bytes);
            assert!(message.contains("choose") && message.contains("PNG"), "{bytes:?}: {message}");
        }
        assert!(message_of(b"\xff\xd8\xff\xe0\0\x10JFIF").contains("ends early"));
    }

    #[test]
    fn one_pixel_is_a_picture() {
        let png = crate::image::Picture::new(1, 1, vec![1, 2, 3]).unwrap().encode_png(None).unwrap();
        let pixel = decode_rgba(&png).unwrap();
        assert_eq!((pixel.width, pixel.height, pixel.data), (1, 1, vec![1, 2, 3, 255]));
    }

    #[test]
    fn a_png_cut_anywhere_is_an_error() {
        let noise: Vec<u8> = (0..64 * 64 * 3_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let whole = crate::image::Picture::new(64, 64, noise).unwrap().encode_png(None).unwrap();
        // The last 12 bytes, the end chunk, hold no pixels.
        for length in (0..whole.len() - 12).step_by(97) {
            message_of(&whole[..length]);
        }
        assert!(decode_rgba(&whole).is_ok());
    }

    #[cfg(feature = "cli")]
    #[test]
    fn every_format_cut_in_its_pixels_is_an_error() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = encoded(format);
            let picture = decode_rgba(&whole).unwrap();
            assert_eq!((picture.width, picture.height), (20, 10), "{format:?}");
            for length in [20, whole.len() / 2, whole.len() * 3 / 4] {
                let message = message_of(&whole[..length]);
                assert!(message.contains("choose") || message.contains("download"), "{format:?} {length}: {message}");
            }
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_preview_inside_a_jpeg_does_not_hide_that_the_jpeg_is_cut() {
        let whole = encoded(ImageFormat::Jpeg);
        let mut with_preview = whole[..2].to_vec();
        with_preview.extend(b"\xff\xe1");
        with_preview.extend((whole.len() as u16 + 2).to_be_bytes());
        with_preview.extend(&whole);
        with_preview.extend(&whole[2..]);
        assert!(jpeg_is_whole(&with_preview));
        assert!(!jpeg_is_whole(&with_preview[..with_preview.len() - 2]));
    }

    #[cfg(feature = "cli")]
    #[test]
    fn an_animation_is_its_first_frame() {
        use image::codecs::gif::GifEncoder;
        let frame = |color: [u8; 4]| image::Frame::new(image::RgbaImage::from_pixel(3, 2, image::Rgba(color)));
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.encode_frames([frame([255, 0, 0, 255]), frame([0, 0, 255, 255])]).unwrap();
        drop(encoder);
        assert_eq!(decode_rgba(&bytes).unwrap().data, [255, 0, 0, 255].repeat(6));
    }

    #[cfg(feature = "cli")]
    #[test]
    fn all_eight_orientations_turn_the_picture_upright() {
        // Where the stored picture's upper left quarter, its only dark one, comes to lie.
        const CORNERS: [(u8, &str); 8] = [
            (1, "top left"),
            (2, "top right"),
            (3, "bottom right"),
            (4, "bottom left"),
            (5, "top left"),
            (6, "top right"),
            (7, "bottom right"),
            (8, "bottom left"),
        ];
        let color = |x, y| image::Rgb(if x < 16 && y < 8 { [0; 3] } else { [255; 3] });
        let stored = image::RgbImage::from_fn(32, 16, color);
        let mut plain = Cursor::new(Vec::new());
        stored.write_to(&mut plain, ImageFormat::Jpeg).unwrap();
        for (tag, corner) in CORNERS {
            let mut jpeg = plain.get_ref().clone();
            let mut exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
            exif.extend([tag, 0, 0, 0, 0, 0, 0, 0]);
            jpeg.splice(2..2, exif);
            let picture = decode_rgba(&jpeg).unwrap();
            let (width, height) = (picture.width as usize, picture.height as usize);
            assert_eq!((width, height), if tag < 5 { (32, 16) } else { (16, 32) }, "tag {tag}");
            let dark = |x: usize, y: usize| picture.data[(y * width + x) * 4] < 128;
            let found = [
                ("top left", dark(1, 1)),
                ("top right", dark(width - 2, 1)),
                ("bottom left", dark(1, height - 2)),
                ("bottom right", dark(width - 2, height - 2)),
            ];
            let found: Vec<&str> = found.into_iter().filter(|(_, dark)| *dark).map(|(name, _)| name).collect();
            assert_eq!(found, [corner], "tag {tag}");
        }
    }
}
