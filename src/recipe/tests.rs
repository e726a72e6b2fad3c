use super::*;
use crate::conditions::{
    BASE_SIZE, CATEGORIES, ConditionSet, Depth, Instances, PICTURE_SIZE, Palette, Raster, Semantics, Weighted,
};
use crate::image::Picture;
use crate::pipeline::{Extracted, Guide, Maps};

const WHOLE: &str = r##"{"version":1,"model":{"name":"nano","sha256":"HASH"},"seed":7,"guidance":3.0,"sampler":"ddim","eta":0.5,"steps":{"prior":20,"base":20,"upsampler":10},"images":["IMAGE"],"conditions":{"caption":{"text":"a red apple, 3d emoji","weight":1.0,"start":0.0,"end":1.0},"semantics":{"of":1,"weight":1.0,"start":0.0,"end":1.0},"palette":{"colors":[{"color":"#d02020","weight":0.6}],"weight":0.5,"start":0.25,"end":0.75},"sketch":{"image":"IMAGE","weight":1.0,"start":0.0,"end":1.0},"instances":{"of":1,"weight":1.0,"start":0.0,"end":1.0},"depth":{"of":1,"weight":1.0,"start":0.0,"end":1.0},"intensity":{"image":"IMAGE","weight":1.0,"start":0.0,"end":1.0},"masking":{"image":"IMAGE","mask":"IMAGE","weight":1.0,"start":0.0,"end":1.0}}}"##;

fn whole() -> String {
    let picture = Picture::new(2, 2, vec![0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255]).unwrap();
    let image = serde_json::to_string(&ImageData::from_file("image/png", &picture.encode_png(None).unwrap())).unwrap();
    WHOLE.replace("\"IMAGE\"", &image).replace("HASH", &"0a".repeat(32))
}

/// What the networks might have found in a picture; every map has `value` everywhere.
fn found(value: f32) -> Extracted {
    let rgb = vec![(value * 200.0) as u8; PICTURE_SIZE * PICTURE_SIZE * 3];
    let area = BASE_SIZE * BASE_SIZE;
    let maps = Maps {
        sketch: Raster::new(1, PICTURE_SIZE, vec![value; PICTURE_SIZE * PICTURE_SIZE]),
        instances: Instances::new(vec![(value * (CATEGORIES - 1) as f32) as u8; area], vec![0.0; area]).unwrap(),
        depth: Depth::new(vec![value; area]).unwrap(),
    };
    let semantics = Semantics::new(vec![value, 1.0 - value]).unwrap();
    let picture = Picture::new(PICTURE_SIZE as u32, PICTURE_SIZE as u32, rgb).unwrap();
    Extracted { picture, maps: Some(maps), semantics: Some(semantics) }
}

