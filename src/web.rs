//! The only module JavaScript sees. It converts types and does nothing else.

mod adapter;
mod store;
pub mod words;

use async_trait::async_trait;
use js_sys::{Array, Float32Array, Float64Array, Function, Object, Promise, Reflect, Uint8Array, Uint8ClampedArray};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::backend::{Choice, Decision, decide};
use crate::conditions::Palette;
use crate::engine::{Engine, STAGES, other_model, recipe_in, stage_named};
use crate::error::{Error, Result};
use crate::image::Picture;
use crate::pipeline::{DECOMPOSE_STAGES, Decomposition, Observer, Step};
use crate::recipe::{Color, ImageData, PaletteColor, Recipe};
use crate::self_test::{Check, self_test};
use crate::weights::LoadProgress;
use store::{ModelStore, StoreSource};

/// Colours that a palette is shown as.
const SWATCHES: usize = 8;

type JsResult<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// A model on a device.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Composer {
    decision: Decision,
    /// Empty while nothing is loaded, and while a call has it in hand.
    engine: RefCell<Option<Engine>>,
    stopped: Cell<bool>,
}

#[wasm_bindgen]
impl Composer {
    /// Chooses the device: `"auto"`, `"cpu"` or `"webgpu"`.
    ///
    /// # Errors
    /// A JavaScript `Error` with a `code`: `device` where there is no such backend or adapter.
    pub async fn open(backend: &str) -> JsResult<Composer> {
        let choice = match backend {
            "auto" => Choice::Auto,
            "cpu" => Choice::Cpu,
            "webgpu" => Choice::WebGpu,
            other => return Err(to_js(&Error::Device { what: format!("there is no backend `{other}`") })),
        };
        let adapter = if choice == Choice::Cpu { None } else { adapter::request().await };
        let decision = decide(choice, adapter.as_ref()).map_err(|error| to_js(&error))?;
        Ok(Self { decision, engine: RefCell::new(None), stopped: Cell::new(false) })
    }

    /// `"cpu"` or `"webgpu"`.
    #[wasm_bindgen(getter)]
    pub fn backend(&self) -> String {
        if self.decision.gpu { "webgpu" } else { "cpu" }.into()
    }

    /// Name of the device.
    #[wasm_bindgen(getter)]
    pub fn adapter(&self) -> String {
        self.decision.adapter.clone()
    }

    /// Why this device, a part of a sentence.
    #[wasm_bindgen(getter)]
    pub fn reason(&self) -> String {
        self.decision.reason.clone()
    }

