//! Many streams at once: delay of each token, processor time, memory.

use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;

use super::{Bench, Calls};
use crate::{
    client::Client, direct, report::Report, sample::Sample, subject::Subject, viewer, way::Way,
};

/// Between two tokens of a stream: 50 tokens a second.
pub(super) const GAP: Duration = Duration::from_millis(20);

pub async fn run(bench: &Bench, streams: usize) -> anyhow::Result<Report> {
    let tokens = usize::try_from(bench.lasts.as_millis() / GAP.as_millis())?;
    let model = format!("sim-ttft=1s,gap=20ms,tokens={tokens}");
    let (subject, client) = bench.rested_subject().await?;
    let through = load(bench, &subject, &client, streams, &model).await?;
    subject.stop().await?;
    let (bare, bare_cpu) = bare_load(bench, streams, &model).await?.unzip();
    let direct = Way::Direct(bench.provider.base_url());
    let direct = plain_load(bench, &direct, streams, &model).await?;
    let total = streams * tokens;
    anyhow::ensure!(
        through.delays.len() == total,
        "{} of {total} tokens came",
        through.delays.len()
    );
    let per_10k = |cpu: Duration| format!("{:.3} s", cpu.as_secs_f64() * 10_000.0 / total as f64);
    let kib = through.memory_kib as f64 / streams as f64;
    Ok(Report::new(&format!(
        "streams: {streams} streams of 50 tokens/s, {total} tokens, none lost or repeated"
    ))
    .line("token delay through Sluice", through.delays.summary())
    .maybe("token delay of the bare chain", bare.map(Sample::summary))
    .line("token delay direct", direct.summary())
    .line("processor time per 10,000 tokens", per_10k(through.cpu))
    .maybe("the same of the bare chain", bare_cpu.map(per_10k))
    .line("the same of the servers", per_10k(through.servers_cpu))
    .line("memory per live stream", format!("{kib:.1} KiB")))
}

/// What a load through Sluice showed.
pub(super) struct Load {
    pub(super) delays: Sample,
    /// Processor time of our processes.
    cpu: Duration,
    /// Processor time of the servers beside them.
    servers_cpu: Duration,
    /// What the open streams take together.
    memory_kib: u64,
}

pub(super) async fn load(
    bench: &Bench,
    subject: &Subject,
    client: &Client,
    streams: usize,
    model: &str,
) -> anyhow::Result<Load> {
    // What the first answer takes once, such as code paged in, is no stream's.
    let (_, first) = client.generate(&client.chat().await?, "openai/sim-tokens=10").await?;
    viewer::read(client.stream(&first).await?, "\"delta\":\"", usize::MAX).await?;
    bench.provider.record().clear();
    let rest_kib = subject.memory_kib()?;
    let mut viewers = JoinSet::new();
    let mut chats = Vec::new();
    for _ in 0..streams {
        chats.push(client.chat().await?);
    }
    let cpu = subject.cpu()?;
    for (index, chat) in chats.into_iter().enumerate() {
        let (client, model) = (client.clone(), format!("openai/{model}"));
        let offset = Duration::from_secs(1) * u32::try_from(index)? / u32::try_from(streams)?;
        viewers.spawn(async move {
            tokio::time::sleep(offset).await;
            let (_, generation) = client.generate(&chat, &model).await?;
            viewer::read(client.stream(&generation).await?, "\"delta\":\"", usize::MAX).await
        });
    }
    // In the middle of the load every stream is open.
    tokio::time::sleep(Duration::from_secs(2) + bench.lasts / 2).await;
    let memory_kib = subject.memory_kib()?.saturating_sub(rest_kib);
    let delays = delays(bench, viewers).await?;
    let used = subject.cpu()?;
    Ok(Load {
        delays,
        cpu: used.0.saturating_sub(cpu.0),
        servers_cpu: used.1.saturating_sub(cpu.1),
        memory_kib,
    })
}

/// What the bare chain showed, and the processor time of its programs.
async fn bare_load(
    bench: &Bench,
    streams: usize,
    model: &str,
) -> anyhow::Result<Option<(Sample, Duration)>> {
    let Some(bare) = bench.bare(false).await? else { return Ok(None) };
    let cpu = bare.cpu()?;
    let delays = plain_load(bench, &Way::Bare(bare.url.clone()), streams, model).await?;
    Ok(Some((delays, bare.cpu()?.saturating_sub(cpu))))
}

async fn plain_load(
    bench: &Bench,
    way: &Way,
    streams: usize,
    model: &str,
) -> anyhow::Result<Sample> {
    bench.provider.record().clear();
    let http = direct::http()?;
    let mut viewers = JoinSet::new();
    for index in 0..streams {
        let (http, way, model) = (http.clone(), way.clone(), model.to_owned());
        let offset = Duration::from_secs(1) * u32::try_from(index)? / u32::try_from(streams)?;
        viewers.spawn(async move {
            tokio::time::sleep(offset).await;
            let (_, response) = way.ask(&http, &model).await?;
            viewer::read(response, "\"content\":\"", usize::MAX).await
        });
    }
    delays(bench, viewers).await
}

/// How late each token came, counted from the time at which the provider was to send it.
async fn delays(
    bench: &Bench,
    mut viewers: JoinSet<anyhow::Result<viewer::Seen>>,
) -> anyhow::Result<Sample> {
    let mut seen = Vec::new();
    while let Some(viewer) = viewers.join_next().await {
        seen.push(viewer??);
    }
    let calls: Calls = bench.calls();
    let mut delays = Sample::default();
    for answer in &seen {
        let call = calls.of(answer).context("an answer without a call")?;
        let mut due = calls.at(call.first_token_us.context("a call without a token")?);
        for token in &answer.tokens {
            delays.push(token.saturating_duration_since(due));
            due += GAP;
        }
    }
    Ok(delays)
}
