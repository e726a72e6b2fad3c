//! The networks, field by field as `training/composer_training/networks.py` defines them.
//!
//! Generic over burn's [`Backend`](burn::tensor::backend::Backend), extended by [`Kernels`]. Inputs and outputs are host vectors, so that a
//! caller needs neither tensors nor a device; inside everything stays on the device.

mod attention;
mod cpu_kernels;
mod embeddings;
mod kernels;
mod layers;
mod prior;
mod resnet;
mod text_encoder;
mod unet;

pub use attention::Attention;
pub use embeddings::{TimestepEmbedding, timestep_embedding};
pub use kernels::Kernels;
pub use layers::{Conv, ConvKind, conv2d, group_norm, layer_norm, linear};
pub use prior::{EncodedCaption, Prior, PriorConfig};
pub use resnet::ResnetBlock;
pub use text_encoder::{TextEncoder, TextEncoderConfig, TextEncoding};
pub use unet::{Conditioning, Encoded, Stem, UNet, UNetConfig};
