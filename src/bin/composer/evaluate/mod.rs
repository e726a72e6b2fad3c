//! `composer evaluate`: what a model is given against what comes out, on a folder of pictures.
//! `training/composer_training/evaluate.py` says what stands in the folder and in the report.

mod report;
mod sheet;

use async_trait::async_trait;
use clap::Args as ClapArgs;
use composer::Result;
use composer::conditions::Semantics;
use composer::engine::{Engine, STAGES};
use composer::image::Picture;
use composer::measures::psnr_outside;
use composer::pipeline::{DECOMPOSE_STAGES, Decomposition, Observer, Step};
use composer::recipe::{CaptionEntry, ImageData, MaskingEntry, PaletteEntry, PictureEntry, Recipe, SemanticsEntry};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::flags::{Model, io, make_folder, read, write};
use report::{Figures, Report};

/// Seeds and captions of which the diversity is measured.
const DIVERSITY: (u64, usize) = (4, 6);

/// Flags of `composer evaluate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// Folder with `pictures/`, and perhaps `captions.json`, `reference/` and `training/`.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where the report goes.
    #[arg(long, value_name = "FILE.json")]
    report: PathBuf,
    /// Folder for sheets of pictures, one for each condition.
    #[arg(long, value_name = "DIR")]
    sheets: Option<PathBuf>,
    /// No more pictures than so many.
    #[arg(long, default_value_t = usize::MAX)]
    pictures: usize,
    /// Network evaluations of the base.
    #[arg(long, default_value_t = 20)]
    steps: usize,
    /// How strongly conditions pull.
    #[arg(long, default_value_t = 2.0)]
    guidance: f32,
    #[command(flatten)]
    model: Model,
}

/// Puts a condition into a recipe.
type Give = fn(&Asked, &mut Recipe);

/// What can be given alone, and how.
const GIVEN: [(&str, Give); 8] = [
    ("sketch", |_, recipe| recipe.conditions.sketch = Some(PictureEntry::of(1))),
    ("palette", |_, recipe| recipe.conditions.palette = Some(PaletteEntry::of(1))),
    ("intensity", |_, recipe| recipe.conditions.intensity = Some(PictureEntry::of(1))),
    ("instances", |_, recipe| recipe.conditions.instances = Some(PictureEntry::of(1))),
    ("depth", |_, recipe| recipe.conditions.depth = Some(PictureEntry::of(1))),
    ("semantics", |_, recipe| recipe.conditions.semantics = Some(SemanticsEntry::of(1))),
    ("caption", |asked, recipe| recipe.conditions.caption = asked.caption.clone().map(CaptionEntry::new)),
    ("masking", |_, recipe| {
        recipe.conditions.masking = Some(MaskingEntry::of(1, None));
    }),
];

/// A picture that is asked for.
struct Asked {
    image: ImageData,
    parts: Decomposition,
    caption: Option<String>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let (source, decision) = (args.model.location(), args.model.decide().await?);
    let mut engine = Engine::open(&source, &decision).await?;
    engine.load(&source, &STAGES, &mut |_| {}).await?;
    engine.load(&source, &DECOMPOSE_STAGES, &mut |_| {}).await?;

    let captions = captions(&args.folder)?;
    let mut asked = Vec::new();
    for (name, picture) in pictures(&args.folder.join("pictures"), args.pictures)? {
        let parts = engine.decompose(&picture).await?;
        let image = ImageData::from_picture(&parts.picture)?;
        asked.push(Asked { image, parts, caption: captions.get(&name).cloned() });
    }
    if asked.is_empty() {
        return Err(io(&args.folder, &"there are no pictures in it"));
    }

    let count = asked.len();
    let mut study = Study { engine, base: recipe(&args), results: BTreeMap::new() };
    for (index, asked) in asked.iter().enumerate() {
        eprintln!("picture {} of {count}", index + 1);
        study.draw("nothing", asked, index, |_, _| {}).await?;
        for (name, give) in GIVEN {
            study.draw(name, asked, index, give).await?;
        }
        let all = |asked: &Asked, recipe: &mut Recipe| {
            GIVEN.iter().filter(|(name, _)| *name != "masking").for_each(|(_, give)| give(asked, recipe));
        };
        study.draw("all", asked, index, all).await?;
    }

    let mut report = Report::new(&study.engine, asked.len(), decision.gpu);
    report.setting("steps", args.steps as f64);
    report.setting("guidance", f64::from(args.guidance));
    study.compare(&asked, &mut report).await?;
    study.compare_sets(&args.folder, &asked, &mut report).await?;
    write(&args.report, report.to_json())?;
    if let Some(folder) = &args.sheets {
        make_folder(folder)?;
        let sources: Vec<&Decomposition> = asked.iter().map(|asked| &asked.parts).collect();
        for name in study.results.keys().filter(|name| **name != "nothing") {
            let (given, nothing) = (&study.results[name], &study.results["nothing"]);
            write(&folder.join(format!("{name}.png")), sheet::of(name, &sources, given, nothing).encode_png(None)?)?;
        }
    }
    Ok(())
}

fn recipe(args: &Args) -> Recipe {
    let mut recipe = Recipe { guidance: args.guidance, ..Recipe::default() };
    recipe.steps.base = args.steps;
    recipe
}

/// What was drawn of one picture.
struct Drawn {
    /// Of which of the pictures.
    index: usize,
    parts: Decomposition,
}

