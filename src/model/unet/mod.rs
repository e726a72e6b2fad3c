//! The denoiser of base and upsampler: a U-Net of the GLIDE family; GLIDE, <https://arxiv.org/abs/2112.10741>,
//! with Composer's conditioning, <https://arxiv.org/abs/2302.09778>, section 2.2.

use burn::nn::GroupNorm;
use burn::tensor::Tensor;
use serde::Deserialize;

mod blocks;
mod surroundings;

use blocks::{Block, BlockShape};
pub use blocks::{Layout, Stem};
use surroundings::surroundings;

use super::embeddings::{TimestepEmbedding, timestep_embedding};
use super::kernels::Kernels;
use super::layers::{Conv, ConvKind, Linear, RGB, check_levels, conv2d, double, group_norm, linear};
use crate::error::{Error, Result};
use crate::tensor::{pixel_shuffle, pixel_unshuffle, to_device, to_host};
use crate::weights::Scope;

/// Names of the local conditions, in the order of every array that lists them.
const LOCAL_CONDITIONS: [&str; 5] = ["sketch", "instances", "depth", "intensity", "masking"];
/// The masking's own stem counts for so much less where the layout shows already what is kept: it draws the hole's outline.
const SHOWN: f32 = 0.75;
/// Added to the attention score of a token that must not count.
const MASKED: f32 = -1e4;

/// Shape of a U-Net, as the manifest gives it.
#[derive(Debug, Clone, Deserialize)]
pub struct UNetConfig {
    /// Height and width of the sample, in pixels.
    pub sample_size: usize,
    /// Pixels that one position of the finest level covers, along one axis.
    pub patch_size: usize,
    /// Channels of an image given beside the noisy sample.
    pub image_channels: usize,
    /// Width of each level, the finest first.
    pub block_out_channels: Vec<usize>,
    /// Residual blocks a level, on the way down and again on the way up.
    pub layers_per_block: usize,
    /// Which levels have attention.
    pub attention: Vec<bool>,
    /// Residual blocks in the middle, each with attention.
    pub mid_layers: usize,
    /// Width of an attention head.
    pub attention_head_dim: usize,
    /// Groups of every group normalisation.
    pub norm_num_groups: usize,
    /// Width of the sinusoidal embedding.
    pub time_channels: usize,
    /// Width of the timestep embedding, to which the global conditions are added.
    pub time_embed_dim: usize,
    /// Width of a context token.
    pub context_dim: usize,
    /// Common width of the local conditions' stems.
    pub stem_channels: usize,
    /// Width of a caption token and of the sentence embedding.
    pub token_dim: usize,
    /// Width of the semantics.
    pub semantics_dim: usize,
    /// Colours of the palette.
    pub palette_dim: usize,
    /// Context tokens made of the semantics, and as many of the palette.
    pub context_tokens: usize,
    /// Categories and the boundary.
    pub instance_channels: usize,
    /// Inner width of the layout, the network's own picture, a pixel a patch, of what the global conditions say; 0 where a model has none.
    #[serde(default)]
    pub layout_dim: usize,
}

impl UNetConfig {
    /// Channels of each local condition.
    #[must_use]
    pub fn local_channels(&self) -> [usize; 5] {
        [1, self.instance_channels, 1, 1, 4]
    }

    /// Patches along one axis: positions of the finest level.
    fn side(&self) -> usize {
        self.sample_size / self.patch_size
    }

    fn validate(&self) -> Result<()> {
        let fail = |what: &str| Err(Error::Manifest { what: format!("configuration of a U-Net: {what}") });
        let levels = self.block_out_channels.len();
        if levels == 0 || levels > 8 || self.attention.len() != levels {
            return fail("`block_out_channels` and `attention` must list the same one to eight levels");
        }
        let levels = &self.block_out_channels;
        check_levels(self.sample_size, self.patch_size, levels, self.norm_num_groups).or_else(fail)?;
        let head = self.attention_head_dim;
        let attended =
            self.block_out_channels.iter().zip(&self.attention).filter(|(_, on)| **on).map(|(width, _)| width);
        if head == 0 || attended.chain(self.block_out_channels.last()).any(|width| !width.is_multiple_of(head)) {
            return fail("every width with attention must be divisible by `attention_head_dim`");
        }
        if self.time_channels < 2 || self.stem_channels == 0 || self.context_tokens == 0 || self.layers_per_block == 0 {
            return fail("a width or count is zero");
        }
        Ok(())
    }
}

