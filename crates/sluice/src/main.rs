//! All of Sluice in one process, and its command line.

mod banner;
mod cli;
mod database;
mod health;
mod operate;
mod place;
mod serve;
mod settings;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    boot::failure::exit("sluice", run(Cli::parse()))
}

fn run(cli: Cli) -> anyhow::Result<()> {
    boot::cores::leave_none().context("cannot forbid cores")?;
    let flags = cli.flags.settings();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(flags),
        Command::Health { ready } => health::run(flags, ready),
        Command::Db(command) => database::run(flags, &command),
        Command::Config(command) => settings::run(flags, &command),
        Command::Keys(command) => operate::keys::run(flags, command),
        Command::Pools(command) => operate::pools::run(flags, command),
        Command::Workers(command) => operate::workers::run(flags, command),
        Command::Reload => operate::reload::run(flags),
        Command::Queues { json } => operate::queues::run(flags, json),
        Command::Dead(command) => operate::dead::run(flags, command),
        Command::Jobs(command) => operate::jobs::run(flags, command),
        Command::Usage(command) => operate::usage::run(flags, command),
        Command::Audit { limit, json } => operate::audit::run(flags, limit, json),
        Command::Users(command) => operate::users::run(flags, command),
        Command::Openapi => settings::openapi(),
    }
}
