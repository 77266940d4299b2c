//! How soon the provider's request ends when a user stops.

use std::time::Instant;

use simulated_provider::End;

use super::Bench;
use crate::{client::Client, report::Report, sample::Sample, viewer};

/// How many stops.
const STOPS: usize = 50;

pub async fn run(bench: &Bench) -> anyhow::Result<Report> {
    bench.provider.record().clear();
    let subject = bench.subject().await?;
    let client = Client::register(subject.url(), "bench").await?;
    let chat = client.chat().await?;
    let mut stops = Sample::default();
    for _ in 0..STOPS {
        let (_, generation) = client.generate(&chat, "openai/sim-endless,gap=10ms").await?;
        let seen = viewer::read(client.stream(&generation).await?, "\"delta\":\"", 3).await?;
        let asked = Instant::now();
        client.cancel(&generation).await?;
        let gone = |call: &simulated_provider::CallView| {
            call.number == seen.call && call.end == Some(End::ClientGone)
        };
        bench.provider.record().wait_for(|calls| calls.iter().any(gone)).await;
        let calls = bench.calls();
        let ended = calls.of(&seen).and_then(|call| call.ended_us).unwrap_or_default();
        stops.push(calls.at(ended).saturating_duration_since(asked));
    }
    subject.stop().await?;
    Ok(Report::new(&format!(
        "stop: from the request to the end of the provider's call, {STOPS} times"
    ))
    .line("through Sluice", stops.summary()))
}
