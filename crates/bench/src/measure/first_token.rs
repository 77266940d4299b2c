//! What Sluice adds to the time to the first token.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{Bench, Calls};
use crate::{client::Client, direct, report::Report, sample::Sample, viewer, way::Way};

/// What one user does is decided one after the other; these are many. Each sign-up takes a while.
const ACCOUNTS: usize = 40;

/// The provider's own time and the pace of each answer.
const MODEL: &str = "sim-ttft=100ms,gap=20ms,tokens=100";

pub async fn run(bench: &Bench, streams: usize) -> anyhow::Result<Report> {
    let through = through_sluice(bench, streams).await?;
    let bare = match bench.bare().await? {
        Some(bare) => Some(plain(bench, &Way::Bare(bare.url.clone()), streams).await?),
        None => None,
    };
    let direct = plain(bench, &Way::Direct(bench.provider.base_url()), streams).await?;
    let count = through.len();
    Ok(Report::new(&format!("added time, {streams} streams at once, {count} answers"))
        .line("through Sluice", through.summary())
        .maybe("through the bare chain", bare.map(Sample::summary))
        .line("direct", direct.summary()))
}

/// The time from asking to the first token, less the provider's own.
async fn through_sluice(bench: &Bench, streams: usize) -> anyhow::Result<Sample> {
    let subject = bench.subject().await?;
    let mut accounts = Vec::new();
    for number in 0..streams.min(ACCOUNTS) {
        accounts.push(Client::register(subject.url(), &format!("bench-{number}")).await?);
    }
    let added = added(bench, streams, |index, until| {
        let account = accounts[index % accounts.len()].clone();
        async move { ask_sluice(&account, until).await }
    });
    let added = added.await?;
    subject.stop().await?;
    Ok(added)
}

/// The same on another way.
async fn plain(bench: &Bench, way: &Way, streams: usize) -> anyhow::Result<Sample> {
    let ask = |_, until| {
        let way = way.clone();
        async move { ask_plainly(&way, until).await }
    };
    added(bench, streams, ask).await
}

async fn added<F>(
    bench: &Bench,
    streams: usize,
    ask: impl Fn(usize, Instant) -> F,
) -> anyhow::Result<Sample>
where
    F: Future<Output = anyhow::Result<Answers>> + Send + 'static,
{
    bench.provider.record().clear();
    let until = Instant::now() + bench.lasts;
    let mut clients = JoinSet::new();
    for index in 0..streams {
        // Spread over one answer's length: questions do not all come in the same millisecond.
        let offset = Duration::from_millis(2100) * u32::try_from(index)? / u32::try_from(streams)?;
        let asking = ask(index, until);
        clients.spawn(async move {
            tokio::time::sleep(offset).await;
            asking.await
        });
    }
    let mut sample = Sample::default();
    let answers: Vec<Answers> = clients.join_all().await.into_iter().collect::<Result<_, _>>()?;
    let calls = bench.calls();
    let added = answers.iter().flatten().filter_map(|(asked, seen)| less_own(&calls, *asked, seen));
    added.for_each(|added| sample.push(added));
    Ok(sample)
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

async fn ask_plainly(way: &Way, until: Instant) -> anyhow::Result<Answers> {
    let http = direct::http()?;
    let mut answers = Vec::new();
    while Instant::now() < until {
        let (asked, response) = way.ask(&http, MODEL).await?;
        answers.push((asked, viewer::read(response, "\"content\":\"", usize::MAX).await?));
    }
    Ok(answers)
}

fn less_own(calls: &Calls, asked: Instant, seen: &viewer::Seen) -> Option<Duration> {
    let call = calls.of(seen)?;
    let own = Duration::from_micros(call.first_token_us? - call.started_us);
    seen.tokens.first()?.duration_since(asked).checked_sub(own)
}
