//! Running other programs, with a line before and after that says what goes on and how long it takes.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// `1 min 52 s`, `0.4 s`
pub(crate) fn spoken(time: Duration) -> String {
    let secs = time.as_secs();
    match secs {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs / 60 % 60),
    }
}

/// Says what starts, runs it, says how long it took.
pub(crate) fn announced<T>(what: &str, estimate: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("{what} ({estimate})"));
    let start = Instant::now();
    let done = work()?;
    say(&format!("{what}: done in {}", spoken(start.elapsed())));
    Ok(done)
}

pub(crate) fn say(line: &str) {
    println!("composer: {line}");
    std::io::stdout().flush().ok();
}

fn name(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs to the end; a bad exit status is an error that names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let what = name(command);
    let status = command.status().with_context(|| format!("`{what}` does not start"))?;
    if !status.success() {
        bail!("`{what}` ended with {status}");
    }
    Ok(())
}

/// What the command prints, trimmed; `None` where it is missing or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs to the end, shows its standard output as it comes and hands every line to `read`. Returns whether it succeeded.
pub(crate) fn watched(command: &mut Command, mut read: impl FnMut(&str)) -> Result<bool> {
    let what = name(command);
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("`{what}` does not start"))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            // A tool may print what is no UTF-8; the line is then lost to the count and to nothing else.
            let line = line.unwrap_or_default();
            println!("{line}");
            read(&line);
        }
    }
    Ok(child.wait().with_context(|| format!("`{what}` was lost"))?.success())
}

/// cargo, without what cargo told this very program about itself: build scripts (ring's) watch these variables, and would run
/// again after every change between `cargo xtask` and `cargo` alone.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let own =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if own {
            command.env_remove(name);
        }
    }
    command
}

/// The first of `names` that is a program on `PATH`.
pub(crate) fn on_path(names: &[&str]) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(executable(name))));
    candidates.into_iter().find(|file| file.is_file())
}

/// A program's file name on this system.
pub(crate) fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// `PATH` with `folder` in front.
pub(crate) fn path_with(folders: &[&Path]) -> std::ffi::OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(|folder| folder.to_path_buf()).chain(std::env::split_paths(&old));
    std::env::join_paths(all).unwrap_or(old)
}
