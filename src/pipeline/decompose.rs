//! From a picture to its eight representations; Composer, <https://arxiv.org/abs/2302.09778>, section 2.1.

use super::Pipeline;
use crate::conditions::{
    BASE_SIZE, Depth, Instances, PICTURE_SIZE, Palette, Raster, Semantics, intensity, mask_from_instances,
};
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Decomposer, ImageEncoder, Kernels, Projection, ProjectionConfig, Vocabulary};
use crate::weights::{LoadProgress, Manifest, Source, load_stage};

/// All stages that take pictures apart, in the order in which they run.
pub const DECOMPOSE_STAGES: [&str; 4] = ["decomposer", "image_encoder", "projection", "vocabulary"];

/// Labels that a guessed caption offers.
const GUESSES: usize = 5;

/// What a picture consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The picture as everything else sees it: 256 x 256, the whole of it, see [`Picture::fitted`].
    pub picture: Picture,
    /// Lines, `[1, 256, 256]`, 1 = surely a line; as [`crate::conditions::sketch`] has them.
    pub sketch: Raster,
    /// Which thing is where.
    pub instances: Instances,
    /// Pseudo-depth, near = 1.
    pub depth: Depth,
    /// Grey image, `[1, 256, 256]` in [-1, 1].
    pub intensity: Raster,
    /// Colour statistics.
    pub palette: Palette,
    /// What it shows and how.
    pub semantics: Semantics,
    /// Where the things are, `[1, 256, 256]`, 1 = thing: free to change if used for masking. All 0 where none was found.
    pub mask: Raster,
    /// Labels of the training vocabulary with their image-text scores (cosines), best first. Guesses, and to be shown as such.
    pub guesses: Vec<(String, f32)>,
}

/// The networks that take pictures apart.
#[derive(Debug)]
pub(super) struct Extractors<B: Kernels> {
    pub(super) decomposer: Option<Decomposer<B>>,
    pub(super) image_encoder: Option<ImageEncoder<B>>,
    projection: Option<Projection<B>>,
    vocabulary: Option<Vocabulary>,
}

impl<B: Kernels> Extractors<B> {
    pub(super) fn new() -> Self {
        Self { decomposer: None, image_encoder: None, projection: None, vocabulary: None }
    }

    fn is_loaded(&self, stage: &str) -> bool {
        match stage {
            "decomposer" => self.decomposer.is_some(),
            "image_encoder" => self.image_encoder.is_some(),
            "projection" => self.projection.is_some(),
            _ => self.vocabulary.is_some(),
        }
    }

    /// Loads one of [`DECOMPOSE_STAGES`] unless it is there.
    pub(super) async fn load(
        &mut self,
        stage: &str,
        manifest: &Manifest,
        source: &dyn Source,
        device: &B::Device,
        on_progress: &mut dyn FnMut(LoadProgress<'_>),
    ) -> Result<()> {
        if self.is_loaded(stage) {
            return Ok(());
        }
        let prefix = (stage == "vocabulary").then_some(Vocabulary::HOST_PREFIX);
        let mut weights = load_stage(source, manifest, stage, prefix, device, on_progress).await?;
        match stage {
            "decomposer" => {
                let decomposer = Decomposer::load(&weights.root(), manifest.config(stage)?)?;
                let (size, map) = (decomposer.config().sample_size, decomposer.config().map_size());
                if (size, map) != (PICTURE_SIZE, BASE_SIZE) {
                    return Err(Error::Manifest {
                        what: format!("a decomposer of {size} and {map} pixels is not 256 and 64"),
                    });
                }
                self.decomposer = Some(decomposer);
            }
            "image_encoder" => self.image_encoder = Some(ImageEncoder::load(&weights.root(), manifest.config(stage)?)?),
            "projection" => self.projection = Some(Projection::load(&weights.root(), manifest.config(stage)?)?),
            _ => {
                let space: ProjectionConfig = manifest.config("projection")?;
                self.vocabulary = Some(Vocabulary::load(&mut weights, manifest.config(stage)?, space.semantics_dim)?);
            }
        }
        Ok(())
    }
}

impl<B: Kernels> Pipeline<B> {
    /// Takes a picture of any size apart. It is fitted into a square whole, so that no object is cut; a caller that would
    /// rather have its middle hands over [`Picture::square`].
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails, [`Error::Manifest`] where one of [`DECOMPOSE_STAGES`] is not loaded.
    pub async fn decompose(&self, picture: &Picture) -> Result<Decomposition> {
        let picture = picture.fitted(PICTURE_SIZE as u32);
        let decomposer = self.loaded(self.extractors.decomposer.as_ref(), "decomposer")?;
        let maps = decomposer.decompose(&picture.to_planar()).await?;
        let instances = Instances::new(maps.category, maps.boundary).map_err(|error| Error::Manifest {
            what: format!("the decomposer has other categories than this version: {error}"),
        })?;
        let semantics = self.semantics_of(&picture).await?;
        let vocabulary = self.loaded(self.extractors.vocabulary.as_ref(), "vocabulary")?;
        Ok(Decomposition {
            sketch: Raster::new(1, PICTURE_SIZE, maps.sketch),
            mask: mask_from_instances(&instances, &[]),
            instances,
            depth: Depth::new(maps.depth)?,
            intensity: intensity::from_picture(&picture),
            // Training counts the colours of the small picture.
            palette: Palette::from_picture(&picture.reduced(PICTURE_SIZE / BASE_SIZE)),
            guesses: vocabulary.guess(semantics.values(), GUESSES),
            semantics,
            picture,
        })
    }

    /// Semantics of a picture alone, fitted into a square whole.
    ///
    /// # Errors
    /// As [`Self::decompose`]; needs the stages `image_encoder` and `projection` only.
    pub async fn semantics_of(&self, picture: &Picture) -> Result<Semantics> {
        let encoder = self.loaded(self.extractors.image_encoder.as_ref(), "image_encoder")?;
        let projection = self.loaded(self.extractors.projection.as_ref(), "projection")?;
        let features = encoder.encode(&picture.fitted(PICTURE_SIZE as u32)).await?;
        Semantics::new(projection.encode_image(&features).await?)
    }

    /// How well a caption fits a picture, by its semantics: a cosine, which is about 0 for what has nothing to do with it.
    ///
    /// # Errors
    /// As [`Self::decompose`]; needs the stages `text_encoder` and `projection` only.
    pub async fn image_text_score(&self, semantics: &Semantics, caption: &str) -> Result<f32> {
        let projection = self.loaded(self.extractors.projection.as_ref(), "projection")?;
        let sentence = self.encode_caption(caption).await?.sentence;
        let text = projection.encode_text(&sentence).await?;
        Ok(semantics.values().iter().zip(&text).map(|(a, b)| a * b).sum())
    }
}
