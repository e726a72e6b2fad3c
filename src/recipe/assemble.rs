//! From what a recipe says to what leads the pipeline: [`Plan`].

use super::resolve::{at, intensity_of};
use super::{Against, CaptionEntry, Conditions, PaletteEntry, PictureEntry, Recipe, SemanticsEntry, Under};
use crate::conditions::PICTURE_SIZE;
use crate::diffusion::philox4x32_10;
use crate::error::{Error, Result};
use crate::expression::{Clause, Expression, Representation, Term, WeightedTerm, choose, joint_groups};
use crate::image::Picture;
use crate::pipeline::{Extracted, Guide, Inverted, Plan, Settings, Start, global_stages};

/// Every stage that a recipe may need, in the order in which they are loaded.
const STAGES: [&str; 7] = ["text_encoder", "prior", "decomposer", "image_encoder", "projection", "base", "upsampler"];

/// Stream of the random number that chooses a clause of the expression.
const CLAUSE: u32 = 3;

/// What the networks must find in a picture of the recipe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needed {
    /// Sketch, instances or depth.
    pub maps: bool,
    /// Semantics.
    pub semantics: bool,
}

impl Needed {
    /// Whether who has this has all of `other`.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        (self.maps || !other.maps) && (self.semantics || !other.semantics)
    }
}

/// What leads a part of a run, with its place in the recipe.
struct Led<'a> {
    path: String,
    guidance: f32,
    expression: Option<&'a str>,
    conditions: &'a Conditions,
    against: &'a Against,
}