/// An engine and all that it has drawn.
struct Study {
    engine: Engine,
    base: Recipe,
    /// By what was given.
    results: BTreeMap<&'static str, Vec<Drawn>>,
}

impl Study {
    async fn draw(
        &mut self,
        name: &'static str,
        asked: &Asked,
        index: usize,
        give: impl Fn(&Asked, &mut Recipe),
    ) -> Result<()> {
        let mut recipe = Recipe { seed: index as u64, images: vec![asked.image.clone()], ..self.base.clone() };
        give(asked, &mut recipe);
        let cannot = match name {
            "caption" => asked.caption.is_none(),
            // Without a thing in the picture all of it would be kept.
            "masking" => asked.parts.mask.data.iter().all(|&free| free <= 0.0),
            _ => false,
        };
        if cannot {
            return Ok(());
        }
        let picture = self.engine.generate(&recipe, &mut Silent).await?.picture;
        let parts = self.engine.decompose(&picture).await?;
        self.results.entry(name).or_default().push(Drawn { index, parts });
        Ok(())
    }

    /// Every condition: as it was given against as it came out.
    async fn compare(&self, asked: &[Asked], report: &mut Report) -> Result<()> {
        let figures = |name: &str| -> Vec<(usize, Figures)> {
            let drawn = self.results.get(name).map_or(&[][..], Vec::as_slice);
            drawn.iter().map(|drawn| (drawn.index, Figures::of(&drawn.parts, &asked[drawn.index].parts))).collect()
        };
        let nothing = figures("nothing");
        for (name, _) in GIVEN {
            report.condition(name, &figures(name), &nothing);
        }
        for name in GIVEN.map(|(name, _)| name).into_iter().chain(["nothing"]) {
            report.leakage(name, &figures(name));
        }
        report.all(&figures("all"));

        let outside = self.results.get("masking").into_iter().flatten().map(|drawn| {
            let parts = &asked[drawn.index].parts;
            psnr_outside(&drawn.parts.picture, &parts.picture, &parts.mask)
        });
        report.masking(&outside.collect::<Vec<_>>());

        // Each result against its own caption, and against that of the next picture.
        let (mut own, mut shuffled) = (Vec::new(), Vec::new());
        let worded = self.results.get("caption").map_or(&[][..], Vec::as_slice);
        for (at, drawn) in worded.iter().enumerate() {
            let other = &worded[(at + 1) % worded.len()];
            own.push(self.score(&drawn.parts.semantics, &asked[drawn.index]).await?);
            shuffled.push(self.score(&drawn.parts.semantics, &asked[other.index]).await?);
        }
        report.caption(&own, &shuffled);
        Ok(())
    }

    async fn score(&self, semantics: &Semantics, asked: &Asked) -> Result<f64> {
        let caption = asked.caption.as_deref().unwrap_or_default();
        Ok(f64::from(self.engine.image_text_score(semantics, caption).await?))
    }

    /// Results from captions as a set, beside real pictures.
    async fn compare_sets(&mut self, folder: &Path, asked: &[Asked], report: &mut Report) -> Result<()> {
        let worded: Vec<Picture> =
            self.results.get("caption").into_iter().flatten().map(|drawn| drawn.parts.picture.clone()).collect();
        let real: Vec<Picture> = asked.iter().map(|asked| asked.parts.picture.clone()).collect();
        let (worded, real) = (self.features(&worded).await?, self.features(&real).await?);
        let named = |name: &str| pictures(&folder.join(name), usize::MAX).unwrap_or_default();
        let of_folder = |name: &str| named(name).into_iter().map(|(_, picture)| picture).collect::<Vec<_>>();
        let reference = self.features(&of_folder("reference")).await?;
        report.quality(&worded, &real, &reference);
        let training = self.features(&of_folder("training")).await?;
        report.nearest(&worded, &real, &training);

        let (seeds, captions) = DIVERSITY;
        let mut across = Vec::new();
        for asked in asked.iter().filter(|asked| asked.caption.is_some()).take(captions) {
            let mut same = Vec::new();
            for seed in 0..seeds {
                let mut recipe = Recipe { seed: 1000 + seed, ..self.base.clone() };
                recipe.conditions.caption = asked.caption.clone().map(CaptionEntry::new);
                same.push(self.engine.generate(&recipe, &mut Silent).await?.picture);
            }
            across.push(self.features(&same).await?);
        }
        report.diversity(&across, &real);
        Ok(())
    }

    async fn features(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>> {
        let mut features = Vec::with_capacity(pictures.len());
        for picture in pictures {
            features.push(self.engine.features(picture).await?);
        }
        Ok(features)
    }
}

/// The PNG files of a folder in order of their names, decoded.
fn pictures(folder: &Path, most: usize) -> Result<Vec<(String, Picture)>> {
    let failed = |error: std::io::Error| io(folder, &error);
    let files = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths =
        files.map(|file| file.map(|file| file.path())).collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
    paths.sort();
    let decoded = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, Picture::decode(&read(&path)?)?))
    };
    paths.into_iter().take(most).map(decoded).collect()
}

/// Captions by the names of the pictures; none where there is no such file.
fn captions(folder: &Path) -> Result<BTreeMap<String, String>> {
    let path = folder.join("captions.json");
    if !path.is_file() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_slice(&read(&path)?).map_err(|error| io(&path, &error))
}

struct Silent;

#[async_trait(?Send)]
impl Observer for Silent {
    async fn step(&mut self, _: Step<'_>) -> Result<()> {
        Ok(())
    }
}
