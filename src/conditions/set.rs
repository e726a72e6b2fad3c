//! What one picture is made from.

use super::{Depth, Instances, Masking, Palette, Raster, Semantics};

/// A condition with how much it counts, and in which part of the sampling run.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted<T> {
    /// The condition.
    pub value: T,
    /// 0 = as if absent, 1 = as trained.
    pub weight: f32,
    /// Fraction of the run at which it begins to count, in [0, 1].
    pub start: f32,
    /// Fraction of the run at which it ceases to count, in [0, 1].
    pub end: f32,
}

impl<T> Weighted<T> {
    /// Counts as trained, for the whole run.
    pub fn new(value: T) -> Self {
        Self { value, weight: 1.0, start: 0.0, end: 1.0 }
    }

    /// The weight at `progress` (steps done / steps): 0 before `start`, and from `end` on unless that is the end of the run.
    #[must_use]
    pub fn weight_at(&self, progress: f32) -> f32 {
        let within = self.start <= progress && (progress < self.end || self.end >= 1.0);
        if within { self.weight } else { 0.0 }
    }
}

/// The conditions of one picture; what is `None` is left to the model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConditionSet {
    /// The text.
    pub caption: Option<Weighted<String>>,
    /// What it shows and how; where there is a caption too, these are used in place of what the prior makes of it.
    pub semantics: Option<Weighted<Semantics>>,
    /// Colour statistics.
    pub palette: Option<Weighted<Palette>>,
    /// Lines, `[1, 256, 256]`, 1 = line.
    pub sketch: Option<Weighted<Raster>>,
    /// Which thing is where.
    pub instances: Option<Weighted<Instances>>,
    /// How near each place is.
    pub depth: Option<Weighted<Depth>>,
    /// Grey image, `[1, 256, 256]` in [-1, 1].
    pub intensity: Option<Weighted<Raster>>,
    /// What to keep.
    pub masking: Option<Weighted<Masking>>,
}

#[cfg(test)]
mod tests {
    use super::Weighted;

    #[test]
    fn a_condition_counts_within_its_part_of_the_run_only() {
        let condition = Weighted { value: (), weight: 0.5, start: 0.25, end: 0.75 };
        let counts = [0.0, 0.25, 0.5, 0.75, 1.0].map(|progress| condition.weight_at(progress) > 0.0);
        assert_eq!(counts, [false, true, true, false, false]);
        assert!(Weighted::new(()).weight_at(1.0) > 0.0, "the end of the run belongs to it");
    }
}