impl Recipe {
    /// The stages that this recipe needs, in the order in which they run.
    ///
    /// # Errors
    /// [`Error::Recipe`] where the expression cannot be read.
    pub fn stages(&self) -> Result<Vec<&'static str>> {
        let mut needed = vec!["base", "upsampler"];
        for set in self.sets()? {
            let caption = set.caption.as_ref().is_some_and(|caption| caption.weight > 0.0);
            let semantics = set.semantics.as_ref().is_some_and(|semantics| semantics.weight > 0.0);
            needed.extend(global_stages(caption, semantics));
        }
        let images = self.needed_of_images()?;
        if images.iter().any(|image| image.maps) {
            needed.push("decomposer");
        }
        if images.iter().any(|image| image.semantics) {
            needed.extend(["image_encoder", "projection"]);
        }
        Ok(STAGES.into_iter().filter(|stage| needed.contains(stage)).collect())
    }

    /// What the networks must find in each of `images` before [`Self::plan`].
    ///
    /// # Errors
    /// As [`Self::stages`].
    pub fn needed_of_images(&self) -> Result<Vec<Needed>> {
        let mut needed = vec![Needed::default(); self.images.len()];
        for set in self.sets()? {
            set.mark_needed(&mut needed);
        }
        if let Some(inversion) = &self.inversion {
            for image in inversion.pictures().0 {
                inversion.under.conditions_of(image).mark_needed(&mut needed);
            }
        }
        Ok(needed)
    }

    /// A picture of the recipe, decoded and fitted into 256 x 256: sixteen of the largest would not fit into memory together.
    ///
    /// # Errors
    /// [`Error::Recipe`] with the number of the picture where it cannot be used.
    ///
    /// # Panics
    /// When there is no `images[index]`.
    pub fn picture(&self, index: usize) -> Result<Picture> {
        at(&format!("images[{index}]"), || Ok(self.images[index].decode()?.fitted(PICTURE_SIZE as u32)))
    }

    /// Checks that every picture inside can be decoded, without taking anything from it.
    ///
    /// # Errors
    /// [`Error::Recipe`] with the path of the picture that cannot be used.
    pub fn check_pictures(&self) -> Result<()> {
        (0..self.images.len()).try_for_each(|index| self.picture(index).map(drop))?;
        for led in self.leds() {
            let places = [(led.conditions, "conditions"), (&led.against(), "against.conditions")];
            for (conditions, place) in places {
                for (name, image) in conditions.own_pictures() {
                    at(&format!("{}{place}.{name}", led.path), || image.decode())?;
                }
            }
        }
        Ok(())
    }

    /// What leads the pipeline; `images` is what was found in each [`Self::picture`], as [`Self::needed_of_images`] asks.
    ///
    /// # Errors
    /// [`Error::Recipe`] with the path of the field whose picture, colours or expression cannot be used.
    ///
    /// # Panics
    /// When less was looked for in a picture than is needed.
    pub fn plan(&self, images: &[Extracted]) -> Result<Plan> {
        let mut guides = Vec::with_capacity(self.earlier.len() + 1);
        let mut from = 0;
        for (led, until) in self.leds().iter().zip(self.earlier.iter().map(|earlier| earlier.until).chain([0])) {
            let path = format!("{}conditions", led.path);
            let toward = led.groups(self.seed)?.into_iter();
            let toward = toward.map(|(set, weight)| Ok((set.to_set(images, &path)?, weight))).collect::<Result<_>>()?;
            let against = led.against().to_set(images, &format!("{}against.conditions", led.path))?;
            guides.push((from, Guide { toward, against, guidance: led.guidance }));
            from = until;
        }
        let start = self.inversion.as_ref().map(|inversion| {
            let inverted = |image: usize| {
                let conditions = inversion.under.conditions_of(image).to_set(images, "inversion")?;
                let (picture, refinements) = (images[image - 1].picture.clone(), inversion.refinements);
                Ok::<_, Error>(Inverted { picture, conditions, refinements })
            };
            let (pictures, share) = inversion.pictures();
            Ok::<_, Error>(Start { pictures: pictures.into_iter().map(inverted).collect::<Result<_>>()?, share })
        });
        let intensity = self.conditions.intensity.as_ref().filter(|_| self.exact_intensity);
        let intensity = intensity_of(intensity, images, "conditions")?.map(|intensity| intensity.value);
        let settings = Settings {
            seed: self.seed,
            sampler: self.sampler_kind(),
            prior_steps: self.steps.prior,
            base_steps: self.steps.base,
            upsampler_steps: self.steps.upsampler,
        };
        Ok(Plan { settings, guides, start: start.transpose()?, intensity })
    }

    /// The alternative of the expression that this seed follows, if there is an expression.
    ///
    /// # Errors
    /// [`Error::Recipe`] where the expression cannot be read.
    pub fn clause(&self) -> Result<Option<Clause>> {
        self.leds().last().map_or(Ok(None), |led| led.clause(self.seed))
    }

    /// Every set of conditions that the network is asked under.
    fn sets(&self) -> Result<Vec<Conditions>> {
        let mut sets = Vec::new();
        for led in self.leds() {
            sets.extend(led.groups(self.seed)?.into_iter().map(|(set, _)| set));
            sets.push(led.against());
        }
        Ok(sets)
    }

    /// All parts of the run, in order.
    fn leds(&self) -> Vec<Led<'_>> {
        let earlier = self.earlier.iter().enumerate().map(|(i, earlier)| Led {
            path: format!("earlier[{i}]."),
            guidance: earlier.guidance,
            expression: earlier.expression.as_deref(),
            conditions: &earlier.conditions,
            against: &earlier.against,
        });
        let last = Led {
            path: String::new(),
            guidance: self.guidance,
            expression: self.expression.as_deref(),
            conditions: &self.conditions,
            against: &self.against,
        };
        earlier.chain([last]).collect()
    }

    /// Checks every expression: that it can be read and names only pictures that are there.
    pub(super) fn validate_expressions(&self) -> Result<()> {
        for led in self.leds() {
            let Some(source) = led.expression else { continue };
            let field = format!("{}expression", led.path);
            let parsed = Expression::parse(source).map_err(|error| Error::recipe(&field, error.to_string()))?;
            for (term, columns) in parsed.terms() {
                if let Term::Representation { image, .. } = term
                    && *image > self.images.len()
                {
                    let what = format!("column {}: there is no image {image}", columns.start);
                    return Err(Error::recipe(field, what));
                }
            }
            led.clause(self.seed)?;
        }
        Ok(())
    }
}

impl Led<'_> {
    fn clause(&self, seed: u64) -> Result<Option<Clause>> {
        let Some(source) = self.expression else { return Ok(None) };
        let clauses = Expression::parse(source).and_then(|expression| expression.normal_form());
        let clauses = clauses.map_err(|error| Error::recipe(format!("{}expression", self.path), error.to_string()))?;
        let [random, ..] = philox4x32_10([0, 0, CLAUSE, 0], [seed as u32, (seed >> 32) as u32]);
        Ok(Some(choose(&clauses, random).clone()))
    }

    /// The sets of conditions to go toward and how much each counts. The recipe's conditions join the first group of the
    /// expression where that leaves their places free, and are a group of their own otherwise.
    fn groups(&self, seed: u64) -> Result<Vec<(Conditions, f32)>> {
        let clause = self.clause(seed)?;
        let groups = clause.as_ref().map(joint_groups).unwrap_or_default();
        let mut groups: Vec<(Conditions, f32)> =
            groups.into_iter().map(|group| (Conditions::of_terms(&group.terms), group.weight)).collect();
        match groups.first_mut() {
            Some((first, weight)) if *weight > 0.0 && !first.meets(self.conditions) => first.fill(self.conditions),
            Some(_) if *self.conditions == Conditions::default() => {}
            _ => groups.insert(0, (self.conditions.clone(), 1.0)),
        }
        for (group, _) in &mut groups {
            group.fill(&self.shared());
        }
        Ok(groups)
    }

    /// c₁.
    fn against(&self) -> Conditions {
        let mut against = match self.against {
            Against::Nothing | Against::Locals => Conditions::default(),
            Against::Conditions(conditions) => (**conditions).clone(),
        };
        against.fill(&self.shared());
        against
    }

    /// What is in every set, so that it counts once and guidance does not exaggerate it: what is kept of a picture, and all
    /// local conditions where guidance is to be by the global ones alone (VideoComposer's practice).
    fn shared(&self) -> Conditions {
        let Conditions { sketch, instances, depth, intensity, masking, .. } = self.conditions.clone();
        let kept = Conditions { masking, ..Conditions::default() };
        match self.against {
            Against::Locals => Conditions { sketch, instances, depth, intensity, ..kept },
            Against::Nothing | Against::Conditions(_) => kept,
        }
    }
}