/// The conditions of one sample, in host memory. An absent one has weight 0; its values are then not looked at.
#[derive(Debug, Clone, Copy)]
pub struct Conditioning<'a> {
    /// Caption tokens, `[words, token_dim]`.
    pub tokens: &'a [f32],
    /// Sentence embedding, `[token_dim]`.
    pub sentence: &'a [f32],
    /// Semantics, `[semantics_dim]`.
    pub semantics: &'a [f32],
    /// Palette, `[palette_dim]`.
    pub palette: &'a [f32],
    /// Weights of caption, semantics and palette; 1 is as trained.
    pub global_weight: [f32; 3],
    /// Local conditions, each `[channels, sample_size, sample_size]`, in the order sketch, instances, depth, intensity, masking.
    pub local: [&'a [f32]; 5],
    /// Their weights.
    pub local_weight: [f32; 5],
}

impl Conditioning<'_> {
    /// No condition at all.
    pub const NONE: Self = Self {
        tokens: &[],
        sentence: &[],
        semantics: &[],
        palette: &[],
        global_weight: [0.0; 3],
        local: [&[]; 5],
        local_weight: [0.0; 5],
    };

    /// How much the layout counts: as much as the globals that it is made of or the masking that it stands behind, and the less the
    /// more another local condition weighs. So it is absent from both sides of guidance where locals are guided by, and guidance does
    /// not push away from the average picture.
    fn layout_weight(&self) -> f32 {
        let most = |weights: &[f32]| weights.iter().fold(0.0_f32, |most, weight| most.max(*weight)).min(1.0);
        let [others @ .., _] = &self.local_weight;
        most(&self.global_weight).max(self.masking_weight()) * (1.0 - most(others))
    }

    fn masking_weight(&self) -> f32 {
        let [.., masking] = self.local_weight;
        masking.clamp(0.0, 1.0)
    }
}

/// Conditions on the device, computed once for all steps that share them.
#[derive(Debug)]
pub struct Encoded<B: Kernels> {
    /// Sum of the projected global conditions, `[batch, time_embed_dim]`.
    embedding: Tensor<B, 2>,
    /// `[batch, tokens, context_dim]`.
    context: Tensor<B, 3>,
    /// `[batch, tokens]`.
    context_bias: Tensor<B, 2>,
    /// Sum of the stems, the layout's among them, `[batch, stem_channels, size/patch, size/patch]`.
    local: Tensor<B, 4>,
}

/// Predicts v or x0, as the model was trained, from a noisy sample and its conditions.
#[derive(Debug)]
pub struct UNet<B: Kernels> {
    time_embedding: TimestepEmbedding<B>,
    caption_embedding: TimestepEmbedding<B>,
    semantics_embedding: TimestepEmbedding<B>,
    palette_embedding: TimestepEmbedding<B>,
    null_caption: Tensor<B, 1>,
    null_semantics: Tensor<B, 1>,
    null_palette: Tensor<B, 1>,
    caption_tokens: Linear<B>,
    semantics_tokens: Linear<B>,
    palette_tokens: Linear<B>,
    stems: Vec<Stem<B>>,
    conv_in: Conv<B>,
    down_blocks: Vec<Block<B>>,
    layout: Option<Layout<B>>,
    mid_block: Block<B>,
    up_blocks: Vec<Block<B>>,
    conv_norm_out: GroupNorm<B>,
    conv_out: Conv<B>,
    config: UNetConfig,
    device: B::Device,
}