/// A recipe with two pictures and these fields.
fn with_two_pictures(fields: &str) -> String {
    let image = image_of(2);
    format!(r#"{{"version":1,"images":[{image},{image}],{fields}}}"#)
}

fn image_of(side: u32) -> String {
    let picture = Picture::new(side, side, vec![0; (side * side * 3) as usize]).unwrap();
    serde_json::to_string(&ImageData::from_picture(&picture).unwrap()).unwrap()
}

fn error_of(json: &str) -> String {
    Recipe::parse(json).and_then(|recipe| recipe.plan(&[])).unwrap_err().to_string()
}

#[test]
fn a_recipe_survives_json() {
    let recipe = Recipe::parse(&whole()).unwrap();
    assert_eq!(recipe.to_json(), whole());
    assert_eq!(Recipe::parse(&recipe.to_json()), Ok(recipe));
}

#[test]
fn a_recipe_survives_a_png() {
    let picture = Picture::new(1, 1, vec![9, 9, 9]).unwrap();
    let png = picture.encode_png(Some((PNG_KEYWORD, &whole()))).unwrap();
    assert_eq!(crate::image::read_text(&png, PNG_KEYWORD), Ok(Some(whole())));
}

#[test]
fn what_is_left_out_has_its_default() {
    let recipe =
        Recipe::parse(r#"{"version": 1, "steps": {"base": 5}, "conditions": {"caption": {"text": "a pear"}}}"#)
            .unwrap();
    let steps = StageSteps { base: 5, ..StageSteps::default() };
    assert_eq!((recipe.seed, recipe.steps, recipe.sampler), (0, steps, Sampler::DpmSolverPlusPlus2M));
    let plan = recipe.plan(&[]).unwrap();
    assert_eq!(plan.guides[0].1.toward[0].0.caption, Some(Weighted::new("a pear".to_owned())));
    assert_eq!(Recipe::parse(r#"{"version": 1}"#), Ok(Recipe::default()));
}

#[test]
fn every_condition_reaches_the_set() {
    let plan = Recipe::parse(&whole()).unwrap().plan(&[found(1.0)]).unwrap();
    let Guide { toward, against, .. } = &plan.guides[0].1;
    let (set, _) = &toward[0];
    assert!(set.caption.is_some() && set.sketch.is_some() && set.intensity.is_some() && set.masking.is_some());
    assert!(set.semantics.is_some() && set.instances.is_some() && set.depth.is_some());
    // What is kept is in every set, so that guidance does not exaggerate it.
    assert_eq!(*against, ConditionSet { masking: set.masking.clone(), ..ConditionSet::default() });
    let palette = set.palette.clone().unwrap();
    assert!(palette.weight_at(0.5) > 0.0 && palette.weight_at(0.9) <= 0.0);
}

#[test]
fn an_error_names_its_field_and_what_would_be_right() {
    let cases = [
        (r#"{"version": 2}"#, "version: 2 is unknown; this program reads 1"),
        (r#"{"version": 1, "seed": -1}"#, "seed: "),
        (r#"{"version": 1, "seed": 1.5}"#, "seed: "),
        (r#"{"version": 1, "seed": 9007199254740992}"#, "seed: 9007199254740992 is too large"),
        (r#"{"version": 1, "guidance": 31}"#, "guidance: 31 is out of range; choose 0 to 30"),
        (r#"{"version": 1, "guidance": "3"}"#, "guidance: invalid type"),
        (r#"{"version": 1, "guidance": null}"#, "guidance: invalid type"),
        (
            r#"{"version": 1, "sampler": "euler"}"#,
            "sampler: unknown variant `euler`, expected one of `ddim`, `dpm++2m`, `unipc`",
        ),
        (r#"{"version": 1, "eta": 0.5}"#, "eta: only the sampler \"ddim\""),
        (r#"{"version": 1, "steps": {"base": 0}}"#, "steps.base: 0 steps; choose 1 to 1000"),
        (r#"{"version": 1, "steps": {"prior": 1001}}"#, "steps.prior: 1001 steps"),
        (r#"{"version": 1, "model": {"name": "nano", "sha256": "x"}}"#, "model.sha256: "),
        (r#"{"version": 1, "size": 5}"#, "unknown field `size`"),
        (r#"{"version": 1, "conditions": {"sketsch": {}}}"#, "unknown field `sketsch`"),
        (r#"{"version": 1, "conditions": {"caption": {"text": " "}}}"#, "conditions.caption.text: 1 characters"),
        (r#"{"version": 1, "conditions": {"caption": {}}}"#, "conditions.caption: missing field `text`"),
        (
            r#"{"version": 1, "conditions": {"caption": {"text": "a", "weight": 3}}}"#,
            "conditions.caption.weight: 3 is out",
        ),
        (
            r#"{"version": 1, "conditions": {"caption": {"text": "a", "start": 0.5, "end": 0.2}}}"#,
            "conditions.caption.end: 0.2 is out of range; choose 0.5 to 1",
        ),
        (r#"{"version": 1, "conditions": {"palette": {"colors": []}}}"#, "conditions.palette.colors: 0 colours"),
        (
            r#"{"version": 1, "conditions": {"palette": {"colors": [{"color": "red"}]}}}"#,
            "conditions.palette.colors[0].color: a colour is written #rrggbb",
        ),
        (
            r##"{"version": 1, "conditions": {"palette": {"colors": [{"color": "#ff0000", "weight": -1}]}}}"##,
            "conditions.palette.colors[0].weight: -1 is out of range",
        ),
        (
            r##"{"version": 1, "conditions": {"palette": {"colors": [{"color": "#ff0000", "weight": 0}]}}}"##,
            "conditions.palette.colors: no colour has a weight above 0",
        ),
        (
            r#"{"version": 1, "conditions": {"sketch": {"image": "https://example.org/x.png"}}}"#,
            "conditions.sketch.image: it is not a picture inside the recipe",
        ),
        (
            r#"{"version": 1, "conditions": {"sketch": {"image": "data:image/png;base64,!!"}}}"#,
            "conditions.sketch.image: its base64 is damaged",
        ),
        (
            r#"{"version": 1, "conditions": {"intensity": {"image": "data:image/png;base64,AAAA"}}}"#,
            "conditions.intensity.image: this program does not read its format",
        ),
        (r#"{"version": 1, "expression": "a beach AND"}"#, "expression: column 12: expected a condition after AND"),
        (r#"{"version": 1, "expression": "cat AND style(image 1)"}"#, "expression: column 9: there is no image 1"),
        (r#"{"version": 1, "expression": "cat AND NOT cat"}"#, "expression: column 1: no picture can fit this"),
        (
            r#"{"version": 1, "conditions": {"depth": {"of": 1}}}"#,
            "conditions.depth.of: there is no image 1: the recipe has no `images`",
        ),
        (
            r#"{"version": 1, "conditions": {"depth": {}}}"#,
            "conditions.depth: it has no picture; give `image`, or `of`",
        ),
        (
            r#"{"version": 1, "conditions": {"masking": {"image": "data:image/png;base64,AAAA"}}}"#,
            "conditions.masking.mask: say what may be changed",
        ),
        (r#"{"version": 1, "exact_intensity": true}"#, "exact_intensity: there is no `conditions.intensity`"),
        (r#"{"version": 1, "against": "everything"}"#, "unknown variant `everything`"),
        (
            r#"{"version": 1, "against": {"conditions": {"caption": {"text": ""}}}}"#,
            "against.conditions.caption.text: 0 characters",
        ),
        (r#"{"version": 1, "inversion": {"of": 1}}"#, "inversion.of: there is no image 1"),
        (r#"{"version": 1, "inversion": {"of": 1, "under": "nothing"}}"#, "unknown variant `nothing`"),
        (r#"{"version": 1, "earlier": [{"until": 20}]}"#, "earlier[0].until: step 20; choose 1 to 19"),
        (r#"{"version": 1, "earlier": [{"until": 5}, {"until": 5}]}"#, "earlier[1].until: step 5; choose 6 to 19"),
        (
            r#"{"version": 1, "earlier": [{"until": 5, "expression": "NOT"}]}"#,
            "earlier[0].expression: column 4: expected a condition",
        ),
        (r#"{"version": 1, "task": "magic"}"#, "task: unknown variant `magic`"),
        ("[]", "recipe: "),
        ("", "recipe: "),
        (r#"{"version": 1} x"#, "recipe: trailing characters"),
        (r#"{"version": 1, "guidance": 1e999}"#, "guidance: number out of range"),
        (r#"{"version": 1, "guidance": NaN}"#, "guidance: "),
    ];
    for (json, want) in cases {
        let message = error_of(json);
        assert!(message.starts_with("Recipe: ") && message.contains(want), "{json}\n  {message}\n  wanted {want}");
    }
}

#[test]
fn hostile_sizes_are_refused_and_not_repeated_in_the_message() {
    let picture = format!("data:image/png;base64,{}", "A".repeat(17 << 20));
    let message = error_of(&format!(r#"{{"version":1,"conditions":{{"sketch":{{"image":"{picture}"}}}}}}"#));
    assert!(message.contains("conditions.sketch.image: it is larger than 16 MiB") && message.len() < 300, "{message}");

    let message = error_of(&format!(r#"{{"version":1,"guidance":"{picture}"}}"#));
    assert!(message.contains("guidance: invalid type") && message.len() < 300, "{} bytes", message.len());

    let message = error_of(&format!(r#"{{"version":1,"conditions":{{"caption":{{"text":"{}"}}}}}}"#, "é".repeat(2001)));
    assert!(message.contains("conditions.caption.text: 2001 characters"), "{message}");

    let message = error_of(&"[".repeat(100_000));
    assert!(message.starts_with("Recipe: "), "{message}");

    let message = error_of(&" ".repeat(MAX_JSON_BYTES + 1));
    assert!(message.contains("larger than 32 MiB"), "{message}");
}

#[test]
fn a_recipe_built_in_code_is_checked_too() {
    let nan = Recipe { guidance: f32::NAN, ..Recipe::default() };
    assert!(nan.validate().is_err_and(|error| error.to_string().contains("guidance: NaN is out of range")));
}

#[test]
fn a_mask_must_fit_its_picture() {
    let masking = format!(r#"{{"image":{},"mask":{}}}"#, image_of(2), image_of(3));
    let message = error_of(&format!(r#"{{"version":1,"conditions":{{"masking":{masking}}}}}"#));
    assert!(message.contains("conditions.masking.mask: the mask is 3 x 3 pixels and the picture 2 x 2"), "{message}");
}

/// How much each set counts, and what is in it.
fn sets(json: &str) -> Vec<(f32, String)> {
    let recipe = Recipe::parse(json).unwrap();
    let plan = recipe.plan(&[found(0.0), found(1.0)]).unwrap();
    let guide = &plan.guides.last().unwrap().1;
    let named = |set: &ConditionSet| {
        let caption = set.caption.as_ref().map_or("", |caption| &caption.value);
        let parts = [
            (set.semantics.is_some(), "semantics"),
            (set.palette.is_some(), "palette"),
            (set.sketch.is_some(), "sketch"),
            (set.instances.is_some(), "instances"),
            (set.depth.is_some(), "depth"),
            (set.intensity.is_some(), "intensity"),
            (set.masking.is_some(), "masking"),
        ];
        let parts = parts.iter().filter(|(there, _)| *there).map(|(_, name)| *name);
        [caption].into_iter().filter(|caption| !caption.is_empty()).chain(parts).collect::<Vec<_>>().join("+")
    };
    let toward = guide.toward.iter().map(|(set, weight)| (*weight, named(set)));
    toward.chain([(0.0, named(&guide.against))]).collect()
}

fn expected(sets: &[(f32, &str)]) -> Vec<(f32, String)> {
    sets.iter().map(|(weight, name)| (*weight, (*name).to_owned())).collect()
}

#[test]
fn conditions_join_an_expression_where_it_leaves_their_places_free() {
    let fields = r#""expression": "cat^2 AND style(image 1) AND NOT dog", "conditions": {"sketch": {"of": 2}}"#;
    let want = [(2.0, "cat+semantics+sketch"), (-1.0, "dog"), (0.0, "")];
    assert_eq!(sets(&with_two_pictures(fields)), expected(&want));
    let fields = r#""expression": "cat AND sketch(image 1)", "conditions": {"sketch": {"of": 2}}"#;
    let want = [(1.0, "sketch"), (1.0, "cat+sketch"), (0.0, "")];
    assert_eq!(sets(&with_two_pictures(fields)), expected(&want));
    let fields = r#""expression": "NOT dog""#;
    assert_eq!(sets(&with_two_pictures(fields)), expected(&[(-1.0, "dog"), (0.0, "")]));
}

#[test]
fn guidance_leads_away_from_what_the_recipe_says() {
    let both = r#""conditions": {"caption": {"text": "cat"}, "depth": {"of": 2}, "masking": {"of": 1}}"#;
    let want = [(1.0, "cat+depth+masking"), (0.0, "masking")];
    assert_eq!(sets(&with_two_pictures(both)), expected(&want));
    let want = [(1.0, "cat+depth+masking"), (0.0, "depth+masking")];
    assert_eq!(sets(&with_two_pictures(&format!(r#"{both}, "against": "locals""#))), expected(&want));
    let negative = format!(r#"{both}, "against": {{"conditions": {{"caption": {{"text": "blurred"}}}}}}"#);
    assert_eq!(sets(&with_two_pictures(&negative)), expected(&[want[0], (0.0, "blurred+masking")]));
}

#[test]
fn a_style_s_strength_is_a_place_on_the_arc_and_a_palette_s_on_the_line() {
    let strength = |strength: f32| {
        let fields = format!(
            r#""conditions": {{"semantics": {{"of": 2, "from": 1, "strength": {strength}}},
                "palette": {{"of": 2, "from": 1, "strength": {strength}}}}}"#
        );
        let recipe = Recipe::parse(&with_two_pictures(&fields)).unwrap();
        let set = recipe.plan(&[found(0.0), found(1.0)]).unwrap().guides[0].1.toward[0].0.clone();
        (set.semantics.unwrap().value, set.palette.unwrap().value)
    };
    let (first, second) = (found(0.0), found(1.0));
    for (share, end) in [(0.0, &first), (1.0, &second)] {
        let (semantics, palette) = strength(share);
        assert!(semantics.cosine(end.semantics.as_ref().unwrap()) > 0.9999);
        let want = crate::pipeline::palette_of(&end.picture);
        assert!(palette.0.iter().zip(want.0).all(|(a, b)| (a - b).abs() < 1e-6));
    }
    let (semantics, Palette(palette)) = strength(0.5);
    assert!((semantics.values()[0] - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6);
    assert!((palette.iter().sum::<f32>() - 1.0).abs() < 1e-5);
}

#[test]
fn only_the_stages_that_a_recipe_needs_are_named() {
    let stages = |fields: &str| Recipe::parse(&with_two_pictures(fields)).unwrap().stages().unwrap();
    assert_eq!(stages(r#""seed": 1"#), ["base", "upsampler"]);
    let caption = r#""conditions": {"caption": {"text": "a cat"}"#;
    assert_eq!(stages(&format!("{caption}}}")), ["text_encoder", "prior", "base", "upsampler"]);
    let style = format!(r#"{caption}, "semantics": {{"of": 1}}}}"#);
    assert_eq!(stages(&style), ["text_encoder", "image_encoder", "projection", "base", "upsampler"]);
    assert_eq!(stages(r#""conditions": {"depth": {"of": 1}}"#), ["decomposer", "base", "upsampler"]);
    assert_eq!(stages(r#""conditions": {"intensity": {"of": 1}}"#), ["base", "upsampler"]);
    assert_eq!(stages(r#""conditions": {"masking": {"of": 1}}"#), ["decomposer", "base", "upsampler"]);
    assert_eq!(stages(r#""expression": "NOT a dog""#), ["text_encoder", "prior", "base", "upsampler"]);
    let inverted = r#""sampler": "ddim", "inversion": {"of": 2}"#;
    assert_eq!(stages(inverted), ["decomposer", "image_encoder", "projection", "base", "upsampler"]);
}

#[test]
fn inversion_wants_a_sampler_that_finds_the_way_back() {
    let message = error_of(&with_two_pictures(r#""inversion": {"of": 1}"#));
    assert!(message.contains("inversion: only the sampler \"ddim\" with eta 0"), "{message}");
    let json = with_two_pictures(r#""sampler": "ddim", "inversion": {"of": 2}"#);
    let plan = Recipe::parse(&json).unwrap().plan(&[found(0.0), found(1.0)]).unwrap();
    let [inverted] = &plan.start.unwrap().pictures[..] else { panic!("one picture") };
    assert_eq!(inverted.picture, found(1.0).picture);
    let all = &inverted.conditions;
    assert!(all.semantics.is_some() && all.palette.is_some() && all.sketch.is_some() && all.instances.is_some());
    assert!(all.depth.is_some() && all.intensity.is_some() && all.caption.is_none() && all.masking.is_none());
}

#[test]
fn a_run_begins_between_the_noises_of_two_pictures() {
    let start = |strength: f32| {
        let fields = format!(
            r#""sampler": "ddim", "inversion": {{"of": 2, "from": 1, "strength": {strength}, "under": "globals"}}"#
        );
        let recipe = Recipe::parse(&with_two_pictures(&fields)).unwrap();
        assert_eq!(recipe.stages().unwrap(), ["image_encoder", "projection", "base", "upsampler"]);
        recipe.plan(&[found(0.0), found(1.0)]).unwrap().start.unwrap()
    };
    let [from, to] = &start(0.25).pictures[..] else { panic!("two pictures") };
    assert_eq!((&from.picture, &to.picture), (&found(0.0).picture, &found(1.0).picture));
    assert!(to.conditions.semantics.is_some() && to.conditions.palette.is_some() && to.conditions.sketch.is_none());
    // At its ends the way has one picture.
    for (strength, end) in [(0.0, from), (1.0, to)] {
        assert_eq!(start(strength).pictures, std::slice::from_ref(end));
    }
    let message = error_of(&with_two_pictures(r#""sampler": "ddim", "inversion": {"of": 2, "from": 3}"#));
    assert!(message.contains("inversion.from: there is no image 3"), "{message}");
    let message =
        error_of(&with_two_pictures(r#""sampler": "ddim", "inversion": {"of": 2, "from": 1, "strength": 2}"#));
    assert!(message.contains("inversion.strength: 2 is out of range"), "{message}");
}

#[test]
fn what_led_earlier_steps_comes_first() {
    let json = r#"{"version":1,"steps":{"base":10},"conditions":{"caption":{"text":"dog"}},
        "earlier":[{"until":4,"conditions":{"caption":{"text":"cat"}}},{"until":6,"expression":"cow"}]}"#;
    let plan = Recipe::parse(json).unwrap().plan(&[]).unwrap();
    let led: Vec<_> = plan
        .guides
        .iter()
        .map(|(from, guide)| (*from, guide.toward[0].0.caption.as_ref().unwrap().value.as_str()))
        .collect();
    assert_eq!(led, [(0, "cat"), (4, "cow"), (6, "dog")]);
}

#[test]
fn alternatives_are_drawn_by_the_seed() {
    let clauses: std::collections::BTreeSet<String> = (0..16)
        .map(|seed| {
            let recipe = Recipe { seed, expression: Some("cat OR dog".into()), ..Recipe::default() };
            recipe.clause().unwrap().unwrap().to_string()
        })
        .collect();
    assert_eq!(clauses.into_iter().collect::<Vec<_>>(), ["\"cat\"", "\"dog\""]);
}

#[cfg(feature = "cli")]
#[test]
fn the_schema_knows_every_field_that_a_recipe_writes() {
    let schema = schema();
    let written: serde_json::Value = serde_json::from_str(&whole()).unwrap();
    let fields = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let known = fields(&schema["properties"]);
    assert!(fields(&written).iter().all(|field| known.contains(field)), "{known:?}");
    let known = fields(&schema["$defs"]["Conditions"]["properties"]);
    assert_eq!(fields(&written["conditions"]), known, "every condition is in the example and in the schema");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["version"]));
}

/// `composer schema > pkg/recipe.schema.json` brings it up to date.
#[cfg(feature = "cli")]
#[test]
fn the_published_schema_is_that_of_the_types() {
    assert_eq!(include_str!("../../pkg/recipe.schema.json").trim_end(), format!("{:#}", schema()));
}
