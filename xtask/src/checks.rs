//! `cargo xtask test`: every check, each one a step with a count of what passed and failed.

use crate::command::{self, output, path_with, say, spoken, watched};
use crate::engine::{self, Optimise};
use crate::{files, site, tools, workspace};
use anyhow::{Context, Result, bail};
use std::process::Command;
use std::time::Instant;

/// Brotli-compressed, as a good static host sends it.
const WASM_LIMIT_BYTES: usize = 2_000_000;

#[derive(Clone, Copy, Default)]
struct Count {
    passed: u32,
    failed: u32,
    skipped: u32,
}

impl Count {
    const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    fn of(passed: u32, failed: u32, skipped: u32) -> Self {
        Self { passed, failed, skipped }
    }

    fn and(self, other: Self) -> Self {
        Self::of(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)
    }

    /// `12 passed, 0 failed`, and how many were skipped, if any.
    fn spoken(self) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<Count>,
}

const fn step(name: &'static str, what: &'static str, run: fn() -> Result<Count>) -> Step {
    Step { name, what, run }
}

/// Quick ones first; what needs the built site last.
const STEPS: [Step; 11] = [
    step("fmt", "formatting", fmt),
    step("licences", "licences and sources of all crates", licences),
    step("training", "tests of the training code", training),
    step("clippy", "lints, native", clippy),
    step("clippy-wasm", "lints, browser build", clippy_wasm),
    step("doc", "documentation builds without warnings", doc),
    step("native", "tests of the engine and the tools, native", native),
    step("wasm", "tests of the engine in a headless browser", wasm_tests),
    step("size", "size of the engine's download", size),
    step("types", "types of the page's code", types),
    step("e2e", "tests of the page in a headless browser", e2e),
];

/// Runs the steps named in `only`, or all.
pub(crate) fn run(only: &[String]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        bail!("there is no step `{unknown}`; there are {}", STEPS.map(|step| step.name).join(", "));
    }
    let chosen = STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name));
    let mut report = Vec::new();
    let mut total = Count::default();
    for step in chosen {
        say(&format!("{}: {}", step.name, step.what));
        let start = Instant::now();
        let count = (step.run)().unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Count::FAILED
        });
        let line = format!("{:<12} {:<34} {}", step.name, count.spoken(), spoken(start.elapsed()));
        say(&line);
        report.push(line);
        total = total.and(count);
    }
    println!("\n{}\n\n{}", report.join("\n"), total.spoken());
    if total.failed > 0 {
        // The line above is the last one; an error of our own would stand after it.
        std::process::exit(1);
    }
    Ok(())
}

/// cargo with these words, none of which holds a space.
fn cargo(arguments: &str) -> Command {
    let mut command = command::cargo();
    command.args(arguments.split(' ')).current_dir(workspace::root());
    command
}

/// A step that is one check.
fn single(command: &mut Command) -> Result<Count> {
    Ok(if watched(command, |_| {})? { Count::PASSED } else { Count::FAILED })
}

/// A step whose tests are counted from what it prints. One that fails without a failed test did not get as far as its tests.
fn counted(command: &mut Command, read: fn(&str) -> Option<Count>) -> Result<Count> {
    let mut sum = Count::default();
    let succeeded = watched(command, |line| {
        if let Some(count) = read(line) {
            sum = sum.and(count);
        }
    })?;
    if !succeeded && sum.failed == 0 {
        sum.failed = 1;
    }
    if succeeded && sum.passed == 0 {
        bail!("no test ran");
    }
    Ok(sum)
}

