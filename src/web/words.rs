//! Tasks and expressions, which need no network.

use serde::Serialize;
use std::ops::Range;
use wasm_bindgen::prelude::*;

use super::{JsResult, to_js, to_value};
use crate::error::{Error, Result};
use crate::expression::{Expression, ExpressionError};
use crate::recipe::Task;
use crate::tasks::{Input, Inputs, inputs_of, recipes};

#[derive(Serialize)]
struct TaskEntry {
    name: &'static str,
    about: &'static str,
    inputs: &'static [Input],
}

/// All tasks: `[{name, about, inputs: [{name, kind, required, about, ...}]}]`.
#[wasm_bindgen]
#[must_use]
pub fn tasks() -> JsValue {
    let entry = |task: Task| TaskEntry { name: task.name(), about: task.about(), inputs: inputs_of(task) };
    to_value(&Task::ALL.map(entry).as_slice())
}

/// The recipes of a task, one for each picture of its result; `inputs` are numbers, words and data URLs of PNG files by the
/// names of the task's inputs.
///
/// # Errors
/// A JavaScript `Error` with the code `recipe`, which names the input that is missing or wrong.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "JavaScript hands over handles")]
pub fn task_recipes(name: &str, inputs: JsValue) -> JsResult<JsValue> {
    let run = || -> Result<JsValue> {
        let task = Task::ALL.into_iter().find(|task| task.name() == name);
        let task = task.ok_or_else(|| Error::recipe("task", format!("there is no task `{name}`")))?;
        let inputs: Inputs = serde_wasm_bindgen::from_value(inputs)
            .map_err(|error| Error::recipe("task", format!("its inputs are not numbers and words: {error}")))?;
        Ok(to_value(&recipes(task, &inputs)?))
    };
    run().map_err(|error| to_js(&error))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reading {
    /// Whether the text is to be read as an expression rather than as a caption.
    is_expression: bool,
    error: Option<Fault>,
    /// The alternatives, of which each picture follows one.
    clauses: Vec<String>,
    /// What the picture shall show.
    captions: Vec<Caption>,
}

/// A caption of an expression and where it stands, its quotes included.
#[derive(Serialize)]
struct Caption {
    start: usize,
    end: usize,
    text: String,
}

/// Columns count from 1, in characters, the end excluded.
#[derive(Serialize)]
struct Fault {
    start: usize,
    end: usize,
    message: String,
}

/// Reads what stands in a caption box: `{isExpression, error?: {start, end, message}, clauses, captions: [{start, end, text}]}`.
#[wasm_bindgen]
#[must_use]
pub fn read_expression(text: &str) -> JsValue {
    let is_expression = Expression::is_meant(text);
    let parts = || -> std::result::Result<_, ExpressionError> {
        let expression = Expression::parse(text)?;
        let clauses = expression.normal_form()?.iter().map(ToString::to_string).collect();
        let caption = |(text, columns): (&str, Range<usize>)| Caption {
            start: columns.start,
            end: columns.end,
            text: text.to_owned(),
        };
        Ok((clauses, expression.wanted_captions().into_iter().map(caption).collect()))
    };
    let ((clauses, captions), error) = match if is_expression { parts() } else { Ok(Default::default()) } {
        Ok(parts) => (parts, None),
        Err(ExpressionError { columns, message }) => {
            (Default::default(), Some(Fault { start: columns.start, end: columns.end, message }))
        }
    };
    to_value(&Reading { is_expression, error, clauses, captions })
}
