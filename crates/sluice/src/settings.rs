//! `sluice config …` and `sluice openapi`: what there is to know without a running process.

use std::{collections::BTreeMap, io::Write};

use boot::{
    config::{self, Config, Shown},
    failure::Usage,
};

use crate::{cli::ConfigCommand, serve};

/// Does what `command` says.
pub fn run(flags: BTreeMap<String, String>, command: &ConfigCommand) -> anyhow::Result<()> {
    let environment = config::process_environment();
    let text = match command {
        ConfigCommand::Show { origin, json } => {
            let lines = config::load_shown(flags, environment)?;
            if *json {
                serde_json::to_string_pretty(&lines)? + "\n"
            } else {
                table(&lines, *origin)
            }
        }
        ConfigCommand::Check => check(&config::load(flags, environment)?)?,
        ConfigCommand::Example => config::env_example(),
    };
    Ok(write!(std::io::stdout(), "{text}")?)
}

/// What is told of a configuration that is right; of one that `sluice` would not start with, an error.
fn check(config: &Config) -> anyhow::Result<String> {
    serve::check(config)
        .map_err(|error| Usage(format!("the configuration is wrong: {error:#}")))?;
    let unused = config.providers.unused_tables().into_iter();
    let unused = unused.map(|table| {
        format!("nothing uses {table}: its provider has no keys here, and is not in PROVIDERS\n")
    });
    Ok(unused.chain(["the configuration is right\n".to_owned()]).collect())
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
    Ok(writeln!(std::io::stdout(), "{}", api::openapi().to_pretty_json()?)?)
}
