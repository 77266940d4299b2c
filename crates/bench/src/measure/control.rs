//! What else goes on while answers stream: questions, sign-ins, long chats.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::{task::JoinSet, time::interval};

use super::{Bench, accept, streams};
use crate::{report::Report, sample::Sample, subject::Subject};

/// How many messages a page has.
const PAGE: usize = 100;

/// So many streams and tokens a second beside the sign-ins.
const STREAMS: usize = 100;

/// With the first questions each process opens its connections, and the servers plan their statements. What is
/// measured begins later.
const WARM: Duration = Duration::from_secs(2);

/// Questions while many streams are open.
pub async fn questions(bench: &Bench, per_second: usize, open: usize) -> anyhow::Result<Report> {
    bench.provider.record().clear();
    let subject = bench.subject().await?;
    let chats = accept::chats(subject.url()).await?;
    let lasts = WARM + bench.lasts;
    let seconds = lasts.as_secs() + 20;
    let model = format!("openai/sim-ttft=100ms,gap=500ms,tokens={}", seconds * 2);
    let mut viewers = Vec::new();
    for (client, chat) in chats.iter().cycle().take(open) {
        let (_, generation) = client.generate(chat, &model).await?;
        viewers.push(client.stream(&generation).await?);
    }
    let total = per_second * usize::try_from(lasts.as_secs())?;
    let mut times = interval(Duration::from_secs(1) / u32::try_from(per_second)?);
    let mut asking = JoinSet::new();
    let measured_from = Instant::now() + WARM;
    for number in 0..total {
        times.tick().await;
        let (client, chat) = chats[(open + number) % chats.len()].clone();
        asking.spawn(async move {
            let (asked, _) = client.generate(&chat, "openai/sim-ttft=50ms,tokens=5").await?;
            anyhow::Ok((asked, asked.elapsed()))
        });
    }
    let (mut accepted, mut at_first) = (Sample::default(), Sample::default());
    while let Some(answered) = asking.join_next().await {
        let (asked, took) = answered??;
        if asked < measured_from { &mut at_first } else { &mut accepted }.push(took);
    }
    drop(viewers);
    subject.stop().await?;
    Ok(Report::new(&format!("questions: {total} at {per_second}/s beside {open} open streams"))
        .line("from question to acceptance", accepted.summary())
        .line("in the two seconds before", at_first.summary()))
}

/// Streams while many people sign in, most of them with a wrong password.
pub async fn sign_ins(bench: &Bench, per_second: usize) -> anyhow::Result<Report> {
    let tokens = usize::try_from(bench.lasts.as_millis() / streams::GAP.as_millis())?;
    let model = format!("sim-ttft=1s,gap=20ms,tokens={tokens}");
    let (subject, client) = bench.rested_subject().await?;
    let offered = offer(subject.url().to_owned(), per_second);
    let load = tokio::select! {
        load = streams::load(bench, &subject, &client, STREAMS, &model) => load?,
        offered = offered => return Err(offered.expect_err("it is offered for ever")),
    };
    subject.stop().await?;
    ensure!(load.delays.len() == STREAMS * tokens, "{} tokens came", load.delays.len());
    Ok(Report::new(&format!(
        "sign-ins: {per_second}/s offered beside {STREAMS} streams of 50 tokens/s, none lost"
    ))
    .line("token delay", load.delays.summary()))
}

async fn offer(url: String, per_second: usize) -> anyhow::Result<std::convert::Infallible> {
    let http = crate::direct::http()?;
    let mut times = interval(Duration::from_secs(1) / u32::try_from(per_second)?);
    let mut offered = JoinSet::new();
    let address = format!("{url}/api/auth/login");
    for number in 0_usize.. {
        times.tick().await;
        let body = serde_json::json!({
            "email": format!("nobody-{}@example.org", number % 1000), "password": "a wrong password",
        });
        let request = http.post(&address).json(&body);
        offered.spawn(async move { request.send().await.map(|answer| answer.status()) });
        while let Some(answered) = offered.try_join_next() {
            let status = answered??;
            ensure!([401, 503].contains(&status.as_u16()), "a sign-in was answered {status}");
        }
    }
    anyhow::bail!("the numbers are used up")
}

/// A long chat, a page at a time from its newest message to its oldest.
pub async fn listing(bench: &Bench, messages: usize) -> anyhow::Result<Report> {
    let (subject, client) = bench.rested_subject().await?;
    let chat = client.chat().await?;
    let Subject::Many(installation) = &subject else {
        anyhow::bail!("messages are written into PostgreSQL");
    };
    installation.fill_chat(&chat, messages).await?;
    let path = format!("/api/chats/{chat}/messages?limit={PAGE}");
    let (mut cursor, mut seen, mut took) = (None::<String>, 0, Sample::default());
    loop {
        let next = cursor.map_or_else(|| path.clone(), |cursor| format!("{path}&cursor={cursor}"));
        let asked = Instant::now();
        let page = client.get(&next).await?;
        took.push(asked.elapsed());
        seen += page["items"].as_array().context("no items")?.len();
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    ensure!(seen == messages, "{seen} of {messages} messages came");
    subject.stop().await?;
    Ok(Report::new(&format!("listing: a chat of {messages} messages, {PAGE} at a time"))
        .line("a page", took.summary()))
}
