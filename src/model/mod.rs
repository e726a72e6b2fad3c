//! The networks, field by field as `training/composer_training/networks.py` defines them.
//!
//! Generic over burn's [`Backend`](burn::tensor::backend::Backend), extended by [`Kernels`]. Inputs and outputs are host vectors, so that a
//! caller needs neither tensors nor a device; inside everything stays on the device.

mod attention;
mod cpu_kernels;
mod decomposer;
mod embeddings;
mod image_encoder;
mod kernels;
mod layers;
mod prior;
mod projection;
mod resnet;
mod text_encoder;
mod unet;
mod vocabulary;

pub use attention::Attention;
pub use decomposer::{DecomposedMaps, Decomposer, DecomposerConfig, DecomposerLogits};
pub use embeddings::{TimestepEmbedding, timestep_embedding};
pub use image_encoder::{EncoderStage, ImageEncoder, ImageEncoderConfig};
pub use kernels::Kernels;
pub use layers::{Conv, ConvKind, Linear, conv2d, double, group_norm, layer_norm, linear, same_conv2d};
pub use prior::{EncodedCaption, Prior, PriorConfig, PriorLayer};
pub use projection::{Projection, ProjectionConfig};
pub use resnet::ResnetBlock;
pub use text_encoder::{TextEncoder, TextEncoderConfig, TextEncoding};
pub use unet::{Conditioning, Encoded, Layout, Stem, UNet, UNetConfig};
pub use vocabulary::{Vocabulary, VocabularyConfig};