impl<B: Kernels> UNet<B> {
    /// Takes its tensors from `scope`.
    ///
    /// # Errors
    /// Where the configuration is inconsistent, or a tensor is missing or has another shape.
    pub fn load(scope: &Scope<'_, B>, config: UNetConfig) -> Result<Self> {
        config.validate()?;
        let c = &config;
        let dims = &c.block_out_channels;
        let (finest, coarsest) = (dims[0], dims[dims.len() - 1]);
        let pixels = c.patch_size * c.patch_size;
        let embedding = |name: &str, channels| TimestepEmbedding::load(&scope.at(name), channels, c.time_embed_dim);
        let down = |level: usize| {
            let shape = BlockShape {
                in_channels: dims[level],
                out_channels: dims[level],
                layers: c.layers_per_block,
                attention: c.attention[level],
                downsample_to: dims.get(level + 1).copied(),
                upsample_to: None,
            };
            Block::load(&scope.at("down_blocks").at(level), &shape, c)
        };
        let up = |index: usize| {
            let level = dims.len() - 1 - index;
            let shape = BlockShape {
                in_channels: 2 * dims[level],
                out_channels: dims[level],
                layers: c.layers_per_block,
                attention: c.attention[level],
                downsample_to: None,
                upsample_to: level.checked_sub(1).map(|finer| dims[finer]),
            };
            Block::load(&scope.at("up_blocks").at(index), &shape, c)
        };
        let middle = BlockShape {
            in_channels: coarsest,
            out_channels: coarsest,
            layers: c.mid_layers,
            attention: true,
            downsample_to: None,
            upsample_to: None,
        };
        let stems = LOCAL_CONDITIONS.iter().zip(c.local_channels());
        let stem = |(name, channels): (&&str, usize)| {
            Stem::load(&scope.at("stems").at(name), channels * pixels, c.stem_channels)
        };
        let context = c.context_tokens * c.context_dim;
        let in_channels = (RGB + c.image_channels) * pixels + c.stem_channels;
        let layout = (c.layout_dim > 0).then(|| Layout::load(scope, c));
        Ok(Self {
            time_embedding: embedding("time_embedding", c.time_channels)?,
            caption_embedding: embedding("caption_embedding", c.token_dim)?,
            semantics_embedding: embedding("semantics_embedding", c.semantics_dim)?,
            palette_embedding: embedding("palette_embedding", c.palette_dim)?,
            null_caption: scope.at("null_caption").tensor([c.token_dim])?,
            null_semantics: scope.at("null_semantics").tensor([c.semantics_dim])?,
            null_palette: scope.at("null_palette").tensor([c.palette_dim])?,
            caption_tokens: linear(&scope.at("caption_tokens"), c.token_dim, c.context_dim)?,
            semantics_tokens: linear(&scope.at("semantics_tokens"), c.semantics_dim, context)?,
            palette_tokens: linear(&scope.at("palette_tokens"), c.palette_dim, context)?,
            stems: stems.map(stem).collect::<Result<_>>()?,
            conv_in: conv2d(&scope.at("conv_in"), in_channels, finest, ConvKind::Same)?,
            down_blocks: (0..dims.len()).map(down).collect::<Result<_>>()?,
            layout: layout.transpose()?,
            mid_block: Block::load(&scope.at("mid_block"), &middle, c)?,
            up_blocks: (0..dims.len()).map(up).collect::<Result<_>>()?,
            conv_norm_out: group_norm(&scope.at("conv_norm_out"), c.norm_num_groups, finest)?,
            conv_out: conv2d(&scope.at("conv_out"), finest, RGB * pixels, ConvKind::Same)?,
            device: scope.device().clone(),
            config,
        })
    }

    /// The shape of this network.
    #[must_use]
    pub fn config(&self) -> &UNetConfig {
        &self.config
    }

