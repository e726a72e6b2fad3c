use super::*;
use crate::image::Picture;

const WHOLE: &str = r##"{"version":1,"model":{"name":"nano","sha256":"HASH"},"seed":7,"guidance":3.0,"sampler":"ddim","eta":0.5,"steps":{"prior":20,"base":20,"upsampler":10},"conditions":{"caption":{"text":"a red apple, 3d emoji","weight":1.0,"start":0.0,"end":1.0},"palette":{"colors":[{"color":"#d02020","weight":0.6}],"weight":0.5,"start":0.25,"end":0.75},"sketch":{"image":"IMAGE","weight":1.0,"start":0.0,"end":1.0},"intensity":{"image":"IMAGE","weight":1.0,"start":0.0,"end":1.0},"masking":{"image":"IMAGE","mask":"IMAGE","weight":1.0,"start":0.0,"end":1.0}}}"##;

fn whole() -> String {
    let picture = Picture::new(2, 2, vec![0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255]).unwrap();
    let image = serde_json::to_string(&ImageData::from_file("image/png", &picture.encode_png(None).unwrap())).unwrap();
    WHOLE.replace("\"IMAGE\"", &image).replace("HASH", &"0a".repeat(32))
}

fn error_of(json: &str) -> String {
    Recipe::parse(json).and_then(|recipe| recipe.conditions()).unwrap_err().to_string()
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
    let caption = recipe.conditions().unwrap().caption.unwrap();
    assert_eq!(caption, crate::conditions::Weighted::new("a pear".to_owned()));
    assert_eq!(Recipe::parse(r#"{"version": 1}"#), Ok(Recipe::default()));
}

#[test]
fn every_condition_reaches_the_set() {
    let set = Recipe::parse(&whole()).unwrap().conditions().unwrap();
    assert!(set.caption.is_some() && set.sketch.is_some() && set.intensity.is_some() && set.masking.is_some());
    let palette = set.palette.unwrap();
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
        (r#"{"version": 1, "sampler": "euler"}"#, "sampler: unknown variant `euler`, expected `ddim` or `dpm++2m`"),
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
    let image = |side: u32| {
        let picture = Picture::new(side, side, vec![0; (side * side * 3) as usize]).unwrap();
        serde_json::to_string(&ImageData::from_file("image/png", &picture.encode_png(None).unwrap())).unwrap()
    };
    let masking = format!(r#"{{"image":{},"mask":{}}}"#, image(2), image(3));
    let message = error_of(&format!(r#"{{"version":1,"conditions":{{"masking":{masking}}}}}"#));
    assert!(message.contains("conditions.masking.mask: the mask is 3 x 3 pixels and the picture 2 x 2"), "{message}");
}
