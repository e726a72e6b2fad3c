//! The image encoder: EfficientNet-Lite0, frozen, batch norms folded into its convolutions.
//! EfficientNet, <https://arxiv.org/abs/1905.11946>; the Lite variants have no squeeze-and-excitation, and ReLU6 for swish.

use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use serde::Deserialize;

use super::kernels::Kernels;
use super::layers::{RGB, same_conv2d};
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::tensor::{resize_antialiased, to_device, to_host};
use crate::weights::Scope;

/// A run of inverted residual blocks of one width; only the first has the stride.
#[derive(Debug, Clone, Deserialize)]
pub struct EncoderStage {
    /// Blocks.
    pub repeats: usize,
    /// Side of the depthwise kernels.
    pub kernel: usize,
    /// Stride of the first block.
    pub stride: usize,
    /// How much wider a block is inside than the block before it is outside.
    pub expansion: usize,
    /// Width outside.
    pub channels: usize,
}

/// Shape of the image encoder, as the manifest gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct ImageEncoderConfig {
    /// Height and width that a picture is resized to.
    pub sample_size: usize,
    /// Width of the first convolution.
    pub stem_channels: usize,
    /// The blocks.
    pub stages: Vec<EncoderStage>,
    /// Width of the features.
    pub feature_dim: usize,
    /// Subtracted from pixels in 0 to 255.
    pub pixel_mean: f32,
    /// What the difference is then divided by.
    pub pixel_spread: f32,
}

impl ImageEncoderConfig {
    fn validate(&self) -> Result<()> {
        let fail =
            |what: &str| Err(Error::Manifest { what: format!("configuration of stage `image_encoder`: {what}") });
        if self.stem_channels == 0 || self.feature_dim == 0 || self.sample_size > 4096 || self.pixel_spread <= 0.0 {
            return fail("a size, width or spread is out of range");
        }
        let sound = |stage: &EncoderStage| {
            (1..=100).contains(&stage.repeats)
                && stage.kernel % 2 == 1
                && stage.kernel <= 31
                && (1..=2).contains(&stage.stride)
                && stage.kernel >= stage.stride
                && (1..=32).contains(&stage.expansion)
                && (1..=1 << 16).contains(&stage.channels)
        };
        if self.stages.is_empty() || self.stages.len() > 100 || !self.stages.iter().all(sound) {
            return fail("a stage is out of range");
        }
        // Where a side is odd, TensorFlow pads otherwise.
        let halvings = 1 + self.stages.iter().filter(|stage| stage.stride == 2).count() as u32;
        if self.sample_size == 0 || halvings > 12 || !self.sample_size.is_multiple_of(1 << halvings) {
            return fail("`sample_size` must be even at every stride of 2");
        }
        Ok(())
    }
}

/// Expand, depthwise, project; MobileNetV2, <https://arxiv.org/abs/1801.04381>, section 3.3.
#[derive(Debug)]
struct InvertedResidual<B: Kernels> {
    expand_conv: Option<Conv2d<B>>,
    depthwise_conv: Conv2d<B>,
    project_conv: Conv2d<B>,
    skip: bool,
}

impl<B: Kernels> InvertedResidual<B> {
    fn load(scope: &Scope<'_, B>, channels: usize, stage: &EncoderStage, stride: usize) -> Result<Self> {
        let wide = channels * stage.expansion;
        let expand = || same_conv2d(&scope.at("expand_conv"), [channels, wide], 1, 1, 1);
        Ok(Self {
            expand_conv: (stage.expansion > 1).then(expand).transpose()?,
            depthwise_conv: same_conv2d(&scope.at("depthwise_conv"), [wide, wide], stage.kernel, stride, wide)?,
            project_conv: same_conv2d(&scope.at("project_conv"), [wide, stage.channels], 1, 1, 1)?,
            skip: stride == 1 && channels == stage.channels,
        })
    }

    fn forward(&self, sample: Tensor<B, 4>) -> Tensor<B, 4> {
        let hidden = match &self.expand_conv {
            Some(expand) => relu6(expand.forward(sample.clone())),
            None => sample.clone(),
        };
        let hidden = self.project_conv.forward(relu6(self.depthwise_conv.forward(hidden)));
        if self.skip { sample + hidden } else { hidden }
    }
}

/// From a picture to its pooled features.
#[derive(Debug)]
pub struct ImageEncoder<B: Kernels> {
    conv_stem: Conv2d<B>,
    blocks: Vec<InvertedResidual<B>>,
    conv_head: Conv2d<B>,
    config: ImageEncoderConfig,
    device: B::Device,
}

impl<B: Kernels> ImageEncoder<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where the configuration is inconsistent, or a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, config: ImageEncoderConfig) -> Result<Self> {
        config.validate()?;
        let mut blocks = Vec::new();
        let mut channels = config.stem_channels;
        for stage in &config.stages {
            for repeat in 0..stage.repeats {
                let stride = if repeat == 0 { stage.stride } else { 1 };
                let scope = scope.at("blocks").at(blocks.len());
                blocks.push(InvertedResidual::load(&scope, channels, stage, stride)?);
                channels = stage.channels;
            }
        }
        Ok(Self {
            conv_stem: same_conv2d(&scope.at("conv_stem"), [RGB, config.stem_channels], 3, 2, 1)?,
            blocks,
            conv_head: same_conv2d(&scope.at("conv_head"), [channels, config.feature_dim], 1, 1, 1)?,
            device: scope.device().clone(),
            config,
        })
    }

    /// The shape of this network.
    #[must_use]
    pub fn config(&self) -> &ImageEncoderConfig {
        &self.config
    }

    /// Features of a square picture, averaged over all places: `[feature_dim]`.
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    ///
    /// # Panics
    /// If the picture is not square.
    pub async fn encode(&self, picture: &Picture) -> Result<Vec<f32>> {
        self.features(self.prepare(picture)).await
    }

    /// As [`Self::encode`], of pixels from [`Self::prepare`].
    pub(crate) async fn features(&self, prepared: Vec<f32>) -> Result<Vec<f32>> {
        let size = self.config.sample_size;
        let mut hidden = to_device(prepared, [1, RGB, size, size], &self.device);
        hidden = relu6(self.conv_stem.forward(hidden));
        for block in &self.blocks {
            hidden = block.forward(hidden);
        }
        let hidden = relu6(self.conv_head.forward(hidden)); // [1, feature_dim, side, side]
        to_host(hidden.flatten::<3>(2, 3).mean_dim(2)).await
    }

    /// Pixels as the network wants them: resized as training resized them, and scaled.
    ///
    /// # Shapes
    /// Returns `[3, sample_size, sample_size]`.
    ///
    /// # Panics
    /// If the picture is not square.
    #[must_use]
    pub fn prepare(&self, picture: &Picture) -> Vec<f32> {
        assert_eq!(picture.width, picture.height, "the image encoder takes square pictures");
        let (pixels, _) = picture.rgb.as_chunks::<RGB>();
        let planar: Vec<f32> =
            (0..RGB).flat_map(|channel| pixels.iter().map(move |pixel| f32::from(pixel[channel]))).collect();
        let mut values = resize_antialiased(&planar, picture.width as usize, self.config.sample_size);
        for value in &mut values {
            *value = (*value - self.config.pixel_mean) / self.config.pixel_spread;
        }
        values
    }
}

fn relu6<B: Kernels>(tensor: Tensor<B, 4>) -> Tensor<B, 4> {
    tensor.clamp(0.0, 6.0)
}
