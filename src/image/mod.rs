//! Pictures: bytes of a file in, 8-bit RGB, bytes of a PNG out.

mod decode;
mod picture;
mod png;

pub(crate) use decode::decode_rgba;
pub use decode::{MAX_PIXELS, mime_of};
pub use picture::Picture;
pub use png::{MAX_TEXT_BYTES, read_text};
