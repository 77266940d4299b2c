//! What somebody sees who opens the file with the sqlite3 shell.

use domain::{
    attempt::Outcome,
    event::{Event, SeqEvent},
    generation::Generation,
    id::MessageId,
};
use ports::store::{Chats, Generations, Progress, Rest, Settle};
use sqlx::SqliteConnection;
use store_sqlite::SqliteStore;
use testkit::{clock::epoch, sample};

use crate::{Place, number, queued, texts};

async fn end(
    store: &SqliteStore,
    of: &Generation,
    attempt: u32,
    outcome: Outcome,
    events: &[SeqEvent],
) {
    let ended = sample::ended(of, attempt, outcome, events.to_vec(), epoch());
    let message_id = MessageId::generate(epoch());
    let settle = Settle { ended: &ended, message_id, outbox: vec![] };
    store.settle(&settle, epoch()).await.unwrap();
}

async fn run_events(shell: &mut SqliteConnection) -> Vec<(String, i64, String, String)> {
    let sql = "SELECT run_id, seq, type, data FROM run_events ORDER BY run_id, seq";
    sqlx::query_as(sql).fetch_all(shell).await.unwrap()
}

fn retry(uses_rung: bool) -> Outcome {
    Outcome::RetryIn { at: epoch(), reason: "overloaded".to_owned(), uses_rung }
}

#[tokio::test]
async fn the_view_shows_every_event_once_as_it_was_sent() {
    let place = Place::new();
    let store = place.open().await;
    let (one, other) = (queued(&store).await, queued(&store).await);
    let mut events = sample::events(1, 1, &["a\"b\\\n", "\u{1F980}\u{0}\u{e9}/", "", "1e5"]);
    events.push(SeqEvent {
        seq: 6,
        event: Event::Retry {
            attempt: 2,
            discard_from_seq: Some(2),
            reason: "truncated".to_owned(),
            retry_at: Some(epoch()),
        },
    });
    end(&store, &one, 1, retry(false), &events[..3]).await;
    end(&store, &other, 1, sample::succeeded(), &events[..1]).await;
    end(&store, &one, 1, sample::succeeded(), &events[1..]).await;

    let row = |of: &Generation, entry: &SeqEvent| {
        let data = entry.event.to_json();
        let kind: serde_json::Value = serde_json::from_str(&data).unwrap();
        let kind = kind["type"].as_str().unwrap().to_owned();
        (of.id.to_string(), i64::try_from(entry.seq).unwrap(), kind, data)
    };
    let mut expected: Vec<_> = events.iter().map(|entry| row(&one, entry)).collect();
    expected.push(row(&other, &events[0]));
    expected.sort();
    assert_eq!(run_events(&mut place.shell().await).await, expected);
}

#[tokio::test]
async fn the_view_reads_only_the_run_asked_for() {
    let place = Place::new();
    let _store = place.open().await;
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as("EXPLAIN QUERY PLAN SELECT * FROM run_events WHERE run_id = 'x'")
            .fetch_all(&mut place.shell().await)
            .await
            .unwrap();
    let steps: Vec<_> = plan.into_iter().map(|(.., step)| step).collect();
    let searches = |step: &String| step.contains("generation_events_read (generation_id=?)");
    assert!(steps.iter().any(searches), "{steps:#?}");
}

#[tokio::test]
async fn attempts_are_noted_whichever_report_comes_first() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    store.started(&sample::started(&generation, 1, epoch())).await.unwrap();
    end(&store, &generation, 1, retry(true), &[]).await;
    end(&store, &generation, 2, retry(false), &[]).await;
    end(&store, &generation, 2, sample::succeeded(), &[]).await;
    store.started(&sample::started(&generation, 2, epoch())).await.unwrap();
    let attempts = texts(
        &mut place.shell().await,
        "SELECT concat_ws(' ', attempt, provider, model, key_id, outcome, error_code, \
         input_tokens, output_tokens, started_at = ended_at) FROM generation_attempts",
    )
    .await;
    assert_eq!(
        attempts,
        [
            "1 simulated sim-demo simulated/1 retry overloaded 11 6 1",
            "2 simulated sim-demo simulated/1 succeeded 11 6 1",
        ]
    );
}

#[tokio::test]
async fn a_deleted_chat_leaves_nothing_but_the_books() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    end(&store, &generation, 1, retry(true), &sample::events(1, 1, &["Hi"])).await;
    let (owner, id) = (generation.user_id, generation.id);
    let rest = Rest::default();
    store.cancel(owner, id, sample::stop(&rest, epoch()), epoch()).await.unwrap();
    Chats::delete(&store, owner, generation.chat_id).await.unwrap();
    let mut shell = place.shell().await;
    for table in
        ["chats", "messages", "generations", "generation_attempts", "generation_events", "outbox"]
    {
        assert_eq!(number(&mut shell, &format!("SELECT count(*) FROM {table}")).await, 0);
    }
    assert!(place.is_sound().await);
}

#[tokio::test]
async fn what_does_not_belong_is_named() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    let mut shell = place.shell().await;
    sqlx::query("UPDATE generations SET provider = 'Not a name'")
        .execute(&mut shell)
        .await
        .unwrap();
    let error = Generations::find(&store, generation.user_id, generation.id).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    let expected = format!("generations.provider of row {} is invalid", generation.id);
    assert_eq!(source, expected);
    assert!(matches!(error, ports::store::StoreError::Inconsistent(_)));
}
