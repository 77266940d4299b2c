//! What Sluice adds to the time to the first token.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{Bench, Calls};
use crate::{client::Client, direct, report::Report, sample::Sample, viewer};

/// The provider's own time and the pace of each answer.
const MODEL: &str = "sim-ttft=100ms,gap=20ms,tokens=20";

pub async fn run(bench: &Bench, streams: usize) -> anyhow::Result<Report> {
    let through = added(bench, streams, true).await?;
    let direct = added(bench, streams, false).await?;
    let count = through.len();
    Ok(Report::new(&format!("added time, {streams} streams at once, {count} answers"))
        .line("through Sluice", through.summary())
        .line("direct", direct.summary()))
}

/// The time from asking to the first token, less the provider's own.
async fn added(bench: &Bench, streams: usize, through: bool) -> anyhow::Result<Sample> {
    bench.provider.record().clear();
    let subject = bench.subject().await?;
    let until = Instant::now() + bench.lasts;
    let mut clients = JoinSet::new();
    let account = Client::register(subject.url(), "bench").await?;
    for index in 0..streams {
        let (account, base_url) = (account.clone(), bench.provider.base_url());
        // Spread over one answer's length: questions do not all come in the same millisecond.
        let offset = Duration::from_millis(500) * u32::try_from(index)? / u32::try_from(streams)?;
        clients.spawn(async move {
            tokio::time::sleep(offset).await;
            if through {
                ask_sluice(&account, until).await
            } else {
                ask_provider(&base_url, until).await
            }
        });
    }
    let mut answers = Vec::new();
    for client in clients.join_all().await {
        answers.extend(client?);
    }
    let calls = bench.calls();
    subject.stop().await?;
    Ok(answers.iter().filter_map(|(asked, seen)| less_own(&calls, *asked, seen)).fold(
        Sample::default(),
        |mut sample, added| {
            sample.push(added);
            sample
        },
    ))
}

type Answers = Vec<(Instant, viewer::Seen)>;

async fn ask_sluice(client: &Client, until: Instant) -> anyhow::Result<Answers> {
    let mut answers = Vec::new();
    let chat = client.chat().await?;
    while Instant::now() < until {
        let (asked, generation) = client.generate(&chat, &format!("openai/{MODEL}")).await?;
        let response = client.stream(&generation).await?;
        answers.push((asked, viewer::read(response, "\"delta\":\"", usize::MAX).await?));
    }
    Ok(answers)
}

async fn ask_provider(base_url: &str, until: Instant) -> anyhow::Result<Answers> {
    let http = direct::http()?;
    let mut answers = Vec::new();
    while Instant::now() < until {
        let (asked, response) = direct::ask(&http, base_url, MODEL).await?;
        answers.push((asked, viewer::read(response, "\"content\":\"", usize::MAX).await?));
    }
    Ok(answers)
}

fn less_own(calls: &Calls, asked: Instant, seen: &viewer::Seen) -> Option<Duration> {
    let call = calls.of(seen)?;
    let own = Duration::from_micros(call.first_token_us? - call.started_us);
    seen.tokens.first()?.duration_since(asked).checked_sub(own)
}
