//! A whole installation in one folder.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::Args;
use cluster::installation::{Installation, Wish};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where everything is kept.
    #[arg(long, default_value = ".cluster")]
    folder: PathBuf,
    /// Where the binaries of the services are.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// How many api processes.
    #[arg(long, default_value_t = 3)]
    apis: usize,
    /// How many provider workers.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// How many accounting workers.
    #[arg(long, default_value_t = 1)]
    accounting: usize,
    /// Where nginx listens; the first free port from 8080 on by default.
    #[arg(long, env = "PORT")]
    port: Option<u16>,
}

pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let wish = Wish {
        folder: arguments.folder,
        project: env::current_dir().context("the folder to work in is gone")?,
        binaries: arguments.binaries,
        apis: arguments.apis,
        workers: arguments.workers,
        accounting: arguments.accounting,
        port: arguments.port,
        environment: env::vars().collect(),
    };
    let mut stopped = std::pin::pin!(super::stopped());
    let started = tokio::select! {
        started = Installation::start(wish) => started?,
        stopped = &mut stopped => return stopped,
    };
    say(&started.banner());
    let mut started = started;
    tokio::select! {
        () = started.keep_alive(|error| say(&format!("{error:#}"))) => {}
        stopped = &mut stopped => stopped?,
    }
    say("stopping; a second Ctrl-C kills instead");
    // Nothing else hurries it: a terminal that is closed says so twice, and make passes SIGTERM on.
    tokio::select! {
        ended = started.stop() => ended,
        again = tokio::signal::ctrl_c() => Ok(again?),
    }
}

/// Says it to whoever still listens: a terminal may have been closed.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
