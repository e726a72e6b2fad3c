//! From pictures and choices to representations: what the networks are conditioned on. No network stands here.

mod color;
mod depth;
mod instances;
pub mod intensity;
mod lines;
mod mask;
mod membrane;
mod palette;
mod raster;
mod semantics;
mod set;
pub mod sketch;
mod swatches;

pub use depth::Depth;
pub use instances::{BACKGROUND, CATEGORIES, Instances, mask_from_instances};
pub use lines::crests;
pub use mask::{Masking, blend, keep};
pub(crate) use palette::codebook_lab;
pub use palette::{PALETTE_SIZE, Palette};
pub use raster::Raster;
pub use semantics::Semantics;
pub use set::{ConditionSet, Weighted};

/// Side of a picture, in pixels: what conditions are taken from, and what the upsampler works at.
pub const PICTURE_SIZE: usize = 256;

/// Side that the base network works at, in pixels.
pub const BASE_SIZE: usize = 64;
