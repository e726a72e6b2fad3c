//! What each task promises, with the tiny model: what is kept is kept, what is given counts. Whether the result is beautiful is
//! for the real model and `composer evaluate` to say. Natively only: the browser runs the same code in the tests of the page.
#![cfg(not(target_arch = "wasm32"))]

use async_trait::async_trait;
use composer::Result;
use composer::backend::{Choice, decide};
use composer::conditions::intensity;
use composer::engine::Engine;
use composer::image::Picture;
use composer::pipeline::{Observer, Step};
use composer::recipe::{
    CaptionEntry, Earlier, ImageData, Inversion, PaletteEntry, Recipe, Sampler, SemanticsEntry, Task, Under,
};
use composer::tasks::{Inputs, STRIP, Value, recipes};

#[path = "common/tiny.rs"]
mod tiny;
use tiny::Tiny;

const SIDE: u32 = 256;

/// Remembers the stages, and what the base showed last.
#[derive(Default)]
struct Stages(Vec<(&'static str, usize)>, Vec<f32>);

#[async_trait(?Send)]
impl Observer for Stages {
    async fn step(&mut self, step: Step<'_>) -> Result<()> {
        self.0.push((step.stage, step.step));
        if let ("base", Some((small, _))) = (step.stage, step.preview) {
            self.1 = small.to_vec();
        }
        Ok(())
    }
}

/// The engine with whatever stages are needed.
struct Studio(Engine);

impl Studio {
    fn new() -> Self {
        let decision = decide(Choice::Cpu, None).expect("there is a CPU");
        Self(pollster::block_on(Engine::open(&Tiny, &decision)).expect("the tiny model opens"))
    }

    fn make(&mut self, recipe: &Recipe) -> Picture {
        self.watched(recipe).0
    }

    fn watched(&mut self, recipe: &Recipe) -> (Picture, Vec<(&'static str, usize)>) {
        let (picture, stages) = self.observed(recipe);
        (picture, stages.0)
    }

    fn observed(&mut self, recipe: &Recipe) -> (Picture, Stages) {
        let mut stages = Stages::default();
        let made = pollster::block_on(async {
            self.0.load(&Tiny, &recipe.stages().expect("the recipe is sound"), &mut |_| {}).await?;
            self.0.generate(recipe, &mut stages).await
        });
        (made.expect("the recipe runs").picture, stages)
    }

    fn task(&mut self, task: Task, inputs: &Inputs) -> Picture {
        self.make(&quick(recipes(task, inputs).expect("the inputs are sound").swap_remove(0)))
    }
}

/// Few steps: the promises do not depend on them.
fn quick(mut recipe: Recipe) -> Recipe {
    recipe.steps.prior = 2;
    recipe.steps.base = if recipe.inversion.is_some() { 20 } else { 3 };
    recipe.steps.upsampler = 2;
    recipe
}

/// A coloured disc on a ground that grows darker to the right.
fn scene(disc: [u8; 3], centre: u32) -> Picture {
    let pixel = |at: u32| {
        let (y, x) = (at / SIDE, at % SIDE);
        let near = (y.abs_diff(128)).pow(2) + x.abs_diff(centre).pow(2) < 60 * 60;
        if near { disc } else { [250 - (x / 2) as u8, 240, 200] }
    };
    Picture::new(SIDE, SIDE, (0..SIDE * SIDE).flat_map(pixel).collect()).expect("it is a picture")
}

/// White in a square in the middle.
fn mask() -> Picture {
    let free = |at: u32| (80..176).contains(&(at / SIDE)) && (80..176).contains(&(at % SIDE));
    let rgb = (0..SIDE * SIDE).flat_map(|at| [if free(at) { 255 } else { 0 }; 3]).collect();
    Picture::new(SIDE, SIDE, rgb).expect("it is a picture")
}

fn data(picture: &Picture) -> ImageData {
    ImageData::from_picture(picture).expect("it can be written")
}

fn inputs<const N: usize>(pictures: [(&str, &Picture); N]) -> Inputs {
    let value = |(name, picture): (&str, &Picture)| (name.to_owned(), Value::Text(data(picture).as_str().to_owned()));
    Inputs(pictures.into_iter().map(value).collect())
}

fn with(mut inputs: Inputs, name: &str, value: Value) -> Inputs {
    inputs.0.insert(name.to_owned(), value);
    inputs
}

fn words(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Decibels of a picture in [-1, 1].
fn psnr(picture: &[f32], want: &[f32]) -> f64 {
    let squares = picture.iter().zip(want).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    10.0 * (4.0 * want.len() as f64 / squares).log10()
}

fn largest_difference(a: &Picture, b: &Picture) -> u8 {
    a.rgb.iter().zip(&b.rgb).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

/// Pixels at which two pictures differ.
fn changed(a: &Picture, b: &Picture) -> Vec<usize> {
    let (a, b) = (a.rgb.as_chunks::<3>().0, b.rgb.as_chunks::<3>().0);
    (0..a.len()).filter(|&at| a[at] != b[at]).collect()
}

fn in_the_square(at: usize) -> bool {
    (80..176).contains(&(at / 256)) && (80..176).contains(&(at % 256))
}

#[test]
fn words_count_in_text_to_image_and_in_translation() {
    let mut studio = Studio::new();
    let said = |text| with(Inputs::default(), "caption", words(text));
    let cat = studio.task(Task::TextToImage, &said("a cat"));
    assert_eq!(studio.task(Task::TextToImage, &said("a cat")), cat);
    assert_ne!(studio.task(Task::TextToImage, &said("a red house")), cat);
    let scene = scene([200, 30, 30], 128);
    let translated = |text| with(inputs([("image", &scene)]), "caption", words(text));
    let clay = studio.task(Task::ImageTranslation, &translated("a clay figure"));
    assert_ne!(studio.task(Task::ImageTranslation, &translated("a pencil drawing")), clay);
}

#[test]
fn variations_differ_by_the_seed_and_by_what_is_kept() {
    let (mut studio, scene) = (Studio::new(), scene([200, 30, 30], 128));
    let everything = with(inputs([("image", &scene)]), "keep", words("everything"));
    let recipe = quick(recipes(Task::Variations, &everything).expect("sound").swap_remove(0));
    let first = studio.make(&recipe);
    assert_ne!(studio.make(&Recipe { seed: 1, ..recipe }), first);
    assert_ne!(studio.task(Task::Variations, &inputs([("image", &scene)])), first);
}

#[test]
fn the_ends_of_an_interpolation_are_the_two_single_runs() {
    let mut studio = Studio::new();
    let pictures = [scene([200, 30, 30], 90), scene([20, 60, 220], 160)];
    let strip = recipes(Task::Interpolation, &inputs([("first", &pictures[0]), ("second", &pictures[1])]));
    let strip: Vec<Recipe> = strip.expect("sound").into_iter().map(quick).collect();
    assert_eq!(strip.len(), STRIP);
    let single = |image: usize| {
        let mut recipe = Recipe { task: None, ..strip[0].clone() };
        recipe.conditions.semantics = Some(SemanticsEntry::of(image));
        recipe.conditions.palette = Some(PaletteEntry::of(image));
        recipe.inversion = Some(Inversion { under: Under::Globals, ..Inversion::of(image) });
        recipe
    };
    let ends = [&strip[0], &strip[STRIP - 1]].map(|recipe| studio.observed(recipe));
    for (index, (end, Stages(_, small))) in ends.iter().enumerate() {
        // The arc's ends are the vectors themselves up to the rounding of a unit vector.
        assert!(largest_difference(end, &studio.make(&single(index + 1))) <= 1);
        // Each is the picture itself: the way to its noise leads back.
        let decibels = psnr(small, &pictures[index].reduced(4).to_planar());
        assert!(decibels > 30.0, "{decibels} dB");
    }
    assert!(largest_difference(&ends[0].0, &ends[1].0) > 1);
}

#[test]
fn a_strip_looks_for_each_noise_once_and_is_the_same_as_its_pictures_by_themselves() {
    let pictures = [scene([200, 30, 30], 90), scene([20, 60, 220], 160)];
    let strip = recipes(Task::Interpolation, &inputs([("first", &pictures[0]), ("second", &pictures[1])]));
    let strip: Vec<Recipe> = strip.expect("sound").into_iter().map(quick).collect();
    let mut studio = Studio::new();
    let mut looked_for = Vec::new();
    for recipe in &strip[..3] {
        let stages = studio.watched(recipe).1;
        looked_for.push(stages.iter().filter(|(stage, step)| (*stage, *step) == ("inversion", 1)).count());
    }
    assert_eq!(looked_for, [1, 1, 0]);
    assert_eq!(studio.make(&strip[2]), Studio::new().make(&strip[2]));
}

#[test]
fn reconfiguration_without_an_edit_returns_to_the_picture() {
    let (mut studio, scene) = (Studio::new(), scene([200, 30, 30], 128));
    let image = inputs([("image", &scene)]);
    let edited = with(image, "depth", Value::Text(data(&mask()).as_str().to_owned()));
    let mut recipe = quick(recipes(Task::Reconfiguration, &edited).expect("sound").swap_remove(0));
    let (with_edit, stages) = studio.watched(&recipe);
    assert!(stages.contains(&("inversion", 40)), "{stages:?}");
    // Everything that the picture is, unedited and without guidance: the same way back.
    recipe.guidance = 1.0;
    recipe.conditions.depth = recipe.conditions.sketch.clone();
    recipe.conditions.intensity = recipe.conditions.sketch.clone();
    recipe.inversion = Some(Inversion { refinements: 3, ..Inversion::of(1) });
    let (back, Stages(_, small)) = studio.observed(&recipe);
    let want = scene.reduced(4).to_planar();
    let decibels = psnr(&small, &want);
    assert!(decibels > 40.0, "{decibels} dB");
    assert_ne!(with_edit, back);
}

#[test]
fn a_region_is_edited_and_nothing_else() {
    let (mut studio, scene, mask) = (Studio::new(), scene([200, 30, 30], 128), mask());
    let region = with(inputs([("image", &scene), ("mask", &mask)]), "caption", words("a hat"));
    let tried = inputs([("body", &scene), ("garment", &self::scene([9, 90, 9], 60)), ("mask", &mask)]);
    let filled = inputs([("image", &scene), ("mask", &mask)]);
    for (task, inputs) in [(Task::RegionEditing, region), (Task::VirtualTryOn, tried), (Task::Inpainting, filled)] {
        let changed = changed(&studio.task(task, &inputs), &scene);
        assert!(!changed.is_empty() && changed.iter().all(|&at| in_the_square(at)), "{}", task.name());
    }
}

#[test]
fn room_is_made_around_a_picture_which_itself_stays() {
    let (mut studio, scene) = (Studio::new(), scene([200, 30, 30], 128));
    let wide = with(inputs([("image", &scene)]), "margin", Value::Number(0.25));
    let result = studio.task(Task::Inpainting, &wide);
    let small = scene.fitted(128);
    for y in 0..128 {
        let row = &result.rgb[((y + 64) * 256 + 64) * 3..][..128 * 3];
        assert_eq!(*row, small.rgb[y * 128 * 3..][..128 * 3], "row {y}");
    }
}

#[test]
fn new_colors_leave_light_and_dark_as_they_were() {
    let (mut studio, scene) = (Studio::new(), scene([200, 30, 30], 128));
    let colored = |colors| with(inputs([("image", &scene)]), "colors", words(colors));
    let blue = studio.task(Task::PaletteColorization, &colored("#2040d0:3,#ffffff"));
    let (want, got) = (intensity::from_picture(&scene), intensity::from_picture(&blue));
    let worst = want.data.iter().zip(&got.data).map(|(a, b)| (a - b).abs() * 127.5).fold(0.0, f32::max);
    assert!(worst <= 0.51, "off by {worst} of 255");
    assert_ne!(studio.task(Task::PaletteColorization, &colored("#d02020")), blue);
}

#[test]
fn a_style_counts_by_its_strength() {
    let mut studio = Studio::new();
    let (content, style) = (scene([200, 30, 30], 90), scene([20, 60, 220], 160));
    let both = inputs([("content", &content), ("style", &style)]);
    let mut at = |strength| studio.task(Task::StyleTransfer, &with(both.clone(), "strength", Value::Number(strength)));
    let (none, half, all) = (at(0.0), at(0.5), at(1.0));
    assert!(none != half && half != all && none != all);
    // Without strength the style picture does not matter.
    let other = with(inputs([("content", &content), ("style", &scene([0, 0, 0], 20))]), "strength", Value::Number(0.0));
    assert!(largest_difference(&studio.task(Task::StyleTransfer, &other), &none) <= 1);
}

#[test]
fn a_pose_and_an_object_both_count() {
    let mut studio = Studio::new();
    let (object, pose) = (scene([200, 30, 30], 90), scene([20, 60, 220], 190));
    let posed = |object, pose| with(inputs([("object", object), ("pose", pose)]), "by", words("lines"));
    let result = studio.task(Task::PoseTransfer, &posed(&object, &pose));
    assert_ne!(studio.task(Task::PoseTransfer, &posed(&pose, &pose)), result);
    assert_ne!(studio.task(Task::PoseTransfer, &posed(&object, &object)), result);
}

#[test]
fn every_condition_of_a_composition_counts() {
    let (mut studio, scene) = (Studio::new(), scene([200, 30, 30], 128));
    let all = ["style", "palette", "lines", "instances", "depth", "intensity"];
    let results: Vec<Picture> =
        all.map(|name| studio.task(Task::Compositional, &inputs([(name, &scene)]))).into_iter().collect();
    for (i, a) in results.iter().enumerate() {
        for b in &results[i + 1..] {
            assert_ne!(a, b);
        }
    }
}

fn caption(text: &str, seed: u64) -> Recipe {
    let mut recipe = quick(Recipe { seed, ..Recipe::default() });
    recipe.steps.base = 6;
    recipe.conditions.caption = Some(CaptionEntry::new(text.into()));
    recipe
}

#[test]
fn a_run_that_is_taken_up_again_ends_as_if_it_had_begun_anew() {
    for sampler in [Sampler::Ddim, Sampler::DpmSolverPlusPlus2M, Sampler::UniPc] {
        let cat = Recipe { sampler, ..caption("a cat", 3) };
        let mut branch = Recipe { sampler, ..caption("a dog", 3) };
        branch.earlier = vec![Earlier {
            until: 4,
            guidance: cat.guidance,
            expression: None,
            conditions: cat.conditions.clone(),
            against: cat.against.clone(),
        }];
        let (anew, steps) = Studio::new().watched(&branch);
        assert_eq!(steps.iter().filter(|(stage, _)| *stage == "base").count(), 6);
        let mut studio = Studio::new();
        let first = studio.make(&cat);
        let (resumed, steps) = studio.watched(&branch);
        assert_eq!(steps.iter().filter(|(stage, _)| *stage == "base").count(), 2, "the first four are not made again");
        assert_eq!(resumed, anew);
        assert_ne!(first, anew);
        assert_eq!(studio.make(&cat), first, "the way back to what was");
    }
}

#[test]
fn each_picture_follows_one_alternative_of_its_expression() {
    let mut studio = Studio::new();
    let either =
        |seed| Recipe { expression: Some("a cat OR a dog".into()), ..quick(Recipe { seed, ..Recipe::default() }) };
    let mut followed = std::collections::BTreeSet::new();
    for seed in 0..6 {
        let clause = either(seed).clause().expect("it is sound").expect("there is one").to_string();
        let alone = Recipe { expression: Some(clause.clone()), ..either(seed) };
        assert_eq!(studio.make(&either(seed)), studio.make(&alone));
        followed.insert(clause);
    }
    assert_eq!(followed.len(), 2);
    let seed = 1;
    let not = Recipe { expression: Some("a cat AND NOT a dog".into()), ..either(seed) };
    let cat = Recipe { expression: Some("a cat".into()), ..either(seed) };
    assert_ne!(studio.make(&not), studio.make(&cat));
}
