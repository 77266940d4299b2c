//! What Sluice adds to the time to the first token.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::task::JoinSet;

use super::{Bench, Calls};
use crate::{client::Client, direct, report::Report, sample::Sample, viewer, way::Way};

/// What one user does is decided one after the other; these are many. Each sign-up takes a while.
const ACCOUNTS: usize = 40;

/// The provider's own time and the pace of each answer.
const MODEL: &str = "sim-ttft=100ms,gap=20ms,tokens=100";

/// So many short questions at once, and that so often, come before what is measured: every process opens
/// its connections with the first ones it gets, and PostgreSQL plans a statement anew on each until it has run there
/// five times.
const WARM_UP: (usize, usize) = (40, 20);
/// What they ask.
const SHORT: &str = "sim-tokens=1";

pub async fn run(bench: &Bench, streams: usize) -> anyhow::Result<Report> {
    let through = through_sluice(bench, streams).await?;
    let keeping = through_bare(bench, streams, true).await?;
    let bare = through_bare(bench, streams, false).await?;
    let direct = plain(bench, &Way::Direct(bench.provider.base_url()), streams).await?;
    let count = through.all.len();
    let (keeping, keeping_before) = keeping.map(Added::into_parts).unzip();
    let (bare, bare_before) = bare.map(Added::into_parts).unzip();
    Ok(Report::new(&format!("added time, {streams} streams at once, {count} answers"))
        .line("through Sluice", through.all.summary())
        .line("  until the provider is asked", through.before_call.summary())
        .maybe("through the chain that keeps", keeping.map(Sample::summary))
        .maybe("  until the provider is asked", keeping_before.map(Sample::summary))
        .maybe("through the bare chain", bare.map(Sample::summary))
        .maybe("  until the provider is asked", bare_before.map(Sample::summary))
        .line("direct", direct.all.summary()))
}

/// What is added to the time that the provider takes for its first token.
#[derive(Default)]
struct Added {
    /// Before the provider is asked.
    before_call: Sample,
    /// Before that, and behind the token.
    all: Sample,
}

impl Added {
    fn into_parts(self) -> (Sample, Sample) {
        (self.all, self.before_call)
    }
}

/// The same through the bare chain, or the one that `keeps`, if there are such chains to compare with.
async fn through_bare(bench: &Bench, streams: usize, keeps: bool) -> anyhow::Result<Option<Added>> {
    match bench.bare(keeps).await? {
        Some(bare) => plain(bench, &Way::Bare(bare.url.clone()), streams).await.map(Some),
        None => Ok(None),
    }
}

/// The time from asking to the first token, less the provider's own.
async fn through_sluice(bench: &Bench, streams: usize) -> anyhow::Result<Added> {
    let subject = bench.subject().await?;
    let mut accounts = Vec::new();
    for number in 0..streams.min(ACCOUNTS) {
        accounts.push(Client::register(subject.url(), &format!("bench-{number}")).await?);
    }
    let ask = |index: usize, until, model| {
        let account = accounts[index % accounts.len()].clone();
        async move { ask_sluice(&account, until, model).await }
    };
    warm_up(&ask).await?;
    let added = added(bench, streams, ask).await?;
    subject.stop().await?;
    Ok(added)
}

/// The same on another way.
async fn plain(bench: &Bench, way: &Way, streams: usize) -> anyhow::Result<Added> {
    let ask = |_, until, model| {
        let way = way.clone();
        async move { ask_plainly(&way, until, model).await }
    };
    warm_up(&ask).await?;
    added(bench, streams, ask).await
}

async fn warm_up<F>(ask: &impl Fn(usize, Instant, &'static str) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<Answers>>,
{
    let (at_once, times) = WARM_UP;
    for _ in 0..times {
        try_join_all((0..at_once).map(|index| ask(index, Instant::now(), SHORT))).await?;
    }
    Ok(())
}

async fn added<F>(
    bench: &Bench,
    streams: usize,
    ask: impl Fn(usize, Instant, &'static str) -> F,
) -> anyhow::Result<Added>
where
    F: Future<Output = anyhow::Result<Answers>> + Send + 'static,
{
    bench.provider.record().clear();
    let until = Instant::now() + bench.lasts;
    let mut clients = JoinSet::new();
    for index in 0..streams {
        // Spread over one answer's length: questions do not all come in the same millisecond.
        let offset = Duration::from_millis(2100) * u32::try_from(index)? / u32::try_from(streams)?;
        let asking = ask(index, until, MODEL);
        clients.spawn(async move {
            tokio::time::sleep(offset).await;
            asking.await
        });
    }
    let mut added = Added::default();
    let answers: Vec<Answers> = clients.join_all().await.into_iter().collect::<Result<_, _>>()?;
    let calls = bench.calls();
    for (asked, seen) in answers.iter().flatten() {
        if let Some((before_call, all)) = less_own(&calls, *asked, seen) {
            added.before_call.push(before_call);
            added.all.push(all);
        }
    }
    Ok(added)
}

type Answers = Vec<(Instant, viewer::Seen)>;

/// Asks at least once, and again until `until`.
async fn ask_sluice(client: &Client, until: Instant, model: &str) -> anyhow::Result<Answers> {
    let mut answers = Vec::new();
    let chat = client.chat().await?;
    while answers.is_empty() || Instant::now() < until {
        let (asked, generation) = client.generate(&chat, &format!("openai/{model}")).await?;
        let response = client.stream(&generation).await?;
        answers.push((asked, viewer::read(response, "\"delta\":\"", usize::MAX).await?));
    }
    Ok(answers)
}

async fn ask_plainly(way: &Way, until: Instant, model: &str) -> anyhow::Result<Answers> {
    let http = direct::http()?;
    let mut answers = Vec::new();
    while answers.is_empty() || Instant::now() < until {
        let (asked, response) = way.ask(&http, model).await?;
        answers.push((asked, viewer::read(response, "\"content\":\"", usize::MAX).await?));
    }
    Ok(answers)
}

/// How long an answer took until the provider was asked, and until its first token, less the provider's
/// own time.
fn less_own(calls: &Calls, asked: Instant, seen: &viewer::Seen) -> Option<(Duration, Duration)> {
    let call = calls.of(seen)?;
    let own = Duration::from_micros(call.first_token_us? - call.started_us);
    let before_call = calls.at(call.started_us).duration_since(asked);
    Some((before_call, seen.tokens.first()?.duration_since(asked).checked_sub(own)?))
}
