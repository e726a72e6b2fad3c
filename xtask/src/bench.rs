//! `cargo xtask bench`: every network in this engine and in onnxruntime, natively and in the browser, in one run.
//!
//! The two take turns, pass by pass, so that whatever else the machine does meets both; the ratio of their medians is the steady
//! figure. The ONNX files are made from the same weights first.

use crate::command::say;
use crate::engine::Optimise;
use crate::{checks, engine, files, server, site, tools, workspace};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Request {
    pub(crate) json: Option<PathBuf>,
    /// A model's folder instead of the page's own.
    pub(crate) model: Option<PathBuf>,
    /// The folder of the same model's ONNX files instead of the cache's.
    pub(crate) onnx: Option<PathBuf>,
    /// Fewer rounds, for a look.
    pub(crate) quick: bool,
    /// Of [`HOSTS`]; all where empty.
    pub(crate) only: Vec<String>,
}

/// Where networks are timed: as a program, and in Chromium on each kind of device.
const HOSTS: [&str; 5] = ["native", "cpu", "swiftshader", "lavapipe", "gpu"];

const STAGES: [&str; 6] = ["text_encoder", "prior", "base", "upsampler", "image_encoder", "decomposer"];

/// Shows Chromium's own software adapter to the page. The same flags let a Chromium whose software adapter was exchanged show that.
const SOFTWARE_GPU: [&str; 5] = [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-vulkan=swiftshader",
    "--use-angle=swiftshader",
];

struct Inputs {
    model: PathBuf,
    onnx: PathBuf,
    rounds: usize,
    /// No further round of a stage after this time.
    budget_ms: u32,
    /// Whether software adapters make a whole picture too, which takes them minutes.
    every_picture: bool,
    only: Vec<String>,
}

impl Inputs {
    fn wants(&self, host: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == host)
    }

    fn onnx_file(&self, stage: &str) -> Option<PathBuf> {
        Some(self.onnx.join(format!("{stage}.onnx"))).filter(|file| file.is_file())
    }
}

pub(crate) fn run(request: &Request) -> Result<()> {
    if let Some(unknown) = request.only.iter().find(|name| !HOSTS.contains(&name.as_str())) {
        bail!("there is no host `{unknown}`; there are {}", HOSTS.join(", "));
    }
    let given = |folder: &Option<PathBuf>| folder.as_ref().map(std::path::absolute).transpose();
    let model = given(&request.model)?.unwrap_or_else(|| workspace::root().join("www").join("models").join("default"));
    if !model.join("manifest.json").is_file() {
        bail!("there is no manifest.json in {}; name a model's folder with --model", model.display());
    }
    let onnx = given(&request.onnx)?.map_or_else(|| exported(&model), anyhow::Ok)?;
    let inputs = Inputs {
        model,
        onnx,
        rounds: if request.quick { 3 } else { 15 },
        budget_ms: if request.quick { 10_000 } else { 60_000 },
        every_picture: !request.quick,
        only: request.only.clone(),
    };
    if STAGES.iter().any(|stage| inputs.onnx_file(stage).is_none()) {
        say(&format!("not all ONNX files are in {}: stages without one are timed alone", inputs.onnx.display()));
    }
    site::build(Optimise::Size)?;
    let mut rows = if inputs.wants("native") { native(&inputs)? } else { Vec::new() };
    let browser = browser(&inputs)?;
    rows.extend(browser.iter().filter(|row| row["kind"] == "stage").map(browser_row));
    let others: Vec<Value> = browser.into_iter().filter(|row| row["kind"] != "stage").collect();
    let module = workspace::root().join("pkg").join("composer_bg.wasm");
    let wasm = json!({ "raw_bytes": files::read(&module)?.len(), "brotli_bytes": checks::brotli_bytes(&module)? });
    print_tables(&rows, &others, &wasm);
    if let Some(file) = &request.json {
        let report = json!({
            "model": inputs.model.file_name().map(|name| name.to_string_lossy()),
            "machine": machine(), "wasm": wasm, "stages": rows, "pages": others,
        });
        files::write(file, serde_json::to_string_pretty(&report).context("the report is no JSON")?)?;
        say(&format!("written to {}", file.display()));
    }
    Ok(())
}

/// The model's networks as ONNX files, made anew: whatever stood there may be of other weights.
fn exported(model: &Path) -> Result<PathBuf> {
    let folder = workspace::cache()?.join("onnx");
    let mut command = Command::new(tools::python_with_torch()?);
    command.args(["-m", "composer_training.export", "--onnx", "--model"]).arg(model).arg("--out").arg(&folder);
    command.current_dir(workspace::root().join("training")).env("PYTHONDONTWRITEBYTECODE", "1");
    say("writing the model's networks as ONNX files");
    if !crate::command::watched(&mut command, |_| {})? {
        bail!("the ONNX files could not be written; see the messages above, or name a folder of them with --onnx");
    }
    Ok(folder)
}

