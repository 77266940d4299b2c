//! All of Sluice in one process, and its command line.

mod banner;
mod cli;
mod completions;
mod database;
mod doctor;
mod health;
mod operate;
mod out;
mod place;
mod serve;
mod settings;
mod talk;

use std::{collections::BTreeMap, process::ExitCode};

use anyhow::Context;
use boot::failure::Usage;
use clap::Parser;

use cli::{Cli, Command, OperatorCommand};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        // As `sluice queues | head -2`: it was told as much as was wanted.
        Err(error) if error.is::<out::Closed>() => ExitCode::SUCCESS,
        Err(error) if error.is::<talk::Interrupted>() => talk::INTERRUPTED.into(),
        done => boot::failure::exit("sluice", done),
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    boot::cores::leave_none().context("cannot forbid cores")?;
    let (flags, json) = (cli.flags.settings(), cli.json);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => no_json(json, "serve").and_then(|()| serve::run(flags)),
        Command::Chat(arguments) => talk::run(flags, arguments, json),
        Command::Health { ready } => health::run(&flags, ready),
        Command::Db(command) => database::run(flags, &command, json),
        Command::Config(command) => settings::run(flags, &command, json),
        Command::Doctor => doctor::run(flags, json),
        Command::Openapi => settings::openapi(),
        Command::Completions { shell } => {
            no_json(json, "completions").and_then(|()| completions::run(shell))
        }
        Command::Operate(command) => operate(flags, command, json),
    }
}

/// What operators do with a running Sluice.
fn operate(
    flags: BTreeMap<String, String>,
    command: OperatorCommand,
    json: bool,
) -> anyhow::Result<()> {
    let client = &operate::Client::find(flags)?;
    match command {
        OperatorCommand::Keys(command) => operate::keys::run(client, command, json),
        OperatorCommand::Pools(command) => operate::pools::run(client, command, json),
        OperatorCommand::Workers(command) => operate::workers::run(client, command, json),
        OperatorCommand::Reload => operate::reload::run(client, json),
        OperatorCommand::Queues => operate::queues::run(client, json),
        OperatorCommand::Dead(command) => operate::dead::run(client, command, json),
        OperatorCommand::Jobs(command) => operate::jobs::run(client, command, json),
        OperatorCommand::Usage(command) => operate::usage::run(client, command, json),
        OperatorCommand::Audit { page, before } => operate::audit::run(client, &page, before, json),
        OperatorCommand::Users(command) => operate::users::run(client, command, json),
    }
}

/// Fails if JSON is wanted of what prints none.
fn no_json(json: bool, command: &str) -> anyhow::Result<()> {
    if json { Err(Usage(format!("{command} prints no JSON")).into()) } else { Ok(()) }
}
