//! From a picture to its eight representations; Composer, <https://arxiv.org/abs/2302.09778>, section 2.1.

use super::Pipeline;
use crate::conditions::{
    BASE_SIZE, Depth, Instances, PICTURE_SIZE, Palette, Raster, Semantics, crests, intensity, mask_from_instances,
};
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::model::{Decomposer, ImageEncoder, Kernels, Projection, ProjectionConfig, Vocabulary};
use crate::tensor::dot;
use crate::weights::{LoadProgress, Manifest, Source, load_stage};

/// All stages that take pictures apart, in the order in which they run.
pub const DECOMPOSE_STAGES: [&str; 4] = ["decomposer", "image_encoder", "projection", "vocabulary"];

/// Labels that a guessed caption offers.
const GUESSES: usize = 5;

/// What the decomposer sees in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Maps {
    /// Lines, `[1, 256, 256]`, 1 = line, about one pixel wide.
    pub sketch: Raster,
    /// Which thing is where.
    pub instances: Instances,
    /// Relative pseudo-depth, near = 1.
    pub depth: Depth,
}

/// As much of a picture as some conditions ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The picture as everything else sees it: 256 x 256, the whole of it, see [`Picture::fitted`].
    pub picture: Picture,
    /// Where asked for.
    pub maps: Option<Maps>,
    /// What it shows and how, where asked for.
    pub semantics: Option<Semantics>,
}

/// What a picture consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// As in [`Extracted`].
    pub picture: Picture,
    /// Sketch, instances and depth.
    pub maps: Maps,
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

impl Decomposition {
    /// The five local representations as pictures, by name. Each can be given as a condition again.
    #[must_use]
    pub fn pictures(&self) -> [(&'static str, Picture); 5] {
        [
            // A drawing: black on white.
            ("sketch", self.maps.sketch.to_picture(1.0, 0.0)),
            ("instances", self.maps.instances.to_picture()),
            ("depth", self.maps.depth.to_picture()),
            ("intensity", self.intensity.to_picture(-1.0, 1.0)),
            ("mask", self.mask.to_picture(0.0, 1.0)),
        ]
    }
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
        let maps = self.maps_of(&picture).await?;
        let semantics = self.semantics_of(&picture).await?;
        let vocabulary = self.loaded(self.extractors.vocabulary.as_ref(), "vocabulary")?;
        Ok(Decomposition {
            mask: mask_from_instances(&maps.instances, &[]),
            maps,
            intensity: intensity::from_picture(&picture),
            palette: palette_of(&picture),
            guesses: vocabulary.guess(semantics.values(), GUESSES),
            semantics,
            picture,
        })
    }

    /// A part of what [`Self::decompose`] gives: without `maps` it needs no decomposer, without `semantics` no image encoder.
    ///
    /// # Errors
    /// As [`Self::decompose`].
    pub async fn extract(&self, picture: &Picture, maps: bool, semantics: bool) -> Result<Extracted> {
        let picture = picture.fitted(PICTURE_SIZE as u32);
        let maps = if maps { Some(self.maps_of(&picture).await?) } else { None };
        let semantics = if semantics { Some(self.semantics_of(&picture).await?) } else { None };
        Ok(Extracted { picture, maps, semantics })
    }

    async fn maps_of(&self, picture: &Picture) -> Result<Maps> {
        let decomposer = self.loaded(self.extractors.decomposer.as_ref(), "decomposer")?;
        let maps = decomposer.decompose(&picture.to_planar()).await?;
        let instances = Instances::new(maps.category, maps.boundary).map_err(|error| Error::Manifest {
            what: format!("the decomposer has other categories than this version: {error}"),
        })?;
        let sketch = crests(&Raster::new(1, PICTURE_SIZE, maps.sketch));
        Ok(Maps { sketch, instances: instances.voted(), depth: Depth::new(maps.depth)? })
    }

    /// Semantics of a picture alone, fitted into a square whole.
    ///
    /// # Errors
    /// As [`Self::decompose`]; needs the stages `image_encoder` and `projection` only.
    pub async fn semantics_of(&self, picture: &Picture) -> Result<Semantics> {
        let projection = self.loaded(self.extractors.projection.as_ref(), "projection")?;
        Semantics::new(projection.encode_image(&self.features_of(picture).await?).await?)
    }

    /// What the image encoder sees in a picture, before any projection: EfficientNet-Lite0's features, `[feature_dim]`.
    ///
    /// # Errors
    /// As [`Self::decompose`]; needs the stage `image_encoder` only.
    pub async fn features_of(&self, picture: &Picture) -> Result<Vec<f32>> {
        let encoder = self.loaded(self.extractors.image_encoder.as_ref(), "image_encoder")?;
        encoder.encode(&picture.fitted(PICTURE_SIZE as u32)).await
    }

    /// How well a caption fits a picture, by its semantics: a cosine, which is about 0 for what has nothing to do with it.
    ///
    /// # Errors
    /// As [`Self::decompose`]; needs the stages `text_encoder` and `projection` only.
    pub async fn image_text_score(&self, semantics: &Semantics, caption: &str) -> Result<f32> {
        let projection = self.loaded(self.extractors.projection.as_ref(), "projection")?;
        let sentence = self.encode_caption(caption).await?.sentence;
        let text = projection.encode_text(&sentence).await?;
        Ok(dot(semantics.values(), &text))
    }
}

/// The palette of a picture of 256 x 256. Training counts the colours of the small picture.
#[must_use]
pub fn palette_of(picture: &Picture) -> Palette {
    Palette::from_picture(&picture.reduced(PICTURE_SIZE / BASE_SIZE))
}