fn machine() -> Value {
    let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    json!({
        "processor": model.trim_start_matches([' ', '\t', ':']),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "system": std::env::consts::OS,
    })
}

/// The engine as a native program beside the Python package.
fn native(inputs: &Inputs) -> Result<Vec<Value>> {
    let program = engine::native_program()?;
    let python = tools::python_with_onnxruntime()?;
    let mut rows = Vec::new();
    for stage in STAGES {
        say(&format!("native, cpu, {stage}"));
        let mut peer = inputs.onnx_file(stage).map(|file| Peer::start(&python, &file)).transpose()?;
        let (mut first, mut ours, mut theirs, mut adapter) = (None, Vec::new(), Vec::new(), Value::Null);
        if let Some(peer) = &mut peer {
            // The first pass prepares buffers and is not compared.
            peer.pass()?;
        }
        for _ in 0..inputs.rounds.div_ceil(5) {
            let measured = native_passes(&program, &inputs.model, stage)?;
            adapter = measured["adapter"].clone();
            let times = numbers(&measured["ms"]);
            first = first.or(times.first().copied());
            ours.extend_from_slice(times.get(1..).unwrap_or_default());
            for _ in 0..5 {
                theirs.extend(peer.as_mut().map(Peer::pass).transpose()?);
            }
        }
        rows.push(row(stage, "cpu", "native", &adapter, first, &ours, ("onnxruntime, all threads", &theirs)));
    }
    Ok(rows)
}

