//! A set of conditions as one network wants to see it: sizes, channels, weights.

use crate::conditions::{ConditionSet, PICTURE_SIZE, Palette, Semantics, Weighted};
use crate::error::{Error, Result};
use crate::model::{Conditioning, TextEncoding, UNetConfig};

/// Places in [`crate::model`]'s array of local conditions.
const SKETCH: usize = 0;
const INSTANCES: usize = 1;
const DEPTH: usize = 2;
const INTENSITY: usize = 3;
const MASKING: usize = 4;

/// The semantics that the user gave; those of weight 0 are as good as absent.
pub(super) fn given_semantics(set: &ConditionSet) -> Option<&Weighted<Semantics>> {
    set.semantics.as_ref().filter(|semantics| semantics.weight > 0.0)
}

/// Global conditions that networks computed.
#[derive(Debug, Clone, Default)]
pub struct Globals {
    /// The caption, encoded.
    pub caption: Option<TextEncoding>,
    /// Semantics, unit length, that the prior made of the caption.
    pub semantics: Option<Vec<f32>>,
}

/// The weights of all conditions at one moment of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Weights {
    global: [f32; 3],
    local: [f32; 5],
}

impl Weights {
    /// Whether no condition counts at that moment.
    pub(super) fn are_zero(&self) -> bool {
        self.global.iter().chain(&self.local).all(|weight| *weight <= 0.0)
    }
}

/// Conditions in a network's own sizes.
#[derive(Debug)]
pub(super) struct Inputs<'a> {
    set: &'a ConditionSet,
    globals: &'a Globals,
    /// The given semantics, else the prior's.
    semantics: &'a [f32],
    /// Planar rasters; empty where absent.
    local: [Vec<f32>; 5],
}

impl<'a> Inputs<'a> {
    pub(super) fn new(set: &'a ConditionSet, globals: &'a Globals, config: &UNetConfig) -> Result<Self> {
        let size = config.sample_size;
        let misfit = |what: &str| Error::Manifest { what: format!("a U-Net {what}") };
        if globals.caption.as_ref().is_some_and(|caption| caption.sentence.len() != config.token_dim) {
            return Err(misfit("and the text encoder have different widths"));
        }
        let given = given_semantics(set).map(|semantics| semantics.value.values());
        let semantics = given.or(globals.semantics.as_deref()).unwrap_or(&[]);
        if !semantics.is_empty() && semantics.len() != config.semantics_dim {
            return Err(misfit("and the semantics have different widths; they come from another model"));
        }
        let palette_fits = |palette: &Weighted<Palette>| palette.value.0.len() == config.palette_dim;
        if !set.palette.as_ref().is_none_or(palette_fits) {
            return Err(misfit("wants a palette of another size"));
        }
        if size == 0 || !PICTURE_SIZE.is_multiple_of(size) {
            return Err(misfit("works at a size that does not divide 256, the size of local conditions"));
        }
        let mut local: [Vec<f32>; 5] = Default::default();
        for (place, condition) in [(SKETCH, &set.sketch), (INTENSITY, &set.intensity)] {
            if let Some(condition) = condition {
                local[place] = condition.value.box_mean(PICTURE_SIZE / size).data;
            }
        }
        if let Some(masking) = &set.masking {
            local[MASKING] = masking.value.raster(size).data;
        }
        if let Some(instances) = &set.instances {
            let raster = instances.value.raster(size);
            if raster.channels != config.instance_channels {
                return Err(misfit("wants instances of other categories"));
            }
            local[INSTANCES] = raster.data;
        }
        if let Some(depth) = &set.depth {
            local[DEPTH] = depth.value.raster(size).data;
        }
        Ok(Self { set, globals, semantics, local })
    }

    pub(super) fn weights_at(&self, fraction: f32) -> Weights {
        fn weight<T>(condition: Option<&Weighted<T>>, fraction: f32) -> f32 {
            condition.map_or(0.0, |condition| condition.weight_at(fraction))
        }
        let set = self.set;
        let caption = weight(set.caption.as_ref(), fraction);
        let semantics = match given_semantics(set) {
            Some(given) => given.weight_at(fraction),
            None if self.globals.semantics.is_some() => caption,
            None => 0.0,
        };
        let mut local = [0.0; 5];
        local[SKETCH] = weight(set.sketch.as_ref(), fraction);
        local[INSTANCES] = weight(set.instances.as_ref(), fraction);
        local[DEPTH] = weight(set.depth.as_ref(), fraction);
        local[INTENSITY] = weight(set.intensity.as_ref(), fraction);
        local[MASKING] = weight(set.masking.as_ref(), fraction);
        Weights { global: [caption, semantics, weight(set.palette.as_ref(), fraction)], local }
    }

    pub(super) fn conditioning(&self, weights: &Weights) -> Conditioning<'_> {
        let caption = self.globals.caption.as_ref();
        Conditioning {
            tokens: caption.map_or(&[], |caption| &caption.tokens),
            sentence: caption.map_or(&[], |caption| &caption.sentence),
            semantics: self.semantics,
            palette: self.set.palette.as_ref().map_or(&[], |palette| &palette.value.0),
            global_weight: weights.global,
            local: self.local.each_ref().map(Vec::as_slice),
            local_weight: weights.local,
        }
    }
}
