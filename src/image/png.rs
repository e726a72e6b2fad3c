//! PNG with a text inside: a picture carries the recipe that made it.
//!
//! The text stands in an iTXt chunk (PNG specification, third edition, 11.3.3.4). We write it uncompressed; a foreign tool may
//! have compressed it since, so reading takes both.

use super::Picture;
use crate::error::{Error, Result};

/// Largest text that is read: a recipe with a few pictures in it is some hundred kilobytes.
pub const MAX_TEXT_BYTES: usize = 32 << 20;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Picture {
    /// The picture as a PNG file, with `text` = (keyword, text) in an iTXt chunk where given.
    ///
    /// # Errors
    /// [`Error::Image`] when the keyword is not 1 to 79 Latin-1 characters or the picture has no pixels.
    pub fn encode_png(&self, text: Option<(&str, &str)>) -> Result<Vec<u8>> {
        let failed = |error: png::EncodingError| Error::image(format!("it could not be written as PNG ({error})"));
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        if let Some((keyword, text)) = text {
            encoder
                .add_itxt_chunk(keyword.to_owned(), text.to_owned())
                .map_err(failed)?;
        }
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }
}

/// The text that stands under `keyword` in a PNG file, `None` where there is none.
///
/// Pixels are not decoded, foreign chunks are passed over, and a file that ends early is read as far as it goes.
///
/// # Errors
/// [`Error::Image`] when the file is no PNG, or when the text is damaged or larger than [`MAX_TEXT_BYTES`].
pub fn read_text(bytes: &[u8], keyword: &str) -> Result<Option<String>> {
    let Some(mut rest) = bytes.strip_prefix(SIGNATURE) else {
        return Err(Error::image("it is no PNG file; choose one that this program saved"));
    };
    // A chunk: length, type, data, checksum. The checksum is not looked at: whoever uses the text has to check it anyway.
    while let Some((head, tail)) = rest.split_first_chunk::<8>() {
        let [l0, l1, l2, l3, kind @ ..] = *head;
        let Some((data, tail)) = tail.split_at_checked(u32::from_be_bytes([l0, l1, l2, l3]) as usize) else {
            break;
        };
        if kind == *b"iTXt"
            && let Some(text) = text_of(data, keyword)?
        {
            return Ok(Some(text));
        }
        rest = tail.get(4..).unwrap_or_default();
    }
    Ok(None)
}

/// The text of one iTXt chunk, `None` when it has another keyword or is not well formed.
fn text_of(data: &[u8], keyword: &str) -> Result<Option<String>> {
    // keyword 0 compressed? method language 0 translated-keyword 0 text
    let Some(data) = data
        .strip_prefix(keyword.as_bytes())
        .and_then(|data| data.strip_prefix(&[0]))
    else {
        return Ok(None);
    };
    let Some(([compressed, _method], data)) = data.split_first_chunk::<2>() else {
        return Ok(None);
    };
    let Some(text) = data.splitn(3, |&byte| byte == 0).nth(2) else {
        return Ok(None);
    };

    let too_large = || {
        Error::image(format!(
            "its text `{keyword}` is larger than {} MiB",
            MAX_TEXT_BYTES >> 20
        ))
    };
    let damaged = || Error::image(format!("its text `{keyword}` is damaged; save the picture again"));
    if text.len() > MAX_TEXT_BYTES {
        return Err(too_large());
    }
    let text = if *compressed == 0 {
        text.to_vec()
    } else {
        fdeflate::decompress_to_vec_bounded(text, MAX_TEXT_BYTES).map_err(|error| match error {
            fdeflate::BoundedDecompressionError::OutputTooLarge { .. } => too_large(),
            fdeflate::BoundedDecompressionError::DecompressionError { .. } => damaged(),
        })?
    };
    String::from_utf8(text).map(Some).map_err(|_| damaged())
}
