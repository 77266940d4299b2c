//! `sluice config …` and `sluice openapi`: what there is to know without a running process.

use std::{collections::BTreeMap, io::Write};

use boot::config::{self, Shown};

use crate::cli::ConfigCommand;

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
        ConfigCommand::Check => {
            config::load(flags, environment)?;
            "the configuration is right\n".to_owned()
        }
        ConfigCommand::Example => config::env_example(),
    };
    Ok(write!(std::io::stdout(), "{text}")?)
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
