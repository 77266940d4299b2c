//! The books: how fast one worker keeps them, and whether they add up.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use anyhow::ensure;
use domain::{
    id::{EventId, GenerationId, UserId},
    ledger::UsageEvent,
    model::ProviderName,
    time::Timestamp,
    usage::Usage,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use ports::{
    Clock,
    clock::SystemClock,
    queue::{Envelope, Queue, Topic},
};
use queue_rabbitmq::{Options, RabbitQueue};
use secrecy::SecretString;

use super::Bench;
use crate::{report::Report, subject::Subject};

/// How many people spend.
const USERS: usize = 50;

/// How many are published at once.
const AT_ONCE: usize = 512;

/// Books `events`, of which three in ten are known already.
pub async fn run(bench: &Bench, events: usize) -> anyhow::Result<Report> {
    let subject = bench.subject().await?;
    let Subject::Many(installation) = &subject else {
        anyhow::bail!("the books are kept by a worker of its own");
    };
    let unique = usage(events * 7 / 10);
    // Seven new ones, then three of them again, and so on.
    let mixed = unique.chunks(7).flat_map(|new| new.iter().chain(&new[..new.len().min(3)]));
    // The worker sleeps while its work is laid out, so that its own speed is measured.
    installation.signal("accounting-worker-1", "STOP")?;
    publish(&installation.rabbitmq_url, mixed.collect()).await?;
    let mut expected = BTreeMap::new();
    for event in &unique {
        let sum: &mut (i64, i64) = expected.entry(event.user_id.to_string()).or_default();
        sum.0 += i64::try_from(event.usage.input_tokens)?;
        sum.1 += i64::try_from(event.usage.output_tokens)?;
    }
    let begun = Instant::now();
    installation.signal("accounting-worker-1", "CONT")?;
    let books = installation.until_booked(unique.len()).await?;
    let took = begun.elapsed();
    installation.until_idle("accounting.usage_event").await?;
    ensure!(installation.daily_usage().await? == expected, "the days do not add up");
    ensure!(books == unique.len(), "{books} entries for {} events", unique.len());
    subject.stop().await?;
    let rate = events as f64 / took.as_secs_f64();
    Ok(Report::new(&format!("books: {events} events, 30 % of them known, on one worker"))
        .line("booked", format!("{rate:.0} events/s; every day adds up to the token")))
}

fn usage(count: usize) -> Vec<UsageEvent> {
    let at: Timestamp = SystemClock.now();
    let users: Vec<UserId> = (0..USERS).map(|_| UserId::generate(at)).collect();
    let provider = ProviderName::parse("openai").expect("a plain word is a name");
    let event = |number: usize| UsageEvent {
        event_id: EventId::generate(at),
        user_id: users[number % USERS],
        generation_id: GenerationId::generate(at),
        attempt: 1,
        provider: provider.clone(),
        model: "sim-demo".to_owned(),
        usage: Usage::by_provider(number as u64 % 1000, number as u64 % 77 + 1),
        cost: None,
        at,
    };
    (0..count).map(event).collect()
}

async fn publish(url: &str, events: Vec<&UsageEvent>) -> anyhow::Result<()> {
    let options = Options::new(SecretString::from(url), "bench");
    let queue = RabbitQueue::connect(options, Arc::new(SystemClock)).await?;
    let published = stream::iter(events).map(|event| {
        let body = serde_json::to_vec(event).expect("ids, texts and numbers have a JSON form");
        let envelope = Envelope {
            message_id: event.event_id.as_uuid(),
            correlation_id: event.generation_id.as_uuid(),
            kind: "usage_event".to_owned(),
            at: event.at,
            headers: BTreeMap::new(),
            body: body.into(),
        };
        queue.publish(&Topic::UsageEvents, envelope, None)
    });
    Ok(published.buffer_unordered(AT_ONCE).try_collect::<()>().await?)
}