    /// Loads the stages that `recipe` needs, those that take pictures apart where it is `"decompose"`, all that make pictures
    /// where it is undefined; those already here are kept.
    /// Returns the model's card, its stages and their size in bytes.
    ///
    /// # Errors
    /// A JavaScript `Error` with a `code`: `fetch`, `shard`, `manifest`, `weights`, `recipe` or `cancelled`.
    pub async fn load(&self, store: ModelStore, recipe: JsValue, on_progress: Function) -> JsResult<JsValue> {
        let source = StoreSource(store);
        let run = async {
            let stages = match recipe.as_string().as_deref() {
                Some("decompose") => DECOMPOSE_STAGES.to_vec(),
                _ if recipe.is_undefined() => STAGES.to_vec(),
                _ => parse(&recipe)?.stages()?,
            };
            let engine = self.engine.take();
            let mut engine = match engine {
                Some(engine) => engine,
                None => Engine::open(&source, &self.decision).await?,
            };
            let mut report = |progress: LoadProgress<'_>| {
                let event = DownloadEvent {
                    stage: progress.stage,
                    file: progress.file,
                    received: progress.received,
                    total: progress.total,
                    cached: progress.cached,
                };
                call(&on_progress, &event);
            };
            let outcome = engine.load(&source, &stages, &mut report).await;
            let manifest = engine.manifest();
            let summary = Summary { card: &manifest.card, stages: &stages, bytes: manifest.bytes_of(&stages) };
            let summary = to_value(&summary);
            self.engine.replace(Some(engine));
            outcome.map(|()| summary)
        };
        run.await.map_err(|error| to_js(&error))
    }

    /// Makes a picture; `on_event` hears of each step.
    ///
    /// # Errors
    /// A JavaScript `Error` with a `code`: `recipe`, `device`, `cancelled`, or `backend` where nothing is loaded.
    pub async fn generate(&self, recipe: JsValue, on_event: Function) -> JsResult<JsValue> {
        self.stopped.set(false);
        let run = async {
            let recipe = parse(&recipe)?;
            let mut engine = self.take_engine()?;
            let started = js_sys::Date::now();
            let mut observer = PageObserver { on_event: &on_event, stopped: &self.stopped };
            let outcome = engine.generate(&recipe, &mut observer).await;
            let warning = other_model(&recipe, &engine);
            self.engine.replace(Some(engine));
            let generated = outcome?;
            let result = pixels(&generated.picture);
            set(&result, "png", &Uint8Array::from(generated.png.as_slice()).into());
            set(&result, "recipe", &to_value(&generated.recipe));
            set(&result, "clause", &generated.clause.map_or(JsValue::UNDEFINED, Into::into));
            set(&result, "warning", &warning.map_or(JsValue::UNDEFINED, Into::into));
            set(&result, "seconds", &((js_sys::Date::now() - started) / 1000.0).into());
            Ok(result.into())
        };
        run.await.map_err(|error: Error| to_js(&error))
    }

    /// Takes a picture of straight RGBA pixels apart. The stages of `"decompose"` must be loaded.
    ///
    /// Returns `picture`, `sketch`, `instances`, `depth`, `intensity` and `mask` as data URLs, each fit to be the `image` of a
    /// condition; `categories` (64 x 64 numbers) and `boundary` (in [0, 1]) of the instances; `palette` as in [`palette_of`];
    /// `semantics`; and `guesses` at a caption, best first: `[{label, score}]`.
    ///
    /// # Errors
    /// A JavaScript `Error` with a `code`: `image`, `device`, or `backend` where nothing is loaded.
    pub async fn decompose(&self, rgba: Vec<u8>, width: u32, height: u32) -> JsResult<JsValue> {
        let run = async {
            let picture = Picture::from_rgba(width, height, &rgba)?;
            let engine = self.take_engine()?;
            let outcome = engine.decompose(&picture).await;
            self.engine.replace(Some(engine));
            outcome.and_then(|parts| representations(&parts))
        };
        run.await.map_err(|error| to_js(&error))
    }

    /// Whether the device computes rightly: `{backend, adapter, rows: [{name, error, tolerance, ok, milliseconds}]}`, one row for
    /// each kind of layer; see [`self_test`]. Needs no model.
    ///
    /// # Errors
    /// A JavaScript `Error` with a `code`: `device`.
    #[wasm_bindgen(js_name = selfTest)]
    pub async fn self_test(&self) -> JsResult<JsValue> {
        let checks = self_test(&self.decision, &now).await.map_err(|error| to_js(&error))?;
        let row = |check: Check| CheckRow {
            name: check.name,
            error: check.error,
            tolerance: check.tolerance,
            ok: check.ok(),
            milliseconds: check.milliseconds,
        };
        let rows = checks.into_iter().map(row).collect();
        Ok(to_value(&Checked { backend: self.backend(), adapter: self.adapter(), rows }))
    }

    /// Ends the running [`Self::generate`] within one step.
    pub fn stop(&self) {
        self.stopped.set(true);
    }

    /// Milliseconds of each of some forward passes of a loaded stage, the first one first.
    ///
    /// # Errors
    /// A JavaScript `Error` with a `code`: `manifest` where there is no such stage, or it is not loaded.
    pub async fn bench(&self, stage: String, repeats: u32) -> JsResult<Float64Array> {
        let run = async {
            let stage = stage_named(&stage)?;
            let engine = self.take_engine()?;
            let times = engine.time_stage(stage, repeats as usize, &now).await;
            self.engine.replace(Some(engine));
            times.map(|times| Float64Array::from(times.as_slice()))
        };
        run.await.map_err(|error| to_js(&error))
    }

    fn take_engine(&self) -> Result<Engine> {
        let missing = || Error::Backend { what: "no model is loaded, or another call is still running".into() };
        self.engine.take().ok_or_else(missing)
    }
}

/// What a page gets of a picture that was taken apart.
fn representations(parts: &Decomposition) -> Result<JsValue> {
    let result = Object::new();
    for (name, picture) in parts.pictures().iter().chain([&("picture", parts.picture.clone())]) {
        set(&result, name, &ImageData::from_picture(picture)?.as_str().into());
    }
    set(&result, "categories", &Uint8Array::from(parts.maps.instances.categories()).into());
    set(&result, "boundary", &Float32Array::from(parts.maps.instances.boundary()).into());
    set(&result, "palette", &swatches_of(&parts.palette, SWATCHES).into());
    set(&result, "semantics", &Float32Array::from(parts.semantics.values()).into());
    let guesses = parts.guesses.iter().map(|(label, score)| to_value(&Guess { label, score: *score }));
    set(&result, "guesses", &guesses.collect::<Array>().into());
    Ok(result.into())
}

/// Setting a property of a plain object cannot fail.
fn set(object: &Object, key: &str, value: &JsValue) {
    let _ = Reflect::set(object, &key.into(), value);
}

/// A picture as `ImageData` wants it: `width`, `height` and `rgba`.
fn pixels(picture: &Picture) -> Object {
    let object = Object::new();
    set(&object, "width", &picture.width.into());
    set(&object, "height", &picture.height.into());
    set(&object, "rgba", &Uint8ClampedArray::from(picture.to_rgba().as_slice()).into());
    object
}

