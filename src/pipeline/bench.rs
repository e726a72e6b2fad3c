//! One forward pass of one stage with every condition present, for measuring beside other engines.

use burn::tensor::backend::Backend;

use super::Pipeline;
use crate::conditions::PICTURE_SIZE;
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Conditioning, TextEncoding, UNet};

/// Words of the measured caption, special tokens included; the peers get as many.
const WORDS: usize = 16;

impl<B: Backend> Pipeline<B> {
    /// Runs `stage` once; `noise` gives so many numbers.
    pub(crate) async fn forward_once(&self, stage: &str, noise: &impl Fn(usize) -> Vec<f32>) -> Result<()> {
        match stage {
            "text_encoder" => {
                // Fourteen words that are one token each, and the two special tokens.
                let caption = "a red apple and a green tree on a big hill under the sun";
                self.loaded(self.text_encoder.as_ref(), stage)?.encode(caption).await.map(drop)
            }
            "prior" => {
                let (prior, _) = self.loaded(self.prior.as_ref(), stage)?;
                let width = prior.token_dim();
                let caption = TextEncoding { tokens: noise(WORDS * width), sentence: noise(width) };
                let encoded = prior.encode(&caption)?;
                prior.predict(&noise(prior.semantics_dim()), 500, &encoded).await.map(drop)
            }
            "decomposer" => {
                let decomposer = self.loaded(self.extractors.decomposer.as_ref(), stage)?;
                let size = decomposer.config().sample_size;
                decomposer.decompose(&noise(3 * size * size)).await.map(drop)
            }
            "image_encoder" => {
                let encoder = self.loaded(self.extractors.image_encoder.as_ref(), stage)?;
                let size = PICTURE_SIZE as u32;
                let picture = Picture::from_planar(&noise(3 * PICTURE_SIZE * PICTURE_SIZE), size, size);
                encoder.encode(&picture).await.map(drop)
            }
            "base" => unet_once(&self.loaded(self.base.as_ref(), stage)?.0, noise).await,
            "upsampler" => unet_once(&self.loaded(self.upsampler.as_ref(), stage)?.0, noise).await,
            other => Err(Error::Manifest { what: format!("there is no stage `{other}` to measure") }),
        }
    }
}

async fn unet_once<B: Backend>(network: &UNet<B>, noise: &impl Fn(usize) -> Vec<f32>) -> Result<()> {
    let config = network.config();
    let area = config.sample_size * config.sample_size;
    let locals = config.local_channels().map(|channels| noise(channels * area));
    let (tokens, sentence) = (noise(WORDS * config.token_dim), noise(config.token_dim));
    let (semantics, palette) = (noise(config.semantics_dim), noise(config.palette_dim));
    let conditioning = Conditioning {
        tokens: &tokens,
        sentence: &sentence,
        semantics: &semantics,
        palette: &palette,
        global_weight: [1.0; 3],
        local: locals.each_ref().map(Vec::as_slice),
        local_weight: [1.0; 5],
    };
    let image = (config.image_channels > 0).then(|| noise(config.image_channels * area));
    // The peers have no part that they compute once for a run, so encoding is measured along.
    let encoded = network.encode(&[conditioning]);
    network.predict(&noise(3 * area), 500, &encoded, image.as_deref()).await.map(drop)
}
