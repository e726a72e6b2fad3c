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
            encoder.add_itxt_chunk(keyword.to_owned(), text.to_owned()).map_err(failed)?;
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
    let Some(data) = data.strip_prefix(keyword.as_bytes()).and_then(|data| data.strip_prefix(&[0])) else {
        return Ok(None);
    };
    let Some(([compressed, _method], data)) = data.split_first_chunk::<2>() else {
        return Ok(None);
    };
    let Some(text) = data.splitn(3, |&byte| byte == 0).nth(2) else {
        return Ok(None);
    };

    let too_large = || Error::image(format!("its text `{keyword}` is larger than {} MiB", MAX_TEXT_BYTES >> 20));
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

#[cfg(test)]
mod tests {
    use super::*;

    const KEYWORD: &str = "composer-recipe";

    fn pixel() -> Picture {
        Picture { width: 1, height: 1, rgb: vec![1, 2, 3] }
    }

    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        [&(data.len() as u32).to_be_bytes()[..], &kind, data, &[0; 4]].concat()
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE, &chunks.concat()].concat()
    }

    #[test]
    fn a_text_comes_back_as_it_was() {
        let text = "{\"caption\": \"ein schöner Apfel 🍎\"}";
        let png = pixel().encode_png(Some((KEYWORD, text))).unwrap();
        assert_eq!(read_text(&png, KEYWORD), Ok(Some(text.to_owned())));
        assert_eq!(read_text(&png, "composer"), Ok(None), "a keyword is not found by its beginning");
        assert_eq!(Picture::decode(&png), Ok(pixel()));
    }

    #[test]
    fn a_picture_without_text_has_none() {
        assert_eq!(read_text(&pixel().encode_png(None).unwrap(), KEYWORD), Ok(None));
    }

    #[test]
    fn a_text_that_another_program_compressed_is_read() {
        let data = [KEYWORD.as_bytes(), b"\0\x01\0en\0recipe\0", &fdeflate::compress_to_vec(b"{}")].concat();
        assert_eq!(
            read_text(&file(&[chunk(*b"tEXt", b"Title\0x"), chunk(*b"iTXt", &data)]), KEYWORD),
            Ok(Some("{}".into()))
        );
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = fdeflate::compress_to_vec(&vec![0; MAX_TEXT_BYTES + 1]);
        assert!(bomb.len() < MAX_TEXT_BYTES / 100);
        let data = [KEYWORD.as_bytes(), b"\0\x01\0\0\0", &bomb].concat();
        let error = read_text(&file(&[chunk(*b"iTXt", &data)]), KEYWORD).unwrap_err();
        assert!(error.to_string().contains("larger than 32 MiB"), "{error}");
    }

    #[test]
    fn hostile_chunks_are_passed_over_or_refused_but_never_panic() {
        let ours = |rest: &[u8]| chunk(*b"iTXt", &[KEYWORD.as_bytes(), rest].concat());
        let good = ours(b"\0\0\0\0\0yes");
        let yes = Ok(Some("yes".to_owned()));
        for hostile in [
            chunk(*b"iTXt", b""),
            chunk(*b"iTXt", &[0; 5]),
            ours(b""),
            ours(b"\0"),
            ours(b"\0\0\0"),
            ours(b"\0\0\0en\0x"),
        ] {
            assert_eq!(read_text(&file(&[hostile.clone(), good.clone()]), KEYWORD), yes, "{hostile:?}");
        }
        for damaged in [ours(b"\0\0\0\0\0\xff\xfe"), ours(b"\0\x01\0\0\0not zlib")] {
            assert!(read_text(&file(&[damaged]), KEYWORD).is_err_and(|e| e.to_string().contains("damaged")));
        }
        let mut endless = file(&[]);
        endless.extend(b"\xff\xff\xff\xffiTXt");
        assert_eq!(read_text(&endless, KEYWORD), Ok(None));
        let whole = file(&[good]);
        for end in SIGNATURE.len()..whole.len() - 4 {
            assert_eq!(read_text(&whole[..end], KEYWORD), Ok(None), "cut at {end}");
        }
        assert!(read_text(b"GIF89a", KEYWORD).is_err());
    }

    #[test]
    fn an_impossible_keyword_is_an_error() {
        assert!(pixel().encode_png(Some(("", "x"))).is_err());
        assert!(pixel().encode_png(Some((&"k".repeat(80), "x"))).is_err());
    }
}
