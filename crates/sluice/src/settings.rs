//! `sluice config …` and `sluice openapi`: what there is to know without a running process.

use std::collections::BTreeMap;

use boot::{
    config::{self, Config, Shown},
    failure::Usage,
};

use serde_json::json;

use crate::{cli::ConfigCommand, out, serve};

/// Does what `command` says.
pub fn run(
    flags: BTreeMap<String, String>,
    command: &ConfigCommand,
    json: bool,
) -> anyhow::Result<()> {
    let environment = config::process_environment();
    let text = match command {
        ConfigCommand::Show { origin } => {
            let lines = config::load_shown(flags, environment)?;
            if json { serde_json::to_string_pretty(&lines)? + "\n" } else { table(&lines, *origin) }
        }
        ConfigCommand::Check => checked(&check(&config::load(flags, environment)?)?, json)?,
        ConfigCommand::Example => config::env_example(),
    };
    out::print(text)
}

/// What is told of a configuration that is right.
fn checked(notes: &[String], json: bool) -> anyhow::Result<String> {
    if json {
        return Ok(serde_json::to_string_pretty(&json!({ "right": true, "notes": notes }))? + "\n");
    }
    let lines: Vec<_> =
        notes.iter().map(String::as_str).chain(["the configuration is right"]).collect();
    Ok(lines.join("\n") + "\n")
}

/// What is to be said of a configuration that is right; of one that `sluice` would not start with, an error.
pub fn check(config: &Config) -> anyhow::Result<Vec<String>> {
    serve::check(config)
        .map_err(|error| Usage(format!("the configuration is wrong: {error:#}")))?;
    let unused = config.providers.unused_tables().into_iter();
    let unused = unused.map(|table| {
        format!("nothing uses {table}: its provider has no keys here, and is not in PROVIDERS")
    });
    Ok(unused.collect())
}

fn table(lines: &[Shown], origin: bool) -> String {
    let line = |shown: &Shown| {
        let Shown { name, value, origin: from } = shown;
        if origin { format!("{name}={value}  # {from}\n") } else { format!("{name}={value}\n") }
    };
    lines.iter().map(line).collect()
}

/// Prints the description of the HTTP interface.
pub fn openapi() -> anyhow::Result<()> {
    out::print(format_args!("{}\n", api::openapi().to_pretty_json()?))
}
