//! The decomposer: one pass from a picture to its line drawing, its instances and its depth. Composer's mirror,
//! <https://arxiv.org/abs/2302.09778>, section 2.1: there three published networks, here one small one trained on their outputs.

use burn::nn::GroupNorm;
use burn::tensor::Tensor;
use burn::tensor::module::avg_pool2d;
use serde::Deserialize;

use super::kernels::Kernels;
use super::layers::{Conv, ConvKind, RGB, check_levels, conv2d, double, group_norm};
use super::resnet::ResnetBlock;
use crate::error::{Error, Result};
use crate::tensor::{pixel_unshuffle, to_device, to_host};
use crate::weights::Scope;

/// Channels of the fine map that the sketch is drawn from, beside the raw pixels.
const FINE: usize = 8;

/// Shape of the decomposer, as the manifest gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct DecomposerConfig {
    /// Height and width of the picture, in pixels.
    pub sample_size: usize,
    /// Pixels that one position of the instances and the depth covers, along one axis.
    pub patch_size: usize,
    /// Width of each level, the finest first.
    pub block_out_channels: Vec<usize>,
    /// Groups of every group normalisation.
    pub norm_num_groups: usize,
    /// Categories and the boundary.
    pub instance_channels: usize,
}

impl DecomposerConfig {
    /// Height and width of the instances and the depth.
    #[must_use]
    pub fn map_size(&self) -> usize {
        self.sample_size / self.patch_size
    }

    fn validate(&self) -> Result<()> {
        let fail = |what: &str| Err(Error::Manifest { what: format!("configuration of stage `decomposer`: {what}") });
        let levels = self.block_out_channels.len();
        if levels == 0 || levels > 8 {
            return fail("`block_out_channels` must list one to eight levels");
        }
        let levels = &self.block_out_channels;
        check_levels(self.sample_size, self.patch_size, levels, self.norm_num_groups).or_else(fail)?;
        if !(2..=256).contains(&self.instance_channels) {
            return fail("`instance_channels` must be one boundary and 1 to 255 categories");
        }
        Ok(())
    }
}

/// What the decomposer sees in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct DecomposedMaps {
    /// How likely each pixel is a line, `[sample_size, sample_size]` in (0, 1).
    pub sketch: Vec<f32>,
    /// The likeliest category, `[map_size, map_size]`.
    pub category: Vec<u8>,
    /// How likely it lies on the boundary of an instance, `[map_size, map_size]` in (0, 1).
    pub boundary: Vec<f32>,
    /// Nearness, `[map_size, map_size]` in (0, 1).
    pub depth: Vec<f32>,
}

/// The decomposer's outputs before they are brought into their ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct DecomposerLogits {
    /// `[1, sample_size, sample_size]`.
    pub sketch: Vec<f32>,
    /// `[instance_channels, map_size, map_size]`: a score for each category, then the boundary.
    pub instances: Vec<f32>,
    /// `[1, map_size, map_size]`.
    pub depth: Vec<f32>,
}

/// Takes a picture apart into its learned local representations.
#[derive(Debug)]
pub struct Decomposer<B: Kernels> {
    conv_in: Conv<B>,
    down_blocks: Vec<ResnetBlock<B>>,
    mid_block: ResnetBlock<B>,
    up_blocks: Vec<ResnetBlock<B>>,
    norm_out: GroupNorm<B>,
    sketch_out: Conv<B>,
    sketch_pixels: Conv<B>,
    sketch_final: Conv<B>,
    instances_out: Conv<B>,
    depth_out: Conv<B>,
    config: DecomposerConfig,
    device: B::Device,
}

