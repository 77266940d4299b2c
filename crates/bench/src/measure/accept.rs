//! Many short answers: whether every question is accepted, and answered.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use simulated_provider::End;
use tokio::{
    task::JoinSet,
    time::{interval, sleep, timeout},
};

use super::Bench;
use crate::{client::Client, report::Report, sample::Sample};

/// What one user does is decided one after the other; these are many. Each sign-up takes a while.
const ACCOUNTS: usize = 20;

/// Chats of each: a long one is read with every question.
const CHATS: usize = 50;

/// How many generations are looked at together, and how often.
const AT_ONCE: usize = 16;
const LOOK: Duration = Duration::from_millis(20);

/// How long the last answers may take.
const PATIENCE: Duration = Duration::from_mins(1);

pub async fn run(bench: &Bench, per_second: usize) -> anyhow::Result<Report> {
    bench.provider.record().clear();
    let subject = bench.subject().await?;
    let chats = chats(subject.url()).await?;
    // Long enough that what cannot keep pace piles up.
    let total = per_second * 3 * usize::try_from(bench.lasts.as_secs())?;
    let mut times = interval(Duration::from_secs(1) / u32::try_from(per_second)?);
    let mut asking = JoinSet::new();
    let cpu = subject.cpu()?;
    let begun = Instant::now();
    for number in 0..total {
        times.tick().await;
        let (client, chat) = chats[number % chats.len()].clone();
        asking.spawn(async move {
            let (asked, id) = client.generate(&chat, "openai/sim-ttft=50ms,tokens=5").await?;
            anyhow::Ok((asked.elapsed(), client, id))
        });
    }
    let (mut accepted, mut generations) = (Sample::default(), Vec::new());
    while let Some(asked) = asking.join_next().await {
        let (took, client, id) = asked??;
        accepted.push(took);
        generations.push((client, id));
    }
    let offered = begun.elapsed();
    let is_done = |call: &simulated_provider::CallView| call.end == Some(End::Completed);
    let record = bench.provider.record();
    let all = record.wait_for(|calls| calls.iter().filter(|call| is_done(call)).count() >= total);
    let calls = timeout(PATIENCE, all).await?;
    let answered = begun.elapsed();
    ensure!(calls.len() == total, "{} calls for {total} questions", calls.len());
    let used = subject.cpu()?;
    timeout(PATIENCE, until_kept(&chats, generations)).await??;
    let each = |used: Duration, cpu: Duration| {
        format!("{:.2} ms", used.saturating_sub(cpu).as_secs_f64() * 1000.0 / total as f64)
    };
    subject.stop().await?;
    let rate = total as f64 / answered.as_secs_f64();
    Ok(Report::new(&format!(
        "accept: {total} questions at {per_second}/s, all accepted, all answered and booked, each once"
    ))
    .line("from question to acceptance", accepted.summary())
    .line("offered in", format!("{:.1} s", offered.as_secs_f64()))
    .line("the last answered after", format!("{:.1} s, {rate:.0}/s", answered.as_secs_f64()))
    .line("processor time of a question", each(used.0, cpu.0))
    .line("the same of the servers", each(used.1, cpu.1)))
}

/// Waits until every one of `generations` is kept as succeeded, and booked for one of the accounts of `chats`; fails if more is
/// booked.
async fn until_kept(
    chats: &[(Client, String)],
    generations: Vec<(Client, String)>,
) -> anyhow::Result<()> {
    let total = generations.len() as u64;
    let looked = stream::iter(generations).map(async |(client, id)| {
        let path = format!("/api/generations/{id}");
        while client.get(&path).await?["status"] != "succeeded" {
            sleep(LOOK).await;
        }
        anyhow::Ok(())
    });
    looked.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    loop {
        let mut booked = 0;
        for (client, _) in &chats[..ACCOUNTS] {
            let days = client.get("/api/usage/daily").await?;
            let days = days["items"].as_array().context("no days")?;
            booked += days.iter().filter_map(|day| day["attempts"].as_u64()).sum::<u64>();
        }
        ensure!(booked <= total, "{booked} entries for {total} questions");
        if booked == total {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}

pub(super) async fn chats(url: &str) -> anyhow::Result<Vec<(Client, String)>> {
    let mut accounts = Vec::new();
    for number in 0..ACCOUNTS {
        accounts.push(Client::register(url, &format!("bench-{number}")).await?);
    }
    let mut chats = Vec::new();
    for _ in 0..CHATS {
        for client in &accounts {
            chats.push((client.clone(), client.chat().await?));
        }
    }
    Ok(chats)
}
