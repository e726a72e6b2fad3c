//! How good a result is: what was asked for against what came out, and sets of pictures against each other. No network stands
//! here: the callers take the results apart again, and bring the features.
//!
//! | condition   | measure                                             |
//! |-------------|-----------------------------------------------------|
//! | sketch      | [`line_score`], [`ssim`]                            |
//! | depth       | [`depth_rmse`]                                      |
//! | instances   | [`mean_iou`], [`things_iou`]                        |
//! | palette     | [`palette_distance`]                                |
//! | intensity   | [`psnr`]                                            |
//! | masking     | [`psnr_outside`]                                    |
//! | semantics   | [`Semantics::cosine`](crate::conditions::Semantics::cosine) |
//!
//! A measure means something beside its control only: the same figure where the condition was not given. [`Paired`] puts the
//! two side by side. Sets of pictures are compared by their features: [`frechet_distance`], [`kernel_distance`],
//! [`diversity`], [`nearest`].

mod depth;
mod features;
mod frechet;
mod instances;
mod kernel;
mod lines;
mod paired;
mod palette;
mod psnr;
mod singular_values;
mod ssim;
mod thinning;
mod transport;

pub use depth::depth_rmse;
pub use features::{Nearest, diversity, nearest};
pub use frechet::frechet_distance;
pub use instances::{mean_iou, things_iou};
pub use kernel::kernel_distance;
pub use lines::{LINE_THRESHOLD, LineScore, line_score};
pub use paired::Paired;
pub use palette::palette_distance;
pub use psnr::{psnr, psnr_outside};
pub use ssim::ssim;
