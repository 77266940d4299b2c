//! How late work goes on: after a wait on the retry ladder, and after the death of a worker.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use simulated_provider::{CallView, End};
use tokio::time::{sleep, timeout};

use super::Bench;
use crate::{client::Client, process::RUNG, report::Report, sample::Sample};

/// How many generations wait, each in a chat of its own.
const WAITING: usize = 100;

/// How many answers are under way when a worker dies.
const STREAMING: usize = 40;

/// The next model that was not asked for before.
static FRESH: AtomicUsize = AtomicUsize::new(1);

const PATIENCE: Duration = Duration::from_mins(1);

/// Calls by model; each generation has one of its own.
fn by_model(calls: Vec<CallView>) -> BTreeMap<String, Vec<CallView>> {
    let mut models: BTreeMap<String, Vec<CallView>> = BTreeMap::new();
    for call in calls {
        models.entry(call.model.clone()).or_default().push(call);
    }
    models
}

async fn ask_all(client: &Client, models: impl Iterator<Item = String>) -> anyhow::Result<()> {
    for model in models {
        let chat = client.chat().await?;
        client.generate(&chat, &format!("openai/{model}")).await?;
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// From the end of a wait on the ladder to the next call.
pub async fn retries(bench: &Bench) -> anyhow::Result<Report> {
    bench.provider.record().clear();
    let subject = bench.subject().await?;
    let client = Client::register(subject.url(), "bench").await?;
    // Both keys are tried, then it waits. The provider remembers whom it has refused.
    let first = FRESH.fetch_add(WAITING, Ordering::Relaxed);
    let model = |tokens| format!("sim-status=408,fail=2,tokens={tokens}");
    ask_all(&client, (first..first + WAITING).map(model)).await?;
    let done = |calls: &[CallView]| {
        calls.iter().filter(|call| call.end == Some(End::Completed)).count() >= WAITING
    };
    let record = bench.provider.record();
    let calls = timeout(PATIENCE, record.wait_for(done)).await?;
    subject.stop().await?;
    let (mut late, mut at_once) = (Sample::default(), Sample::default());
    for (model, calls) in by_model(calls) {
        ensure!(calls.len() == 3, "{} calls for {model}", calls.len());
        let between = |one: &CallView, next: &CallView| {
            let ended = one.ended_us.context("a refused call that has not ended")?;
            anyhow::Ok(Duration::from_micros(next.started_us.saturating_sub(ended)))
        };
        at_once.push(between(&calls[0], &calls[1])?);
        late.push(between(&calls[1], &calls[2])?.saturating_sub(RUNG));
    }
    Ok(Report::new(&format!("retries: {WAITING} generations that waited {RUNG:?} on the ladder"))
        .line("from a refusal to another key", at_once.summary())
        .line("lateness after the wait", late.summary()))
}

/// From the death of a worker to the calls that take its work up.
pub async fn takeover(bench: &Bench) -> anyhow::Result<Report> {
    bench.provider.record().clear();
    let subject = bench.subject().await?;
    let client = Client::register(subject.url(), "bench").await?;
    let model = |number| format!("sim-gap=20ms,tokens={}", 3000 + number);
    ask_all(&client, (0..STREAMING).map(model)).await?;
    let record = bench.provider.record();
    let under_way =
        |calls: &[CallView]| calls.iter().filter(|call| call.tokens > 0).count() >= STREAMING;
    timeout(PATIENCE, record.wait_for(under_way)).await?;
    let epoch = Instant::now().checked_sub(record.elapsed()).context("a young clock")?;
    let killed_us = u64::try_from(epoch.elapsed().as_micros())?;
    subject.kill_worker()?;
    let all_gone_on = |calls: &[CallView]| {
        let gone = calls.iter().filter(|call| call.end == Some(End::ClientGone)).count();
        gone > 0 && calls.len() >= STREAMING + gone
    };
    let calls = timeout(PATIENCE, record.wait_for(all_gone_on)).await?;
    subject.stop().await?;
    let mut late = Sample::default();
    for call in calls.iter().filter(|call| call.started_us > killed_us) {
        late.push(Duration::from_micros(call.started_us - killed_us));
    }
    let count = late.len();
    Ok(Report::new(&format!("takeover: {count} of {STREAMING} answers lost their worker"))
        .line("from its death to the next call", late.summary()))
}

/// From the return of a broker that died to the calls for what was asked while it was away.
pub async fn broker(bench: &Bench) -> anyhow::Result<Report> {
    let mut subject = bench.subject().await?;
    let client = Client::register(subject.url(), "bench").await?;
    // Everybody has found everybody before.
    ask_all(&client, (0..STREAMING).map(|_| "sim-tokens=1".to_owned())).await?;
    let record = bench.provider.record();
    timeout(PATIENCE, record.wait_for(|calls| calls.len() >= STREAMING)).await?;
    record.clear();
    let asking = ask_all(&client, (0..STREAMING).map(|_| "sim-tokens=2".to_owned()));
    let (restarted, asked) = tokio::join!(subject.restart_broker(), asking);
    restarted?;
    asked?;
    let up_us = u64::try_from(record.elapsed().as_micros())?;
    let calls = timeout(PATIENCE, record.wait_for(|calls| calls.len() >= STREAMING)).await?;
    subject.stop().await?;
    let mut late = Sample::default();
    for call in &calls {
        late.push(Duration::from_micros(call.started_us.saturating_sub(up_us)));
    }
    Ok(Report::new(&format!("broker: {STREAMING} questions asked while it was away"))
        .line("from its return to their calls", late.summary()))
}