impl<B: Kernels> Decomposer<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where the configuration is inconsistent, or a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, config: DecomposerConfig) -> Result<Self> {
        config.validate()?;
        let (dims, groups) = (&config.block_out_channels, config.norm_num_groups);
        let (finest, coarsest, last) = (dims[0], dims[dims.len() - 1], dims.len() - 1);
        let pixels = config.patch_size * config.patch_size;
        let block = |scope: &Scope<'_, B>, input, output| ResnetBlock::load(scope, input, output, None, groups);
        let down = |level: usize| block(&scope.at("down_blocks").at(level), dims[level.saturating_sub(1)], dims[level]);
        let up = |index: usize| {
            let level = last - 1 - index;
            let scope = scope.at("up_blocks").at(index);
            block(&scope, dims[level + 1] + dims[level], dims[level])
        };
        let head = |name: &str, input, output| conv2d(&scope.at(name), input, output, ConvKind::Same);
        Ok(Self {
            conv_in: head("conv_in", RGB * pixels, finest)?,
            down_blocks: (0..dims.len()).map(down).collect::<Result<_>>()?,
            mid_block: block(&scope.at("mid_block"), coarsest, coarsest)?,
            up_blocks: (0..last).map(up).collect::<Result<_>>()?,
            norm_out: group_norm(&scope.at("norm_out"), groups, finest)?,
            sketch_out: head("sketch_out", finest, FINE * pixels)?,
            sketch_pixels: head("sketch_pixels", FINE + RGB, FINE)?,
            sketch_final: head("sketch_final", FINE, 1)?,
            instances_out: head("instances_out", finest, config.instance_channels)?,
            depth_out: head("depth_out", finest, 1)?,
            device: scope.device().clone(),
            config,
        })
    }

    /// The shape of this network.
    #[must_use]
    pub fn config(&self) -> &DecomposerConfig {
        &self.config
    }

    /// Takes a picture apart.
    ///
    /// # Shapes
    /// - `image`: `[3, sample_size, sample_size]` in [-1, 1]
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    ///
    /// # Panics
    /// If `image` has not the configured size.
    pub async fn decompose(&self, image: &[f32]) -> Result<DecomposedMaps> {
        let logits = self.logits(image).await?;
        let area = self.config.map_size() * self.config.map_size();
        let (scores, boundary) = logits.instances.split_at((self.config.instance_channels - 1) * area);
        let likeliest = |pixel: usize| {
            let mut best = (0, f32::NEG_INFINITY);
            for (category, plane) in scores.chunks_exact(area).enumerate() {
                if plane[pixel] > best.1 {
                    best = (category, plane[pixel]);
                }
            }
            best.0 as u8
        };
        Ok(DecomposedMaps {
            sketch: logits.sketch.into_iter().map(sigmoid).collect(),
            category: (0..area).map(likeliest).collect(),
            boundary: boundary.iter().copied().map(sigmoid).collect(),
            depth: logits.depth.into_iter().map(sigmoid).collect(),
        })
    }

    /// The network's own outputs; `image` as for [`Self::decompose`].
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    ///
    /// # Panics
    /// If `image` has not the configured size.
    pub async fn logits(&self, image: &[f32]) -> Result<DecomposerLogits> {
        let (size, patch) = (self.config.sample_size, self.config.patch_size);
        let map = self.config.map_size();
        let patches = pixel_unshuffle(image, RGB, size, patch);
        let patches = to_device(patches, [1, RGB * patch * patch, map, map], &self.device);
        let image = to_device(image.to_vec(), [1, RGB, size, size], &self.device);
        let [sketch, instances, depth] = self.forward(patches, image);
        Ok(DecomposerLogits {
            sketch: to_host(sketch).await?,
            instances: to_host(instances).await?,
            depth: to_host(depth).await?,
        })
    }

    /// # Shapes
    /// - `patches`: `[1, 3 · patch², side, side]`; `image`: `[1, 3, size, size]`
    /// - returns: sketch `[1, 1, size, size]`, instances `[1, channels, side, side]`, depth `[1, 1, side, side]`
    fn forward(&self, patches: Tensor<B, 4>, image: Tensor<B, 4>) -> [Tensor<B, 4>; 3] {
        let mut hidden = self.conv_in.forward(patches);
        let mut skips = Vec::new();
        for (level, block) in self.down_blocks.iter().enumerate() {
            if level > 0 {
                hidden = avg_pool2d(hidden, [2, 2], [2, 2], [0, 0], true, false);
            }
            hidden = block.forward(hidden, None);
            skips.push(hidden.clone());
        }
        let _coarsest = skips.pop();
        hidden = self.mid_block.forward(hidden, None);
        for block in &self.up_blocks {
            let skip = skips.pop().expect("the way up has one level less than the way down");
            hidden = block.forward(Tensor::cat(vec![double(hidden), skip], 1), None);
        }
        let hidden = B::norm_silu(hidden, &self.norm_out, None);
        // The sketch also looks at the raw pixels: a line of one pixel does not survive the patches.
        let fine = spread_patches(self.sketch_out.forward(hidden.clone()), self.config.patch_size);
        let fine = B::silu(self.sketch_pixels.forward(Tensor::cat(vec![fine, image], 1)));
        [self.sketch_final.forward(fine), self.instances_out.forward(hidden.clone()), self.depth_out.forward(hidden)]
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// `[1, channels · patch², height, width]` → `[1, channels, height · patch, width · patch]`, PyTorch's `pixel_shuffle`.
fn spread_patches<B: Kernels>(patches: Tensor<B, 4>, patch: usize) -> Tensor<B, 4> {
    let [batch, channels, height, width] = patches.dims();
    let channels = channels / (patch * patch);
    patches.reshape([batch, channels, patch, patch, height, width]).permute([0, 1, 4, 2, 5, 3]).reshape([
        batch,
        channels,
        height * patch,
        width * patch,
    ])
}