/// Six forward passes in a process of their own, the first one first.
fn native_passes(program: &Path, model: &Path, stage: &str) -> Result<Value> {
    let mut command = Command::new(program);
    command.arg("bench").arg("--model").arg(model).args([
        "--backend",
        "cpu",
        "--stage",
        stage,
        "--repeats",
        "6",
        "--json",
    ]);
    let output = command.output().context("the composer program does not start")?;
    if !output.status.success() {
        bail!("`composer bench --stage {stage}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("`composer bench --stage {stage}` printed no JSON"))
}

/// onnxruntime in a Python process that answers each line with the milliseconds of one pass.
struct Peer {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &Path, file: &Path) -> Result<Self> {
        let script = workspace::root().join("benches").join("native_peer.py");
        let mut command = Command::new(python);
        command.arg(script).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("Python does not start")?;
        let ask = child.stdin.take().context("Python has no input")?;
        let answers = BufReader::new(child.stdout.take().context("Python has no output")?);
        Ok(Self { child, ask, answers })
    }

    fn pass(&mut self) -> Result<f64> {
        writeln!(self.ask).context("onnxruntime's process ended early; see its message above")?;
        let mut line = String::new();
        self.answers.read_line(&mut line).context("onnxruntime's process ended early")?;
        line.trim().parse().context("onnxruntime's process ended early; see its message above")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Every stage on every kind of device that a browser here can show, and a page's way to its first picture.
fn browser(inputs: &Inputs) -> Result<Vec<Value>> {
    let folder = workspace::root().join("benches").join("browser");
    let modules = tools::npm_project(&folder)?;
    let chromium = tools::browser()?.chromium;
    let tree = server::Tree::of(site::dist())
        .with("bench", folder.clone())
        .with("ort", modules.join("onnxruntime-web").join("dist"))
        .with("onnx", inputs.onnx.clone())
        .with("model", inputs.model.clone());
    let address = server::start(tree, 0)?;
    let onnx: serde_json::Map<String, Value> = STAGES
        .iter()
        .filter(|stage| inputs.onnx_file(stage).is_some())
        .map(|stage| ((*stage).to_owned(), json!(format!("{address}onnx/{stage}.onnx"))))
        .collect();
    let mut hosts = vec![
        json!({ "name": "cpu", "executable": chromium, "backend": "cpu", "flags": [] }),
        json!({ "name": "swiftshader", "executable": chromium, "backend": "webgpu", "flags": SOFTWARE_GPU }),
    ];
    // A Chromium whose software adapter is Mesa's, much faster than SwiftShader; benches/README.md says how to get one.
    if let Some(lavapipe) = std::env::var_os("COMPOSER_LAVAPIPE_CHROMIUM") {
        let executable = PathBuf::from(lavapipe);
        hosts.push(json!({ "name": "lavapipe", "executable": executable, "backend": "webgpu", "flags": SOFTWARE_GPU }));
    }
    if std::env::var_os("COMPOSER_BENCH_GPU").is_some() {
        let flags = ["--enable-unsafe-webgpu", "--enable-features=Vulkan"];
        hosts.push(json!({ "name": "gpu", "executable": chromium, "backend": "webgpu", "flags": flags }));
    }
    hosts.retain(|host| host["name"].as_str().is_some_and(|name| inputs.wants(name)));
    let pictures: Vec<&Value> =
        hosts.iter().map(|host| &host["name"]).filter(|name| inputs.every_picture || **name == "cpu").collect();
    let request = json!({
        "url": format!("{address}bench/"), "model": format!("{address}model/"), "onnx": onnx, "stages": STAGES,
        "hosts": hosts, "pictures": pictures,
        "rounds": inputs.rounds, "budget": inputs.budget_ms,
        "recipe": { "version": 1, "seed": 7, "conditions": { "caption": { "text": "a red apple, 3d emoji" } } },
    });
    let mut command = Command::new(tools::node()?);
    command.arg("measure.mjs").arg(request.to_string()).current_dir(&folder);
    let mut results = Vec::new();
    let finished = crate::command::watched(&mut command, |line| results.extend(serde_json::from_str::<Value>(line)))?;
    if !finished {
        bail!("the browser bench broke off; see its messages above");
    }
    Ok(results)
}

fn browser_row(result: &Value) -> Value {
    let peer = match (result["backend"].as_str(), result["peerError"].as_str()) {
        (_, Some(error)) => format!("onnxruntime-web failed: {error}"),
        (Some("cpu"), None) => "onnxruntime-web WASM, 1 thread".to_owned(),
        _ => "onnxruntime-web WebGPU".to_owned(),
    };
    let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
    let (ours, theirs) = (numbers(&result["ours"]["ms"]), numbers(&result["peer"]["ms"]));
    let adapter =
        if text("backend") == "webgpu" { json!(format!("{} ({})", text("adapter"), text("host"))) } else { json!("") };
    row(
        &text("stage"),
        &text("backend"),
        "browser",
        &adapter,
        result["ours"]["first_ms"].as_f64(),
        &ours,
        (&peer, &theirs),
    )
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn row(
    stage: &str,
    backend: &str,
    host: &str,
    adapter: &Value,
    first: Option<f64>,
    ours: &[f64],
    peer: (&str, &[f64]),
) -> Value {
    let (ms, peer_ms) = (median(ours), median(peer.1));
    json!({
        "stage": stage, "backend": backend, "host": host, "adapter": adapter, "first_ms": first, "ms": ms, "passes": ours.len(),
        "peer": peer.0, "peer_ms": peer_ms, "ratio": ms.zip(peer_ms).map(|(ms, peer)| ms / peer),
    })
}

fn print_tables(rows: &[Value], others: &[Value], wasm: &Value) {
    let number =
        |value: &Value, digits: usize| value.as_f64().map_or("-".to_owned(), |number| format!("{number:.digits$}"));
    let word = |value: &Value| value.as_str().unwrap_or("").to_owned();
    println!(
        "\n| stage | host | backend | adapter | first ms | ms | peer | peer ms | ours / peer |\n|---|---|---|---|---|---|---|---|---|"
    );
    for row in rows {
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            word(&row["stage"]),
            word(&row["host"]),
            word(&row["backend"]),
            word(&row["adapter"]),
            number(&row["first_ms"], 0),
            number(&row["ms"], 1),
            word(&row["peer"]),
            number(&row["peer_ms"], 1),
            number(&row["ratio"], 2)
        );
    }
    println!(
        "\n| page, nothing cached | first picture after | engine and model ready after | fetched | memory above an empty page |\n|---|---|---|---|---|"
    );
    for page in others.iter().filter(|row| row["kind"] == "first picture") {
        let megabytes = |value: &Value| value.as_f64().map_or("-".to_owned(), |bytes| format!("{:.0} MB", bytes / 1e6));
        let secs = |value: &Value| value.as_f64().map_or("-".to_owned(), |ms| format!("{:.1} s", ms / 1e3));
        println!(
            "| {} | {} | {} | {} | {} |",
            word(&page["host"]),
            secs(&page["picture_ms"]),
            secs(&page["loaded_ms"]),
            megabytes(&page["fetched"]),
            megabytes(&page["memory"])
        );
    }
    for problem in others.iter().filter(|row| row["kind"] == "failure" || row["kind"] == "complaint") {
        println!(
            "\n{} of {} on {}: {}",
            word(&problem["kind"]),
            word(&problem["what"]),
            word(&problem["host"]),
            word(&problem["message"])
        );
    }
    let size =
        |name: &str| files::megabytes(wasm[name].as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0));
    println!("\nengine: {} raw, {} brotli\n", size("raw_bytes"), size("brotli_bytes"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_compares_medians() {
        let row = row("base", "cpu", "native", &json!(""), Some(9.0), &[3.0, 1.0, 2.0], ("peer", &[4.0, 4.0, 400.0]));
        assert_eq!(row["ms"], json!(2.0));
        assert_eq!(row["ratio"], json!(0.5));
    }

    #[test]
    fn a_missing_peer_leaves_no_ratio() {
        let row = row("base", "cpu", "native", &json!(""), None, &[3.0], ("peer", &[]));
        assert!(row["ratio"].is_null() && row["peer_ms"].is_null());
    }
}
