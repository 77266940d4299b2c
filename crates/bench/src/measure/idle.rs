//! Many viewers who wait: what an open stream takes when nothing comes.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::Bench;
use crate::{report::Report, viewer};

/// How many streams are opened at once.
const AT_ONCE: usize = 100;

pub async fn run(bench: &Bench, streams: usize) -> anyhow::Result<Report> {
    bench.provider.record().clear();
    let (subject, client) = bench.rested_subject().await?;
    let edge = client.at(&subject.edge_url());
    let chat = edge.chat().await?;
    let (_, first) = edge.generate(&chat, "openai/sim-tokens=10").await?;
    viewer::read(edge.stream(&first).await?, "\"delta\":\"", usize::MAX).await?;
    let (_, generation) = edge.generate(&chat, "openai/sim-ttft=55s,tokens=1").await?;
    // One viewer opens what all share.
    let mut open = vec![edge.stream(&generation).await?];
    let rest_kib = subject.edge_memory_kib()?;
    let opening = (1..streams).map(|_| edge.stream(&generation));
    let mut opening = stream::iter(opening).buffer_unordered(AT_ONCE);
    while let Some(response) = opening.next().await {
        open.push(response?);
    }
    drop(opening);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let kib = subject.edge_memory_kib()?.saturating_sub(rest_kib) as f64 / streams as f64;
    let count = open.len();
    drop(open);
    subject.stop().await?;
    Ok(Report::new(&format!("idle: {count} open streams on one process"))
        .line("memory per stream", format!("{kib:.1} KiB")))
}
