use super::*;
use crate::image::Picture;
use crate::recipe::Conditions;

const GREY: u8 = 90;

/// A picture of the task's inputs, different for each name.
fn picture(name: &str) -> Value {
    let grey = name.bytes().fold(GREY, u8::wrapping_add);
    let picture = Picture::new(4, 4, vec![grey; 48]).unwrap();
    Value::Text(ImageData::from_picture(&picture).unwrap().as_str().to_owned())
}

/// A value for every input of a task, or only for those that it needs.
fn inputs(task: Task, all: bool) -> Inputs {
    let value = |input: &Input| match input.kind {
        InputKind::Words => Value::Text("a red apple".into()),
        InputKind::Colors => Value::Text("#ff0000:2,#00ff00".into()),
        InputKind::Number { max, .. } => Value::Number(max),
        InputKind::Choice { options } => Value::Text((*options.last().unwrap()).into()),
        _ => picture(input.name),
    };
    let wanted = inputs_of(task).iter().filter(|input| all || input.required);
    Inputs(wanted.map(|input| (input.name.to_owned(), value(input))).collect())
}

fn with(mut inputs: Inputs, name: &str, value: &str) -> Inputs {
    inputs.0.insert(name.into(), Value::Text(value.into()));
    inputs
}

fn recipe(task: Task, inputs: &Inputs) -> Recipe {
    recipes(task, inputs).unwrap().swap_remove(0)
}

/// The conditions that a recipe has, as the letters of Composer's paper.
fn letters(conditions: &Conditions) -> String {
    let there = [
        (conditions.caption.is_some(), 'T'),
        (conditions.semantics.is_some(), 'S'),
        (conditions.palette.is_some(), 'P'),
        (conditions.sketch.is_some(), 'K'),
        (conditions.instances.is_some(), 'I'),
        (conditions.depth.is_some(), 'D'),
        (conditions.intensity.is_some(), 'G'),
        (conditions.masking.is_some(), 'M'),
    ];
    there.iter().filter(|(there, _)| *there).map(|(_, letter)| *letter).collect()
}

fn letters_of(task: Task, inputs: &Inputs) -> String {
    letters(&recipe(task, inputs).conditions)
}

#[test]
fn every_task_makes_sound_recipes_of_all_its_inputs() {
    for task in Task::ALL {
        let recipes = recipes(task, &inputs(task, true)).unwrap();
        assert_eq!(recipes.len(), if task == Task::Interpolation { STRIP } else { 1 });
        for recipe in recipes {
            assert_eq!(recipe.task, Some(task));
            assert_eq!(Recipe::parse(&recipe.to_json()).as_ref(), Ok(&recipe));
            recipe.check_pictures().unwrap();
        }
    }
}

#[test]
fn a_missing_input_is_named() {
    for task in Task::ALL {
        for input in inputs_of(task).iter().filter(|input| input.required) {
            let mut inputs = inputs(task, false);
            inputs.0.remove(input.name);
            let message = recipes(task, &inputs).unwrap_err().to_string();
            let want = format!("Recipe: {}: {} needs this.", input.name, task.name());
            assert!(message.starts_with(&want), "{message}");
        }
    }
}

#[test]
fn inputs_that_no_task_takes_are_errors() {
    let words = inputs(Task::TextToImage, true);
    let message = |name: &str, value: Value| {
        let mut inputs = words.clone();
        inputs.0.insert(name.into(), value);
        recipes(Task::TextToImage, &inputs).unwrap_err().to_string()
    };
    assert!(message("image", picture("image")).contains("image: text-to-image takes no such thing; it takes caption"));
    assert!(message("caption", Value::Number(3.0)).contains("caption: it is no number"));
    let transfer = inputs(Task::StyleTransfer, true);
    let wrong = recipes(Task::StyleTransfer, &with(transfer, "strength", "much")).unwrap_err().to_string();
    assert!(wrong.contains("strength: choose a number from 0 to 1"), "{wrong}");
    let vary = with(inputs(Task::Variations, false), "keep", "nothing");
    let wrong = recipes(Task::Variations, &vary).unwrap_err().to_string();
    assert!(wrong.contains("keep: choose structure, structure-and-colors"), "{wrong}");
    let broken = with(inputs(Task::Variations, false), "image", "data:image/png;base64,AAAA");
    assert!(recipes(Task::Variations, &broken).unwrap_err().to_string().contains("image: this program does not read"));
}

#[test]
fn words_with_operators_are_an_expression() {
    let recipe = recipe(Task::TextToImage, &with(Inputs::default(), "caption", "cat AND NOT dog"));
    assert_eq!((recipe.expression.as_deref(), letters(&recipe.conditions).as_str()), (Some("cat AND NOT dog"), ""));
    assert_eq!(letters_of(Task::TextToImage, &with(Inputs::default(), "caption", "cats and dogs")), "T");
}

