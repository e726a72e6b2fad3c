//! What leads one picture, said in conditions and numbers alone.

use crate::conditions::{ConditionSet, Raster};
use crate::diffusion::SamplerKind;
use crate::image::Picture;

/// How a picture is sampled.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Seed of all noise.
    pub seed: u64,
    /// The sampler of all three stages.
    pub sampler: SamplerKind,
    /// Network evaluations of the prior.
    pub prior_steps: usize,
    /// Network evaluations of the base.
    pub base_steps: usize,
    /// Network evaluations of the upsampler.
    pub upsampler_steps: usize,
}

/// What leads the sample: ε̂ = ε(c₁) + w Σ wᵢ (ε(cᵢ) − ε(c₁)), guidance between condition sets (Composer,
/// <https://arxiv.org/abs/2302.09778>, section 2.2) with as many sets to go toward as an expression has groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Guide {
    /// The cᵢ, each passed to the network in one piece, and wᵢ, negative for what is excluded.
    pub toward: Vec<(ConditionSet, f32)>,
    /// c₁; empty for classifier-free guidance.
    pub against: ConditionSet,
    /// w; 1 is none.
    pub guidance: f32,
}

impl Guide {
    /// Toward one set of conditions, away from none.
    #[must_use]
    pub fn classifier_free(conditions: ConditionSet, guidance: f32) -> Self {
        Self { toward: vec![(conditions, 1.0)], against: ConditionSet::default(), guidance }
    }

    /// Every set with how much its prediction counts; these sum to 1, and what counts nothing is left out. c₁ is the last.
    pub(super) fn shares(&self) -> impl Iterator<Item = (&ConditionSet, f32)> {
        let toward = self.toward.iter().map(|(conditions, weight)| (conditions, self.guidance * weight));
        let rest = 1.0 - toward.clone().map(|(_, share)| share).sum::<f32>();
        toward.chain([(&self.against, rest)]).filter(|(_, share)| share.abs() > f32::EPSILON)
    }

    /// The set that the upsampler gets, which knows no guidance: the first that is not excluded.
    pub(super) fn main(&self) -> &ConditionSet {
        let wanted = self.toward.iter().find(|(_, weight)| *weight > 0.0);
        wanted.map_or(&self.against, |(conditions, _)| conditions)
    }
}

/// A picture whose noise is looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Inverted {
    /// Of 256 x 256 pixels.
    pub picture: Picture,
    /// What it is taken to be; the noise holds the rest.
    pub conditions: ConditionSet,
    /// Extra evaluations for each step of the inversion; see [`crate::diffusion::Inversion`].
    pub refinements: usize,
}

/// The noise of a picture, or a point between those of two.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// One picture or two.
    pub pictures: Vec<Inverted>,
    /// How much of the way to the second.
    pub share: f32,
}

/// Everything that makes one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Seed, sampler, steps.
    pub settings: Settings,
    /// What leads, each from a step of the base on, the first from 0; in order of the steps.
    pub guides: Vec<(usize, Guide)>,
    /// Where the base begins, unless from any noise.
    pub start: Option<Start>,
    /// Light and dark that the picture gets in the end, exactly: `[1, 256, 256]` in [-1, 1].
    pub intensity: Option<Raster>,
}

impl Plan {
    /// One guide for the whole run.
    #[must_use]
    pub fn new(settings: Settings, guide: Guide) -> Self {
        Self { settings, guides: vec![(0, guide)], start: None, intensity: None }
    }

    /// The guide of the picture itself, which is that of the last step.
    pub(super) fn last(&self) -> &Guide {
        &self.guides.last().expect("a plan has a guide").1
    }

    /// Which guide leads at a step of the base.
    pub(super) fn guide_at(&self, step: usize) -> usize {
        self.guides.iter().rposition(|(from, _)| *from <= step).expect("the first guide leads from step 0")
    }

    /// How many steps of the base go the same way in both plans, from the very noise on.
    pub(super) fn common_steps(&self, other: &Self) -> usize {
        let begins = |plan: &Self| {
            let Settings { seed, sampler, base_steps, prior_steps, .. } = plan.settings;
            (seed, sampler, base_steps, prior_steps)
        };
        if begins(self) != begins(other) || self.start != other.start {
            return 0;
        }
        let alike = |step: &usize| self.guides[self.guide_at(*step)].1 == other.guides[other.guide_at(*step)].1;
        (0..self.settings.base_steps).take_while(alike).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::Weighted;

    fn caption(text: &str) -> ConditionSet {
        ConditionSet { caption: Some(Weighted::new(text.into())), ..ConditionSet::default() }
    }

    fn plan(guides: Vec<(usize, Guide)>) -> Plan {
        let sampler = SamplerKind::Ddim { eta: 0.0 };
        let settings = Settings { seed: 1, sampler, prior_steps: 2, base_steps: 10, upsampler_steps: 2 };
        Plan { settings, guides, start: None, intensity: None }
    }

    #[test]
    fn shares_sum_to_1_and_what_counts_nothing_is_not_evaluated() {
        let cat = Guide::classifier_free(caption("cat"), 3.0);
        assert_eq!(cat.shares().map(|(_, share)| share).collect::<Vec<_>>(), [3.0, -2.0]);
        assert_eq!(Guide { guidance: 1.0, ..cat.clone() }.shares().count(), 1);
        let toward = vec![(caption("cat"), 1.0), (caption("hat"), 1.0), (caption("dog"), -1.0)];
        let guide = Guide { toward, against: caption("blurred"), guidance: 2.0 };
        assert_eq!(guide.shares().map(|(_, share)| share).collect::<Vec<_>>(), [2.0, 2.0, -2.0, -1.0]);
        assert_eq!(guide.main(), &caption("cat"));
    }

    #[test]
    fn plans_agree_until_their_guides_part() {
        let [cat, dog] = ["cat", "dog"].map(|text| Guide::classifier_free(caption(text), 2.0));
        let straight = plan(vec![(0, cat.clone())]);
        let branch = plan(vec![(0, cat.clone()), (4, dog.clone())]);
        assert_eq!(straight.common_steps(&branch), 4);
        assert_eq!(branch.common_steps(&plan(vec![(0, cat), (4, dog.clone()), (9, straight.last().clone())])), 9);
        assert_eq!(branch.common_steps(&branch), 10);
        assert_eq!(straight.common_steps(&plan(vec![(0, dog)])), 0);
        let mut other = straight.clone();
        other.settings.seed = 2;
        assert_eq!(straight.common_steps(&other), 0);
        other = straight.clone();
        other.settings.upsampler_steps = 9;
        assert_eq!(straight.common_steps(&other), 10);
    }
}
