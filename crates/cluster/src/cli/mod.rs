//! The command line.

mod servers;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

/// Servers and services of one machine, without containers.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a command beside PostgreSQL, RabbitMQ and Redis of its own, told to it in
    /// variables called `TEST_…_URL`.
    Servers(servers::Arguments),
    /// Starts a whole installation in a folder, and runs it until it is stopped.
    Up(up::Arguments),
}

/// Does what the command line says; answers the exit code.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Servers(arguments) => servers::run(arguments).await,
        Command::Up(arguments) => up::run(arguments).await.map(|()| ExitCode::SUCCESS),
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stopped() -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