/// The number before `word`: `number_before("3 passed, 1 failed", "failed")` is 1.
fn number_before(line: &str, word: &str) -> Option<u32> {
    let words: Vec<&str> = line
        .split(|letter: char| letter.is_whitespace() || ",;.=".contains(letter))
        .filter(|word| !word.is_empty())
        .collect();
    let at = words.iter().position(|found| *found == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// `test result: ok. 3 passed; 0 failed; ...` of cargo and of wasm-bindgen-test-runner.
fn rust_count(line: &str) -> Option<Count> {
    let line = line.trim().strip_prefix("test result:")?;
    Some(Count::of(number_before(line, "passed")?, number_before(line, "failed")?, number_before(line, "ignored")?))
}

/// `# pass 3`, `# fail 0` of node's TAP reporter; a cancelled test is a failed one.
fn node_count(line: &str) -> Option<Count> {
    let mut words = line.strip_prefix("# ")?.split_whitespace();
    let (word, number) = (words.next()?, words.next()?.parse().ok()?);
    match word {
        "pass" => Some(Count::of(number, 0, 0)),
        "fail" | "cancelled" => Some(Count::of(0, number, 0)),
        "skipped" => Some(Count::of(0, 0, number)),
        _ => None,
    }
}

/// `== 3 passed, 1 failed, 2 skipped in 1.2s ==` of pytest.
fn pytest_count(line: &str) -> Option<Count> {
    if !line.contains(" in ") || !line.ends_with(['=', 's', ')']) {
        return None;
    }
    let [passed, failed, errors, error, skipped] =
        ["passed", "failed", "errors", "error", "skipped"].map(|word| number_before(line, word));
    passed.or(failed).or(errors).or(error)?;
    let failures = [failed, errors, error].into_iter().flatten().sum();
    Some(Count::of(passed.unwrap_or(0), failures, skipped.unwrap_or(0)))
}

fn fmt() -> Result<Count> {
    tools::component("rustfmt", "fmt")?;
    single(&mut cargo("fmt --all --check"))
}

/// Advisories are left out: their database is a git repository, which build machines without open network access cannot clone.
fn licences() -> Result<Count> {
    let program = tools::cargo_deny()?;
    let mut command = Command::new(program);
    command.args(["--log-level", "error", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    single(command.current_dir(workspace::root()))
}

fn clippy() -> Result<Count> {
    tools::component("clippy", "clippy")?;
    single(&mut cargo("clippy --workspace --all-targets --features composer/cli -- -D warnings"))
}

fn clippy_wasm() -> Result<Count> {
    tools::component("clippy", "clippy")?;
    tools::wasm_target()?;
    let mut command = cargo("clippy --package composer --lib --target wasm32-unknown-unknown -- -D warnings");
    single(command.env("CLIPPY_CONF_DIR", workspace::root().join("xtask").join("clippy-wasm")))
}

fn doc() -> Result<Count> {
    let mut command = cargo("doc --workspace --no-deps --lib --features composer/cli");
    single(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// In release: the golden tests run whole networks.
fn native() -> Result<Count> {
    let engine =
        "test --release --package composer --package composer-arithmetic --features composer/cli --no-fail-fast";
    let commands = counted(&mut cargo("test --package xtask"), rust_count)?;
    let engine = counted(&mut cargo(engine), rust_count)?;
    Ok(commands.and(engine))
}

fn training() -> Result<Count> {
    let folder = workspace::root().join("training");
    let python = tools::python()?;
    if !python.torch {
        say(
            "training: PyTorch is not installed, so the tests that run networks are skipped; set COMPOSER_PYTHON to a Python that has it",
        );
    }
    let mut command = Command::new(&python.program);
    command.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "tests"]).env("PYTHONDONTWRITEBYTECODE", "1");
    counted(command.current_dir(folder), pytest_count)
}

fn wasm_tests() -> Result<Count> {
    tools::wasm_target()?;
    let bindgen = tools::wasm_bindgen()?;
    let browser = tools::browser()?;
    let capabilities = serde_json::json!({
        "goog:chromeOptions": { "binary": browser.chromium, "args": ["headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"] }
    });
    let settings = workspace::scratch()?.join("webdriver.json");
    files::write(&settings, capabilities.to_string())?;
    let mut command =
        cargo("test --profile web --package composer --test * --target wasm32-unknown-unknown --no-fail-fast");
    command.env("PATH", path_with(&[&bindgen])).env("CHROMEDRIVER", browser.driver);
    // A whole three-step loop without a graphics adapter takes its time.
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings).env("WASM_BINDGEN_TEST_TIMEOUT", "900");
    counted(&mut command, rust_count)
}

fn size() -> Result<Count> {
    engine::build(Optimise::Size)?;
    let module = workspace::root().join("pkg").join("composer_bg.wasm");
    let raw = files::read(&module)?.len();
    let brotli = brotli_bytes(&module)?;
    let line = format!(
        "engine {}, brotli {}, at most {}",
        files::megabytes(raw),
        files::megabytes(brotli),
        files::megabytes(WASM_LIMIT_BYTES)
    );
    println!("{line}");
    Ok(if brotli <= WASM_LIMIT_BYTES { Count::PASSED } else { Count::FAILED })
}

/// How long `file` is after brotli at its highest level.
pub(crate) fn brotli_bytes(file: &std::path::Path) -> Result<usize> {
    const SCRIPT: &str = "const { readFileSync } = require('node:fs');
        console.log(require('node:zlib').brotliCompressSync(readFileSync(process.argv[1])).length);";
    let printed = output(Command::new(tools::node()?).args(["--eval", SCRIPT]).arg(file))
        .context("node cannot compress the engine")?;
    printed.parse().context("node printed no size")
}

fn e2e_folder() -> std::path::PathBuf {
    workspace::root().join("tests").join("e2e")
}

/// TypeScript checks the page's JSDoc types against each other and against the engine's.
fn types() -> Result<Count> {
    engine::build(Optimise::Size)?;
    site::vendor()?;
    let modules = tools::npm_project(&e2e_folder())?;
    let mut command = Command::new(tools::node()?);
    command.arg(modules.join("typescript").join("bin").join("tsc")).args(["--project", "tsconfig.json"]);
    single(command.current_dir(e2e_folder()))
}

fn e2e() -> Result<Count> {
    site::build(Optimise::Size)?;
    let browser = tools::browser()?;
    let folder = e2e_folder();
    tools::npm_project(&folder)?;
    let is_test = |file: &std::path::PathBuf| {
        let path = files::web_path(file, &folder);
        !path.contains("node_modules/")
            && [".test.mjs", ".test.js", ".spec.mjs", ".spec.js"].iter().any(|end| path.ends_with(end))
    };
    let tests: Vec<_> = files::list(&folder)?.into_iter().filter(is_test).collect();
    if tests.is_empty() {
        bail!("there are no tests in tests/e2e");
    }
    let mut command = Command::new(tools::node()?);
    // One file at a time: each starts a browser that wants all processor cores.
    command.args(["--test", "--test-concurrency=1", "--test-reporter=tap"]).args(tests).current_dir(folder);
    // Pictures from the page are compared with the program's.
    command.env("COMPOSER_DIST", site::dist()).env("COMPOSER_NATIVE", engine::native_program()?);
    counted(command.env("CHROMIUM", browser.chromium), node_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: Option<Count>) -> Option<(u32, u32, u32)> {
        count.map(|count| (count.passed, count.failed, count.skipped))
    }

    #[test]
    fn every_runner_is_counted() {
        let cargo =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.35s";
        assert_eq!(numbers(rust_count(cargo)), Some((12, 3, 0)));
        assert_eq!(numbers(rust_count("test image::png ... ok")), None);
        assert_eq!(numbers(node_count("# pass 7")), Some((7, 0, 0)));
        assert_eq!(numbers(node_count("# cancelled 1")), Some((0, 1, 0)));
        assert_eq!(numbers(node_count("# Subtest: a page")), None);
        assert_eq!(numbers(pytest_count("==== 1 failed, 30 passed, 2 skipped in 4.05s ====")), Some((30, 1, 2)));
        assert_eq!(numbers(pytest_count("30 passed in 70.05s (0:01:10)")), Some((30, 0, 0)));
        assert_eq!(numbers(pytest_count("2 errors in 1.2s")), Some((0, 2, 0)));
        assert_eq!(numbers(pytest_count("tests/test_x.py ....")), None);
    }
}
