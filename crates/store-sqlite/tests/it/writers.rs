//! Many writers at once.

use std::{sync::Arc, time::Duration};

use futures_util::future::{join_all, poll_immediate};
use ports::store::{Chats, Generations, Outbox, Progress};
use testkit::{clock::epoch, sample};
use tokio::task::JoinSet;

use crate::{Place, chat, number, queued};

const WRITERS: usize = 32;
const ROUNDS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_lose_nothing() {
    let place = Place::new();
    let store = Arc::new(place.open().await);
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            let chat = chat(&store).await;
            for round in 0..ROUNDS {
                let text = format!("question {round}");
                let mut new = sample::new_generation(chat.owner, chat.id, &text, epoch());
                new.max_in_flight = 99;
                store.admit(&new, epoch()).await.unwrap();
                let started = sample::started(&new.generation, 1, epoch());
                store.started(&started).await.unwrap();
                store.mark_sent(&[new.outbox[0].id]).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let mut shell = place.shell().await;
    let all = i64::try_from(WRITERS * ROUNDS).unwrap();
    for (sql, expected) in [
        ("SELECT count(*) FROM messages", all),
        ("SELECT count(*) FROM generations WHERE status = 'streaming'", all),
        ("SELECT count(*) FROM generation_attempts", all),
        ("SELECT count(*) FROM outbox", 0),
    ] {
        assert_eq!(number(&mut shell, sql).await, expected, "{sql}");
    }
    assert!(place.is_sound().await);
}

/// A backup or somebody at the shell holds the file for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_waits_for_another_process() {
    let place = Place::new();
    let store = place.open().await;
    let chat = chat(&store).await;
    let mut shell = place.shell().await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut shell).await.unwrap();
    let message = sample::message(chat.id, "Hello?", epoch());
    let mut appending = std::pin::pin!(store.append(chat.owner, &message, ""));
    assert!(poll_immediate(&mut appending).await.is_none());
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut appending).await.is_err());
    sqlx::raw_sql("COMMIT").execute(&mut shell).await.unwrap();
    appending.await.unwrap();
    assert_eq!(crate::messages(&store, &chat).await, std::slice::from_ref(&message));
}

/// A request that hangs up takes its transaction with it, wherever it was, and no other.
#[tokio::test]
async fn a_writer_that_is_dropped_leaves_all_or_nothing() {
    let place = Place::new();
    let store = place.open().await;
    for polls in 1..40 {
        let chat = chat(&store).await;
        let new = sample::new_generation(chat.owner, chat.id, "Hello?", epoch());
        let mut admitting = Box::pin(store.admit(&new, epoch()));
        for _ in 0..polls {
            if poll_immediate(&mut admitting).await.is_some() {
                break;
            }
            tokio::task::yield_now().await;
            std::thread::sleep(Duration::from_micros(100));
        }
        drop(admitting);
        let other = queued(&store).await;
        let started = sample::started(&other, 1, epoch());
        store.started(&started).await.unwrap();
        let found = Generations::find(&store, chat.owner, new.generation.id).await.unwrap();
        let said = crate::messages(&store, &chat).await.len();
        assert_eq!(said, usize::from(found.is_some()), "after {polls} polls");
    }
    assert!(place.is_sound().await);
}

/// Readers see whole transactions, and do not wait for writers.
#[tokio::test]
async fn reading_goes_on_beside_writing() {
    let place = Place::new();
    let store = place.open().await;
    let chat = chat(&store).await;
    let mut shell = place.shell().await;
    sqlx::raw_sql("BEGIN IMMEDIATE; DELETE FROM chats").execute(&mut shell).await.unwrap();
    let finds = (0..20).map(|_| Chats::find(&store, chat.owner, chat.id));
    for found in join_all(finds).await {
        assert_eq!(found.unwrap(), Some(chat.clone()));
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut shell).await.unwrap();
}
