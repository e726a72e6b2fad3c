//! `cargo xtask bench`.

use anyhow::{Result, bail};
use std::path::PathBuf;

pub(crate) struct Request {
    pub(crate) json: Option<PathBuf>,
    pub(crate) model: Option<PathBuf>,
    pub(crate) quick: bool,
}

pub(crate) fn run(request: &Request) -> Result<()> {
    let _ = (&request.json, &request.model, request.quick);
    bail!("not yet")
}