/// The colours of a picture that count most: `[{color: "#rrggbb", weight}]`.
///
/// # Errors
/// A JavaScript `Error` with a `code`: `image` where the bytes are not those of such a picture.
#[wasm_bindgen]
pub fn palette_of(rgba: &[u8], width: u32, height: u32, swatches: usize) -> JsResult<Array> {
    let picture = Picture::from_rgba(width, height, rgba).map_err(|error| to_js(&error))?;
    Ok(swatches_of(&Palette::from_picture(&picture), swatches))
}

fn swatches_of(palette: &Palette, count: usize) -> Array {
    let swatch = |(rgb, weight)| to_value(&PaletteColor { color: Color(rgb), weight });
    palette.swatches(count).into_iter().map(swatch).collect()
}

/// The recipe in a PNG that this program saved, else undefined.
///
/// # Errors
/// A JavaScript `Error` with a `code`: `image` where the file is no PNG, `recipe` where its recipe is damaged.
#[wasm_bindgen]
pub fn read_recipe(png: &[u8]) -> JsResult<JsValue> {
    let recipe = recipe_in(png).map_err(|error| to_js(&error))?;
    Ok(recipe.map_or(JsValue::UNDEFINED, |recipe| to_value(&recipe)))
}

/// Names of the stages that a recipe needs, in the order in which they run.
///
/// # Errors
/// A JavaScript `Error` with a `code`: `recipe`, which names the field.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "JavaScript hands over handles")]
pub fn stages_of(recipe: JsValue) -> JsResult<Array> {
    let stages = parse(&recipe).and_then(|recipe| recipe.stages()).map_err(|error| to_js(&error))?;
    Ok(stages.into_iter().map(JsValue::from_str).collect())
}

/// Throws where a recipe has a field that is wrong.
///
/// # Errors
/// A JavaScript `Error` with a `code`: `recipe`, which names the field.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "JavaScript hands over handles")]
pub fn check_recipe(recipe: JsValue) -> JsResult<()> {
    parse(&recipe).and_then(|recipe| recipe.check_pictures()).map_err(|error| to_js(&error))
}

#[derive(Serialize)]
struct Guess<'a> {
    label: &'a str,
    score: f32,
}

#[derive(Serialize)]
struct Checked {
    backend: String,
    adapter: String,
    rows: Vec<CheckRow>,
}

#[derive(Serialize)]
struct CheckRow {
    name: &'static str,
    error: f32,
    tolerance: f32,
    ok: bool,
    milliseconds: f64,
}

#[derive(Serialize)]
struct DownloadEvent<'a> {
    stage: &'a str,
    file: &'a str,
    received: u64,
    total: u64,
    cached: bool,
}

#[derive(Serialize)]
struct StepEvent {
    r#type: &'static str,
    stage: &'static str,
    step: usize,
    steps: usize,
}

#[derive(Serialize)]
struct Summary<'a> {
    card: &'a crate::weights::manifest::Card,
    stages: &'a [&'static str],
    bytes: u64,
}

/// Hands each step to the page and lets the worker's messages in, so that a click on stop arrives.
struct PageObserver<'a> {
    on_event: &'a Function,
    stopped: &'a Cell<bool>,
}

#[async_trait(?Send)]
impl Observer for PageObserver<'_> {
    async fn step(&mut self, step: Step<'_>) -> Result<()> {
        let event = to_value(&StepEvent { r#type: "step", stage: step.stage, step: step.step, steps: step.steps });
        if let Some((planar, size)) = step.preview {
            let preview = pixels(&Picture::from_planar(planar, size as u32, size as u32));
            let _ = Reflect::set(&event, &"preview".into(), &preview);
        }
        // A page that throws in its own listener has reported that itself.
        let _ = self.on_event.call1(&JsValue::NULL, &event);
        yield_now().await;
        if self.stopped.get() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// Waits for one turn of the event loop. A message channel is not slowed down as nested timers are.
async fn yield_now() {
    let Ok(channel) = web_sys::MessageChannel::new() else { return };
    let turn = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
    if channel.port2().post_message(&JsValue::NULL).is_ok() {
        let _ = JsFuture::from(turn).await;
    }
    channel.port1().close();
}

/// Milliseconds since the worker began; finer than the date.
fn now() -> f64 {
    js_sys::global()
        .dyn_into::<web_sys::WorkerGlobalScope>()
        .ok()
        .and_then(|scope| scope.performance())
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

fn call(function: &Function, value: &impl Serialize) {
    let _ = function.call1(&JsValue::NULL, &to_value(value));
}

/// A value as plain JavaScript: maps become objects, missing ones `undefined` or absent.
fn to_value(value: &impl Serialize) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

fn parse(recipe: &JsValue) -> Result<Recipe> {
    let json = js_sys::JSON::stringify(recipe)
        .map_err(|_| Error::Recipe { field: "recipe".into(), what: "is not plain data".into() })?;
    Recipe::parse(&String::from(json))
}

/// The one place where our errors become JavaScript's.
fn to_js(error: &Error) -> JsValue {
    let js = js_sys::Error::new(&error.to_string());
    let _ = Reflect::set(&js, &"code".into(), &error.code().into());
    js.into()
}
