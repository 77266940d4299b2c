//! The simulated provider as a process of its own.

use std::{io::Write, net::SocketAddr};

use clap::Parser;
use simulated_provider::{Options, SimulatedProvider};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// An LLM provider that says what a script tells it to.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Chooses among the texts of the demonstration model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many calls to remember, of each what its question and its answer begin with.
    #[arg(long, default_value_t = 10_000)]
    calls_kept: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { listen, seed, calls_kept } = Arguments::parse();
    let stop = CancellationToken::new();
    let options = Options { seed, calls_kept: Some(calls_kept), ..Options::default() };
    let provider = SimulatedProvider::bind(listen, options).await?;
    writeln!(std::io::stdout(), "{}", provider.base_url())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let signals = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = provider.run(stop.clone()) => Ok(ended?),
        () = signals => Ok(()),
    }
}
