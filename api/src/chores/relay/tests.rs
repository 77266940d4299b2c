//! What the relay publishes when.

use std::sync::Mutex;

use domain::{chat::Message, id::UserId};
use testkit::{clock::epoch, sample};

use super::*;

fn row(topic: Topic) -> OutboxRow {
    let user = UserId::generate(epoch());
    let message: Message = sample::message(sample::chat(user, epoch()).id, "?", epoch());
    let generation = sample::generation(user, &message, epoch());
    let job = sample::job_row(&sample::job(&generation, "?"), epoch());
    OutboxRow { id: job.id, topic, envelope: job.envelope }
}

#[tokio::test(start_paused = true)]
async fn no_job_waits_for_the_books() {
    const ENTRIES: usize = 2 * AT_ONCE;
    let (handover, inbox) = mpsc::channel(2 * ENTRIES);
    for _ in 0..ENTRIES {
        handover.try_send(row(Topic::AuditEvents)).unwrap();
    }
    handover.try_send(row(Topic::Requests(sample::provider()))).unwrap();
    let (began, stop) = (Instant::now(), CancellationToken::new());
    let published = Mutex::new(Vec::new());
    let publish = |row: OutboxRow| {
        let mut published = published.lock().unwrap();
        published.push((is_for_the_books(&row.topic), began.elapsed()));
        if published.len() > ENTRIES {
            stop.cancel();
        }
        std::future::ready(())
    };
    publish_all(inbox, &stop, publish).await;
    let mut published = published.into_inner().unwrap();
    assert_eq!(published.remove(0), (false, Duration::ZERO), "the job goes first, and at once");
    assert_eq!(published.len(), ENTRIES);
    assert!(published.iter().all(|(_, after)| *after == UNHURRIED), "{published:?}");
}

#[tokio::test(start_paused = true)]
async fn what_rests_is_published_before_the_end() {
    let (handover, inbox) = mpsc::channel(8);
    let stop = CancellationToken::new();
    let published = Mutex::new(0);
    let publishing = publish_all(inbox, &stop, |_| {
        *published.lock().unwrap() += 1;
        std::future::ready(())
    });
    let stopping = async {
        handover.send(row(Topic::UsageEvents)).await.unwrap();
        sleep(UNHURRIED / 2).await;
        handover.send(row(Topic::UsageEvents)).await.unwrap();
        stop.cancel();
    };
    join(publishing, stopping).await;
    assert_eq!(*published.lock().unwrap(), 2);
}