#[test]
fn variations_keep_what_is_chosen() {
    let image = inputs(Task::Variations, false);
    assert_eq!(letters_of(Task::Variations, &image), "KD");
    for (keep, want) in [("structure", "KD"), ("structure-and-colors", "PKD"), ("meaning", "S"), ("everything", "SPKD")]
    {
        assert_eq!(letters_of(Task::Variations, &with(image.clone(), "keep", keep)), want);
    }
}

#[test]
fn an_interpolation_goes_from_one_picture_to_the_other() {
    let recipes = recipes(Task::Interpolation, &inputs(Task::Interpolation, false)).unwrap();
    let shares: Vec<f32> =
        recipes.iter().map(|recipe| recipe.conditions.semantics.as_ref().unwrap().strength).collect();
    assert!(shares[0] <= 0.0 && (shares[7] - 1.0).abs() < 1e-6 && shares.is_sorted());
    for recipe in &recipes {
        let semantics = recipe.conditions.semantics.as_ref().unwrap();
        assert_eq!((semantics.of, semantics.from), (2, Some(1)));
        assert_eq!(recipe.inversion, Some(Inversion::between(1, 2, semantics.strength)));
    }
    for (keep, want) in [("nothing", "SP"), ("colors", "SP"), ("layout", "SPKID"), ("layout-and-colors", "SPKID")] {
        let inputs = with(inputs(Task::Interpolation, false), "keep", keep);
        let recipe = recipe(Task::Interpolation, &inputs);
        assert_eq!(letters(&recipe.conditions), want);
        let moves = recipe.conditions.palette.unwrap().from.is_some();
        assert_eq!(moves, !keep.contains("colors"), "{keep}");
        // What is kept is the layout; else it comes from both pictures' noise.
        assert_eq!(recipe.inversion.is_none(), keep.contains("layout"), "{keep}");
    }
}

#[test]
fn reconfiguration_begins_from_the_picture_and_takes_over_what_was_edited() {
    let image = inputs(Task::Reconfiguration, false);
    assert!(recipes(Task::Reconfiguration, &image).unwrap_err().to_string().contains("give what you have edited"));
    let mut edited = image;
    edited.0.insert("depth".into(), picture("depth"));
    let recipe = recipe(Task::Reconfiguration, &edited);
    assert_eq!((letters(&recipe.conditions).as_str(), recipe.sampler), ("SPKID", Sampler::Ddim));
    assert_eq!(recipe.inversion, Some(Inversion::of(1)));
    let conditions = recipe.conditions;
    assert_eq!(conditions.depth.unwrap().of, None);
    assert_eq!((conditions.sketch.unwrap().of, conditions.instances.unwrap().of), (Some(1), Some(1)));
}

#[test]
fn the_other_tasks_keep_and_replace_what_the_paper_says() {
    let needed = |task| inputs(task, false);
    assert_eq!(letters_of(Task::RegionEditing, &with(needed(Task::RegionEditing), "caption", "a hat")), "TM");
    assert!(recipes(Task::RegionEditing, &needed(Task::RegionEditing)).is_err());
    let colors = with(needed(Task::PaletteColorization), "colors", "#ff0000");
    assert_eq!(letters_of(Task::PaletteColorization, &colors), "PG");
    assert!(recipes(Task::PaletteColorization, &needed(Task::PaletteColorization)).is_err());
    let transfer = recipe(Task::StyleTransfer, &needed(Task::StyleTransfer)).conditions;
    assert_eq!(letters(&transfer), "SPKD");
    assert_eq!((transfer.sketch.unwrap().of, transfer.semantics.unwrap().of), (Some(1), 2));
    assert_eq!(letters_of(Task::ImageTranslation, &needed(Task::ImageTranslation)), "TKID");
    let lit = with(needed(Task::ImageTranslation), "keep", "shape-and-light");
    assert_eq!(letters_of(Task::ImageTranslation, &lit), "TKIDG");
    assert_eq!(letters_of(Task::PoseTransfer, &needed(Task::PoseTransfer)), "SPI");
    assert_eq!(letters_of(Task::PoseTransfer, &with(needed(Task::PoseTransfer), "by", "lines")), "SPK");
    let tried = recipe(Task::VirtualTryOn, &needed(Task::VirtualTryOn)).conditions;
    assert_eq!(letters(&tried), "SPDM");
    assert_eq!((tried.masking.unwrap().of, tried.semantics.unwrap().of), (Some(1), 2));
    assert_eq!(letters_of(Task::Compositional, &inputs(Task::Compositional, true)), "TSPKIDGM");
    assert!(recipes(Task::Compositional, &Inputs::default()).is_err());
    assert_eq!(letters_of(Task::Inpainting, &needed(Task::Inpainting)), "M");
    assert_eq!(letters_of(Task::Inpainting, &inputs(Task::Inpainting, true)), "TM");
}

#[test]
fn one_picture_in_two_places_stands_in_the_recipe_once() {
    let Value::Text(same) = picture("same") else { unreachable!() };
    let inputs = with(with(Inputs::default(), "content", &same), "style", &same);
    assert_eq!(recipe(Task::StyleTransfer, &inputs).images.len(), 1);
}
