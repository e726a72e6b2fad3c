//! `composer task`: one command for each task, with the flags that [`composer::tasks::inputs_of`] lists.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};
use composer::recipe::Task;
use composer::tasks::{Input, InputKind, Inputs, Value, inputs_of, recipes};
use composer::{Error, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::flags::{Making, Model, image_data};
use crate::making::make;

/// `composer task`.
pub(crate) fn command() -> Command {
    let tasks = Task::ALL.map(|task| {
        let flags = inputs_of(task).iter().map(flag);
        let command = Command::new(task.name()).about(task.about()).args(flags);
        Model::augment_args(Making::augment_args(command))
    });
    Command::new("task").about("Makes the pictures of a task").subcommand_required(true).subcommands(tasks)
}

fn flag(input: &Input) -> Arg {
    let flag = Arg::new(input.name).long(input.name).help(input.about).required(input.required);
    match input.kind {
        InputKind::Words => flag.value_name("TEXT"),
        InputKind::Colors => flag.value_name("#rrggbb:weight,..."),
        InputKind::Number { min, max, .. } => {
            let help = format!("{} ({min} to {max})", input.about);
            flag.value_name("NUMBER").help(help).value_parser(value_parser!(f32))
        }
        InputKind::Choice { options } => flag.value_parser(options.to_vec()),
        _ => flag.value_name("FILE").value_parser(value_parser!(PathBuf)),
    }
}

pub(crate) async fn run(matches: &ArgMatches) -> Result<()> {
    let chosen = matches.subcommand();
    let (task, matches) = chosen
        .and_then(|(name, matches)| Some((Task::ALL.into_iter().find(|task| task.name() == name)?, matches)))
        .ok_or_else(|| Error::recipe("task", "choose one; `composer task --help` lists them"))?;
    let picture = |path: &PathBuf| image_data(path).map(|image| Value::Text(image.as_str().to_owned()));
    let mut values = BTreeMap::new();
    for input in inputs_of(task) {
        let value = match input.kind {
            InputKind::Words | InputKind::Colors | InputKind::Choice { .. } => {
                matches.get_one::<String>(input.name).cloned().map(Value::Text)
            }
            InputKind::Number { .. } => matches.get_one::<f32>(input.name).copied().map(Value::Number),
            _ => matches.get_one::<PathBuf>(input.name).map(picture).transpose()?,
        };
        values.extend(value.map(|value| (input.name.to_owned(), value)));
    }
    let wrong = |error: clap::Error| Error::recipe("task", error.to_string());
    let (making, model) =
        (Making::from_arg_matches(matches).map_err(wrong)?, Model::from_arg_matches(matches).map_err(wrong)?);
    make(&model, &making, recipes(task, &Inputs(values))?).await
}