    /// Brings a batch of conditions to the device; they do not depend on the timestep.
    ///
    /// # Panics
    /// If a condition of weight other than 0 has not the size that the configuration asks for.
    #[must_use]
    pub fn encode(&self, batch: &[Conditioning<'_>]) -> Encoded<B> {
        let c = &self.config;
        let count = batch.len();
        let weight = |index: usize| {
            let weights = batch.iter().map(|sample| sample.global_weight[index]).collect();
            to_device::<B, 2>(weights, [count, 1], &self.device)
        };
        let given = [
            self.rows(&batch.iter().map(|sample| sample.sentence).collect::<Vec<_>>(), c.token_dim),
            self.rows(&batch.iter().map(|sample| sample.semantics).collect::<Vec<_>>(), c.semantics_dim),
            self.rows(&batch.iter().map(|sample| sample.palette).collect::<Vec<_>>(), c.palette_dim),
        ];
        let blend = |null: &Tensor<B, 1>, index: usize| {
            let null = null.clone().unsqueeze::<2>();
            null.clone() + weight(index) * (given[index].clone() - null)
        };
        let sentence = blend(&self.null_caption, 0);
        let semantics = blend(&self.null_semantics, 1);
        let palette = blend(&self.null_palette, 2);

        // A batch without any caption still has one token of padding: tensors cannot be empty.
        let words_of = |sample: &Conditioning<'_>| sample.tokens.len() / c.token_dim;
        let words = batch.iter().map(words_of).max().unwrap_or(0).max(1);
        let tokens = self.rows(&batch.iter().map(|sample| sample.tokens).collect::<Vec<_>>(), words * c.token_dim);
        let tokens = self.caption_tokens.forward(tokens.reshape([count, words, c.token_dim]));
        let tokens = tokens * weight(0).unsqueeze_dim::<3>(2);
        let globals = |layer: &Linear<B>, input: Tensor<B, 2>| {
            layer.forward(input).reshape([count, c.context_tokens, c.context_dim])
        };
        let semantics_tokens = globals(&self.semantics_tokens, semantics.clone());
        let palette_tokens = globals(&self.palette_tokens, palette.clone());

        let mut local = Tensor::cat(batch.iter().map(|sample| self.encode_local(sample)).collect(), 0);
        let shares: Vec<f32> = batch.iter().map(Conditioning::layout_weight).collect();
        if let Some(layout) = &self.layout
            && shares.iter().any(|&share| share > 0.0)
        {
            let [sentence, semantics, palette] = given;
            let globals = [sentence * weight(0), semantics * weight(1), palette.sqrt() * weight(2)];
            let laid_out = layout.forward(globals, self.before_layout(batch));
            local = local + laid_out * to_device::<B, 4>(shares, [count, 1, 1, 1], &self.device);
        }

        let length = words + 2 * c.context_tokens;
        let bias = batch.iter().flat_map(|sample| {
            let present = if sample.global_weight[0] > 0.0 { words_of(sample) } else { 0 };
            (0..length).map(move |index| if (present..words).contains(&index) { MASKED } else { 0.0 })
        });
        Encoded {
            embedding: self.caption_embedding.forward(sentence)
                + self.semantics_embedding.forward(semantics)
                + self.palette_embedding.forward(palette),
            context: Tensor::cat(vec![tokens, semantics_tokens, palette_tokens], 1),
            context_bias: to_device(bias.collect(), [count, length], &self.device),
            local,
        }
    }

    /// Vectors of possibly different lengths as the rows of a matrix, filled up with zeros.
    fn rows(&self, values: &[&[f32]], columns: usize) -> Tensor<B, 2> {
        let mut flat = Vec::with_capacity(values.len() * columns);
        for (row, value) in values.iter().enumerate() {
            assert!(value.len() <= columns, "a condition has {} values where {columns} fit", value.len());
            flat.extend_from_slice(value);
            flat.resize((row + 1) * columns, 0.0);
        }
        to_device(flat, [values.len(), columns], &self.device)
    }

    /// What each sample keeps of a picture, and its surroundings; none where no sample keeps any.
    fn before_layout(&self, batch: &[Conditioning<'_>]) -> Option<Tensor<B, 4>> {
        let (full, side) = (self.config.sample_size, self.config.side());
        if batch.iter().all(|sample| sample.masking_weight() <= 0.0) {
            return None;
        }
        let before = batch.iter().flat_map(|sample| match (sample.masking_weight(), sample.local) {
            (weight, [.., masking]) if weight > 0.0 => {
                surroundings(masking, full, side).data.into_iter().map(|value| weight * value).collect()
            }
            _ => vec![0.0; (RGB + 1) * side * side],
        });
        Some(to_device(before.collect(), [batch.len(), RGB + 1, side, side], &self.device))
    }

    /// Weighted sum of the stems of the conditions that are present: an absent one is a zero embedding.
    fn encode_local(&self, sample: &Conditioning<'_>) -> Tensor<B, 4> {
        let c = &self.config;
        let side = c.side();
        let mut weights = sample.local_weight;
        if self.layout.is_some() {
            let [.., masking] = &mut weights;
            *masking *= 1.0 - SHOWN * sample.layout_weight();
        }
        let mut total = Tensor::zeros([1, c.stem_channels, side, side], &self.device);
        for (index, channels) in c.local_channels().into_iter().enumerate() {
            let weight = weights[index];
            if weight != 0.0 {
                let patches = pixel_unshuffle(sample.local[index], channels, c.sample_size, c.patch_size);
                let shape = [1, channels * c.patch_size * c.patch_size, side, side];
                let stem = self.stems[index].forward(to_device(patches, shape, &self.device));
                total = total + stem.mul_scalar(weight);
            }
        }
        total
    }

    /// Predicts v of one noisy sample under each of the encoded conditions.
    ///
    /// # Shapes
    /// - `sample`: `[3, sample_size, sample_size]`
    /// - `timestep`: 0 to 999
    /// - `image`: `[image_channels, sample_size, sample_size]`, where the configuration has such channels
    /// - returns: the shape of `sample`, once for each member of the encoded batch
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    ///
    /// # Panics
    /// If `sample` or `image` has not the configured size.
    pub async fn predict(
        &self,
        sample: &[f32],
        timestep: usize,
        encoded: &Encoded<B>,
        image: Option<&[f32]>,
    ) -> Result<Vec<Vec<f32>>> {
        let c = &self.config;
        let (batch, side) = (encoded.local.dims()[0], c.side());
        let mut patches = pixel_unshuffle(sample, RGB, c.sample_size, c.patch_size);
        patches.extend(pixel_unshuffle(image.unwrap_or(&[]), c.image_channels, c.sample_size, c.patch_size));
        let channels = (RGB + c.image_channels) * c.patch_size * c.patch_size;
        let patches = to_device::<B, 4>(patches, [1, channels, side, side], &self.device);
        let patches = patches.expand([batch, channels, side, side]);

        let output = to_host(self.forward(patches, timestep, encoded)).await?;
        let length = RGB * c.sample_size * c.sample_size;
        Ok(output.chunks_exact(length).map(|v| pixel_shuffle(v, RGB, c.sample_size, c.patch_size)).collect())
    }

    /// # Shapes
    /// - `patches`: `[batch, (3 + image_channels) · patch², side, side]`
    /// - returns: `[batch, 3 · patch², side, side]`
    fn forward(&self, patches: Tensor<B, 4>, timestep: usize, encoded: &Encoded<B>) -> Tensor<B, 4> {
        let channels = self.config.time_channels;
        let time = to_device(timestep_embedding(timestep, channels), [1, channels], &self.device);
        let temb = B::silu(self.time_embedding.forward(time) + encoded.embedding.clone());

        let mut hidden = self.conv_in.forward(Tensor::cat(vec![patches, encoded.local.clone()], 1));
        let mut skips = Vec::new();
        for block in &self.down_blocks {
            for index in 0..block.resnets.len() {
                hidden = block.layer(index, hidden, &temb, encoded);
                skips.push(hidden.clone());
            }
            if let Some(downsampler) = &block.downsampler {
                hidden = downsampler.forward(hidden);
            }
        }
        for index in 0..self.mid_block.resnets.len() {
            hidden = self.mid_block.layer(index, hidden, &temb, encoded);
        }
        for block in &self.up_blocks {
            for index in 0..block.resnets.len() {
                let skip = skips.pop().expect("the way up has as many layers as the way down");
                hidden = block.layer(index, Tensor::cat(vec![hidden, skip], 1), &temb, encoded);
            }
            if let Some(upsampler) = &block.upsampler {
                hidden = double(upsampler.forward(hidden));
            }
        }
        self.conv_out.forward(B::norm_silu(hidden, &self.conv_norm_out, None))
    }
}
