//! Load generator and measurements: Sluice, a client and the simulated provider on one machine, beside
//! the same load without Sluice in between. Sluice is one process, or several with their servers.
//!
//! Figures of a shared machine drift; what counts is the ratio to the direct run of the same run.
#![expect(clippy::print_stdout, reason = "the figures are the output")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded for people anyway")]

mod bare;
mod client;
mod direct;
mod installation;
mod measure;
mod process;
mod report;
mod sample;
mod subject;
mod usage;
mod viewer;
mod way;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use simulated_provider::{Options, SimulatedProvider};

use crate::{measure::Bench, report::Report, subject::Kind};

/// Measures speed, processor time and memory of the all-in-one process and of an installation of many.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of the binaries to measure, a release build.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// Only measurements whose name contains this: start, stop, first-token-50, streams-200, keys; with
    /// `distributed-` before it, those of many processes.
    #[arg(long, default_value = "")]
    only: String,
    /// Seconds that each load lasts; that of questions to be accepted three times as long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Be one program of the bare chain instead.
    #[command(subcommand)]
    hop: Option<bare::Hop>,
}

/// What is measured, under which name it is asked for, and with how many streams.
#[derive(Debug, Clone, Copy)]
enum Measurement {
    Floors,
    Stop,
    FirstToken(usize),
    Streams(usize),
    Accept(usize),
    Idle(usize),
    Retries,
    Takeover,
    Broker,
    Choice(usize),
    Budgets(u32),
    Faults,
    Questions(usize, usize),
    SignIns(usize),
    Listing(usize),
    Books(usize),
}

const ONE: &[Measurement] = &[
    Measurement::FirstToken(50),
    Measurement::Stop,
    Measurement::Streams(200),
    Measurement::Streams(1000),
    Measurement::Accept(300),
    Measurement::Idle(5000),
    Measurement::Retries,
    Measurement::Questions(200, 500),
    Measurement::SignIns(200),
];

const MANY: &[Measurement] = &[
    Measurement::Floors,
    Measurement::FirstToken(1),
    Measurement::FirstToken(20),
    Measurement::FirstToken(50),
    Measurement::FirstToken(100),
    Measurement::FirstToken(200),
    Measurement::Stop,
    Measurement::Streams(20),
    Measurement::Streams(100),
    Measurement::Streams(200),
    Measurement::Streams(500),
    Measurement::Accept(300),
    Measurement::Idle(5000),
    Measurement::Retries,
    Measurement::Takeover,
    Measurement::Broker,
    Measurement::Choice(1000),
    Measurement::Budgets(50_000),
    Measurement::Faults,
    Measurement::Questions(200, 500),
    Measurement::SignIns(200),
    Measurement::Listing(100_000),
    Measurement::Books(50_000),
];

impl Measurement {
    fn name(self) -> String {
        match self {
            Self::Floors => "floors".to_owned(),
            Self::Stop => "stop".to_owned(),
            Self::FirstToken(streams) => format!("first-token-{streams}"),
            Self::Streams(streams) => format!("streams-{streams}"),
            Self::Accept(per_second) => format!("accept-{per_second}"),
            Self::Idle(streams) => format!("idle-{streams}"),
            Self::Retries => "retries".to_owned(),
            Self::Takeover => "takeover".to_owned(),
            Self::Broker => "broker".to_owned(),
            Self::Choice(keys) => format!("keys-choice-{keys}"),
            Self::Budgets(dispatches) => format!("keys-budgets-{dispatches}"),
            Self::Faults => "keys-faults".to_owned(),
            Self::Questions(per_second, _) => format!("questions-{per_second}"),
            Self::SignIns(per_second) => format!("sign-ins-{per_second}"),
            Self::Listing(messages) => format!("listing-{messages}"),
            Self::Books(events) => format!("books-{events}"),
        }
    }

    async fn run(self, bench: &Bench) -> anyhow::Result<Report> {
        match self {
            Self::Floors => measure::floors::run(bench).await,
            Self::Stop => measure::stop::run(bench).await,
            Self::FirstToken(streams) => measure::first_token::run(bench, streams).await,
            Self::Streams(streams) => measure::streams::run(bench, streams).await,
            Self::Accept(per_second) => measure::accept::run(bench, per_second).await,
            Self::Idle(streams) => measure::idle::run(bench, streams).await,
            Self::Retries => measure::late::retries(bench).await,
            Self::Takeover => measure::late::takeover(bench).await,
            Self::Broker => measure::late::broker(bench).await,
            Self::Choice(keys) => measure::keys::choice(keys).await,
            Self::Budgets(dispatches) => measure::keys::budgets(bench, dispatches).await,
            Self::Faults => measure::keys::faults(bench).await,
            Self::Questions(per_second, open) => {
                measure::control::questions(bench, per_second, open).await
            }
            Self::SignIns(per_second) => measure::control::sign_ins(bench, per_second).await,
            Self::Listing(messages) => measure::control::listing(bench, messages).await,
            Self::Books(events) => measure::books::run(bench, events).await,
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(hop) = arguments.hop {
        return hop.run().await;
    }
    let folder = arguments.binaries.canonicalize().with_context(|| {
        format!("{}: build what is in it with `make bench`", arguments.binaries.display())
    })?;
    let binary = folder.join("sluice");
    let provider = SimulatedProvider::start(Options::default()).await?;
    println!("{}", report::head());
    if "start".contains(&arguments.only) {
        println!("{}", measure::start::run(&binary, &provider.base_url()).await?);
    }
    let lasts = Duration::from_secs(arguments.seconds);
    let mut bench = Bench { kind: Kind::One(binary), provider, lasts };
    for (kind, measurements) in [("", ONE), ("distributed-", MANY)] {
        if kind == "distributed-" {
            bench.kind = Kind::Many(folder.clone());
        }
        for measurement in measurements {
            let name = format!("{kind}{}", measurement.name());
            if name.contains(&arguments.only) {
                println!("\n{name}{}", measurement.run(&bench).await?);
            }
        }
    }
    bench.provider.stop().await;
    Ok(())
}
