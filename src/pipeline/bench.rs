//! Forward passes of one stage with every condition present, for measuring beside other engines.

use super::Pipeline;
use crate::error::{Error, Result};
use crate::model::{Conditioning, Kernels, TextEncoding, UNet};

/// Words of the measured caption, special tokens included; the peers get as many.
const WORDS: usize = 16;

impl<B: Kernels> Pipeline<B> {
    /// Runs `stage` so many times, one sample each, and tells the milliseconds of each by `now`.
    ///
    /// The peers have no part that they compute once for a run, so encoding the conditions is measured along.
    pub(crate) async fn time_stage(&self, stage: &str, repeats: usize, now: &dyn Fn() -> f64) -> Result<Vec<f64>> {
        let mut times = Vec::with_capacity(repeats);
        match stage {
            "text_encoder" => {
                // Fourteen words that are one token each, and the two special tokens.
                let caption = "a red apple and a green tree on a big hill under the sun";
                let encoder = self.loaded(self.text_encoder.as_ref(), stage)?;
                for _ in 0..repeats {
                    let start = now();
                    encoder.encode(caption).await?;
                    times.push(now() - start);
                }
            }
            "prior" => {
                let (prior, _) = self.loaded(self.prior.as_ref(), stage)?;
                let width = prior.token_dim();
                let caption = TextEncoding { tokens: numbers(WORDS * width), sentence: numbers(width) };
                let noisy = numbers(prior.semantics_dim());
                for _ in 0..repeats {
                    let start = now();
                    prior.predict(&noisy, 500, &prior.encode(&caption, false)?).await?;
                    times.push(now() - start);
                }
            }
            "decomposer" => {
                let decomposer = self.loaded(self.extractors.decomposer.as_ref(), stage)?;
                let size = decomposer.config().sample_size;
                let picture = numbers(3 * size * size);
                for _ in 0..repeats {
                    let start = now();
                    decomposer.decompose(&picture).await?;
                    times.push(now() - start);
                }
            }
            "image_encoder" => {
                let encoder = self.loaded(self.extractors.image_encoder.as_ref(), stage)?;
                let size = encoder.config().sample_size;
                // The peers get pixels of the network's own size, too.
                let prepared = numbers(3 * size * size);
                for _ in 0..repeats {
                    let start = now();
                    encoder.features(prepared.clone()).await?;
                    times.push(now() - start);
                }
            }
            "base" => time_unet(&self.loaded(self.base.as_ref(), stage)?.0, repeats, now, &mut times).await?,
            "upsampler" => time_unet(&self.loaded(self.upsampler.as_ref(), stage)?.0, repeats, now, &mut times).await?,
            other => return Err(Error::Manifest { what: format!("there is no stage `{other}` to measure") }),
        }
        Ok(times)
    }
}

async fn time_unet<B: Kernels>(
    network: &UNet<B>,
    repeats: usize,
    now: &dyn Fn() -> f64,
    times: &mut Vec<f64>,
) -> Result<()> {
    let config = network.config();
    let area = config.sample_size * config.sample_size;
    let locals = config.local_channels().map(|channels| numbers(channels * area));
    let (tokens, sentence) = (numbers(WORDS * config.token_dim), numbers(config.token_dim));
    let (semantics, palette) = (numbers(config.semantics_dim), numbers(config.palette_dim));
    let conditioning = Conditioning {
        tokens: &tokens,
        sentence: &sentence,
        semantics: &semantics,
        palette: &palette,
        global_weight: [1.0; 3],
        local: locals.each_ref().map(Vec::as_slice),
        local_weight: [1.0; 5],
    };
    let image = (config.image_channels > 0).then(|| numbers(config.image_channels * area));
    let noisy = numbers(3 * area);
    for _ in 0..repeats {
        let start = now();
        network.predict(&noisy, 500, &network.encode(&[conditioning]), image.as_deref()).await?;
        times.push(now() - start);
    }
    Ok(())
}

/// Any numbers: how long a network takes does not depend on them.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index * 7919 % 97) as f32 / 97.0 - 0.5).collect()
}
