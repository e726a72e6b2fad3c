//! The figures and their JSON.

use composer::engine::Engine;
use composer::measures::{
    Paired, depth_rmse, diversity, frechet_distance, kernel_distance, line_score, mean_iou, nearest, palette_distance,
    psnr, ssim, things_iou,
};
use composer::pipeline::Decomposition;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Between two sets of features.
type Distance = fn(&[Vec<f32>], &[Vec<f32>]) -> f64;

/// How near a result is to a picture, by every measure that compares two pictures.
pub(super) struct Figures(BTreeMap<&'static str, f64>);

/// The measures of a condition: its own, and perhaps a second one.
fn measures_of(condition: &str) -> &'static [&'static str] {
    match condition {
        "sketch" => &["sketch", "sketch_ssim"],
        "palette" => &["palette"],
        "intensity" => &["intensity"],
        "instances" => &["instances", "instances_things"],
        "depth" => &["depth"],
        "semantics" => &["semantics"],
        _ => &[],
    }
}

impl Figures {
    pub(super) fn of(result: &Decomposition, asked: &Decomposition) -> Self {
        let (ours, theirs) = (&result.maps, &asked.maps);
        Self(BTreeMap::from([
            ("sketch", line_score(&ours.sketch, &theirs.sketch).f1()),
            ("sketch_ssim", ssim(&ours.sketch, &theirs.sketch)),
            ("palette", palette_distance(&result.palette, &asked.palette)),
            ("intensity", psnr(&result.intensity, &asked.intensity)),
            ("instances", mean_iou(&ours.instances, &theirs.instances)),
            ("instances_things", things_iou(&ours.instances, &theirs.instances)),
            ("depth", depth_rmse(&ours.depth, &theirs.depth)),
            ("semantics", f64::from(result.semantics.cosine(&asked.semantics))),
        ]))
    }
}

/// The report in the making.
pub(super) struct Report(Map<String, Value>);

impl Report {
    pub(super) fn new(engine: &Engine, pictures: usize, gpu: bool) -> Self {
        let mut report = Map::new();
        report.insert("model".into(), json!(engine.manifest().card.name));
        report.insert("pictures".into(), json!(pictures));
        report.insert("backend".into(), json!(if gpu { "webgpu" } else { "cpu" }));
        Self(report)
    }

    pub(super) fn to_json(&self) -> String {
        format!("{:#}\n", Value::Object(self.0.clone()))
    }

    fn put(&mut self, part: &str, name: &str, value: Value) {
        let part = self.0.entry(part).or_insert_with(|| json!({}));
        part[name] = value;
    }

    pub(super) fn setting(&mut self, name: &str, value: f64) {
        self.put("settings", name, json!(value));
    }

    /// A condition with and without it, picture by picture.
    pub(super) fn condition(&mut self, name: &str, given: &[(usize, Figures)], nothing: &[(usize, Figures)]) {
        for measure in measures_of(name) {
            let control = |index: usize| nothing.iter().find(|(other, _)| *other == index).map(|(_, f)| f.0[measure]);
            let pairs: Vec<(f64, f64)> =
                given.iter().filter_map(|(index, figures)| Some((figures.0[measure], control(*index)?))).collect();
            let (given, control): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            if !given.is_empty() {
                let Paired { given, control, standard_error } = Paired::of(&given, &control);
                let row =
                    json!({ "given": number(given), "not_given": number(control), "standard_error": standard_error });
                self.put("conditions", measure, row);
            }
        }
    }

    /// Everything about results from one condition.
    pub(super) fn leakage(&mut self, name: &str, given: &[(usize, Figures)]) {
        if !given.is_empty() {
            self.put("leakage", name, means(given));
        }
    }

    pub(super) fn all(&mut self, given: &[(usize, Figures)]) {
        self.put("conditions", "all", means(given));
    }

    pub(super) fn masking(&mut self, outside: &[f64]) {
        if !outside.is_empty() {
            // The worst one: a single pixel that is off would be one too many.
            let worst = outside.iter().copied().fold(f64::INFINITY, f64::min);
            self.put("conditions", "masking", json!({ "given": number(worst) }));
        }
    }

    pub(super) fn caption(&mut self, own: &[f64], shuffled: &[f64]) {
        if own.len() > 1 {
            let Paired { given, control, standard_error } = Paired::of(own, shuffled);
            let row = json!({ "given": given, "shuffled": control, "standard_error": standard_error });
            self.put("conditions", "caption", row);
        }
    }

    /// Distances between sets need two pictures in each at the least.
    pub(super) fn quality(&mut self, generated: &[Vec<f32>], real: &[Vec<f32>], reference: &[Vec<f32>]) {
        if generated.len() < 2 || real.len() < 2 || reference.len() < 2 {
            return;
        }
        for (name, distance) in [("frechet", frechet_distance as Distance), ("kernel", kernel_distance)] {
            let row =
                json!({ "given": distance(generated, reference), "real_against_real": distance(real, reference) });
            self.put("quality", name, row);
        }
    }

    pub(super) fn diversity(&mut self, generated: &[Vec<Vec<f32>>], real: &[Vec<f32>]) {
        if generated.is_empty() || real.len() < 2 {
            return;
        }
        let mean = generated.iter().map(|same| diversity(same)).sum::<f64>() / generated.len() as f64;
        self.put("diversity", "generated", json!(mean));
        self.put("diversity", "real", json!(diversity(real)));
    }

    pub(super) fn nearest(&mut self, generated: &[Vec<f32>], real: &[Vec<f32>], training: &[Vec<f32>]) {
        if generated.is_empty() || training.is_empty() {
            return;
        }
        let cosines =
            |set: &[Vec<f32>]| -> Vec<f64> { set.iter().map(|features| nearest(features, training).cosine).collect() };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let ours = cosines(generated);
        self.put("nearest", "generated", json!(mean(&ours)));
        self.put("nearest", "real", json!(mean(&cosines(real))));
        self.put("nearest", "most", json!(ours.iter().copied().fold(f64::NEG_INFINITY, f64::max)));
    }
}

fn means(figures: &[(usize, Figures)]) -> Value {
    let Some((_, first)) = figures.first() else { return json!({}) };
    let mean = |measure: &str| figures.iter().map(|(_, f)| f.0[measure]).sum::<f64>() / figures.len() as f64;
    first.0.keys().map(|measure| ((*measure).to_owned(), number(mean(measure)))).collect::<Map<_, _>>().into()
}

/// JSON has no infinity.
fn number(value: f64) -> Value {
    if value.is_infinite() { json!("exact") } else { json!(value) }
}
