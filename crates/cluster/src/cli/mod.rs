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

/// Waits for Ctrl-C, SIGTERM, or the end of the terminal unless that is ignored, as by `nohup`.
async fn stopped() -> anyhow::Result<()> {
    let hangup = Some(SignalKind::hangup()).filter(|kind| !is_ignored(*kind));
    let mut hangup = hangup.map(signal).transpose()?;
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        Some(()) = async { hangup.as_mut()?.recv().await } => {}
    }
    Ok(())
}

/// Whether whoever started us has us ignore a signal (`SigIgn` of `proc_pid_status(5)`).
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    ignored.is_some_and(|set| set >> (kind.as_raw_value() - 1) & 1 == 1)
}