impl Under {
    /// What a picture is, masking aside.
    fn conditions_of(self, image: usize) -> Conditions {
        let local = (self == Self::Everything).then(|| PictureEntry::of(image));
        Conditions {
            semantics: Some(SemanticsEntry::of(image)),
            palette: Some(PaletteEntry::of(image)),
            sketch: local.clone(),
            instances: local.clone(),
            depth: local.clone(),
            intensity: local,
            ..Conditions::default()
        }
    }
}

impl Conditions {
    /// Those of a group of an expression, at most one of each kind.
    fn of_terms(terms: &[WeightedTerm]) -> Self {
        let mut set = Self::default();
        for WeightedTerm { term, weight } in terms {
            let weight = *weight;
            match term {
                Term::Caption(text) => {
                    set.caption = Some(CaptionEntry { weight, ..CaptionEntry::new(text.clone()) });
                }
                Term::Representation { kind: Representation::Semantics, image } => {
                    set.semantics = Some(SemanticsEntry { weight, ..SemanticsEntry::of(*image) });
                }
                Term::Representation { kind: Representation::Palette, image } => {
                    let entry = PaletteEntry::of(*image);
                    set.palette = Some(PaletteEntry { weight, ..entry });
                }
                Term::Representation { kind, image } => {
                    let place = match kind {
                        Representation::Sketch => &mut set.sketch,
                        Representation::Instances => &mut set.instances,
                        Representation::Depth => &mut set.depth,
                        _ => &mut set.intensity,
                    };
                    *place = Some(PictureEntry { weight, ..PictureEntry::of(*image) });
                }
            }
        }
        set
    }

    /// Whether both have a condition of one kind.
    fn meets(&self, other: &Self) -> bool {
        (self.caption.is_some() && other.caption.is_some())
            || (self.semantics.is_some() && other.semantics.is_some())
            || (self.palette.is_some() && other.palette.is_some())
            || (self.sketch.is_some() && other.sketch.is_some())
            || (self.instances.is_some() && other.instances.is_some())
            || (self.depth.is_some() && other.depth.is_some())
            || (self.intensity.is_some() && other.intensity.is_some())
            || (self.masking.is_some() && other.masking.is_some())
    }

    /// Takes over what it has none of.
    fn fill(&mut self, other: &Self) {
        fn fill<T: Clone>(place: &mut Option<T>, other: Option<&T>) {
            if place.is_none() {
                *place = other.cloned();
            }
        }
        fill(&mut self.caption, other.caption.as_ref());
        fill(&mut self.semantics, other.semantics.as_ref());
        fill(&mut self.palette, other.palette.as_ref());
        fill(&mut self.sketch, other.sketch.as_ref());
        fill(&mut self.instances, other.instances.as_ref());
        fill(&mut self.depth, other.depth.as_ref());
        fill(&mut self.intensity, other.intensity.as_ref());
        fill(&mut self.masking, other.masking.as_ref());
    }

    fn mark_needed(&self, images: &mut [Needed]) {
        if let Some(SemanticsEntry { of, from, .. }) = self.semantics {
            for image in [Some(of), from].into_iter().flatten() {
                images[image - 1].semantics = true;
            }
        }
        let maps = [&self.sketch, &self.instances, &self.depth].map(|entry| entry.as_ref().and_then(|entry| entry.of));
        let masked = self.masking.as_ref().and_then(|masking| masking.of.filter(|_| masking.mask.is_none()));
        for image in maps.into_iter().chain([masked]).flatten() {
            images[image - 1].maps = true;
        }
    }
}
