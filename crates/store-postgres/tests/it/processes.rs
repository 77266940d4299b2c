//! Several processes on one database, and connections that break.

use std::time::Duration;

use domain::{attempt::Outcome, id::MessageId};
use ports::store::{
    Admission, Generations, Ledger, Posting, Progress, RequestFingerprint, Settle, Settlement,
    StoreError,
};
use secrecy::SecretString;
use sqlx::{Connection, PgConnection};
use store_postgres::{Options, PostgresStore};
use testkit::{clock::epoch, sample};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{Place, chat, new_generation, queued};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_may_bring_the_schema_up_to_date_at_once() {
    let place = Place::new().await;
    let (a, b, c) = tokio::join!(place.open(), place.open(), place.open());
    for store in [a, b, c] {
        queued(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_questions_at_once_as_many_as_allowed_are_admitted() {
    let place = Place::new().await;
    let (left, right) = (place.open().await, place.open().await);
    for _ in 0..10 {
        let chat = chat(&left).await;
        let asked = (0..8).map(|number| {
            let store = if number % 2 == 0 { left.clone() } else { right.clone() };
            let new = new_generation(chat.owner, &chat);
            async move { store.admit(&new, epoch()).await.unwrap() }
        });
        let answers = futures_util::future::join_all(asked).await;
        let created = answers.iter().filter(|answer| answer.is_created()).count();
        let busy = answers.iter().filter(|answer| matches!(answer, Admission::Busy(_))).count();
        assert_eq!((created, busy), (1, 7), "{answers:?}");
    }
}

/// Waits until so many statements in the schema of `shell` wait for a lock.
pub async fn until_waiting(shell: &mut PgConnection, count: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid IN \
         (SELECT pid FROM pg_locks JOIN pg_class ON relation = pg_class.oid \
         WHERE relnamespace = current_schema()::regnamespace)";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *shell).await.unwrap() < count {
        sleep(Duration::from_millis(5)).await;
    }
}

/// It looked while the answer was not there yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_waits_for_a_lock_does_not_overtake_an_answer() {
    let place = Place::new().await;
    let (asking, settling, mut shell) =
        (place.open().await, place.open().await, place.shell().await);
    // Alone with the user's row, and beside others.
    for max_in_flight in [2, 100_000] {
        let first = queued(&settling).await;
        let mut new = sample::new_generation(first.user_id, first.chat_id, "And?", epoch());
        new.message.as_mut().unwrap().parent_id = Some(first.user_message_id);
        (new.max_in_flight, new.follows_newest) = (max_in_flight, true);
        let mut locking = place.shell().await;
        let mut lock = locking.begin().await.unwrap();
        sqlx::query("SELECT FROM users FOR UPDATE").execute(&mut *lock).await.unwrap();
        let events = sample::events(1, 1, &["Hi"]);
        let ended = sample::ended(&first, 1, sample::succeeded(), events, epoch());
        let message_id = MessageId::generate(epoch());
        let answering = async {
            until_waiting(&mut shell, 1).await;
            let settle = Settle { ended: &ended, message_id, outbox: Vec::new() };
            let settled = settling.settle(&settle, epoch()).await.unwrap();
            assert!(matches!(settled, Settlement::Changed(_)), "{settled:?}");
            lock.rollback().await.unwrap();
        };
        let (admitted, ()) = tokio::join!(asking.admit(&new, epoch()), answering);
        assert_eq!(admitted.unwrap(), Admission::Overtaken, "{max_in_flight}");
        new.message.as_mut().unwrap().parent_id = Some(message_id);
        assert!(asking.admit(&new, epoch()).await.unwrap().is_created());
    }
}

/// Nor does whoever has its turn: every other connection may be waiting for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_its_turn_needs_no_second_connection() {
    let place = Place::new().await;
    let options = Options { max_connections: 2, ..Options::default() };
    let small = PostgresStore::open(&SecretString::from(place.url()), options).await.unwrap();
    let (other, mut shell) = (place.open().await, place.shell().await);
    let chat = chat(&other).await;
    let ask = |store: &PostgresStore| {
        let mut new = new_generation(chat.owner, &chat);
        let request_id = "once".to_owned();
        new.generation.request_id = Some(request_id.clone());
        new.fingerprint = Some(RequestFingerprint { request_id, body_hash: [1; 32] });
        let store = store.clone();
        async move { store.admit(&new, epoch()).await.unwrap() }
    };
    let mut locking = place.shell().await;
    let mut lock = locking.begin().await.unwrap();
    sqlx::query("SELECT FROM users FOR UPDATE").execute(&mut *lock).await.unwrap();
    let mut asking = JoinSet::new();
    asking.spawn(ask(&other));
    until_waiting(&mut shell, 1).await;
    asking.spawn(ask(&small));
    asking.spawn(ask(&small));
    until_waiting(&mut shell, 3).await;
    lock.rollback().await.unwrap();
    let answers = timeout(Duration::from_secs(5), asking.join_all()).await;
    let answers = answers.expect("nobody waits for itself");
    let created = answers.iter().filter(|answer| answer.is_created()).count();
    let again = answers.iter().filter(|answer| matches!(answer, Admission::Replayed(_))).count();
    assert_eq!((created, again), (1, 2), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_reported_to_two_processes_is_settled_by_one() {
    let place = Place::new().await;
    let (left, right) = (place.open().await, place.open().await);
    for _ in 0..10 {
        let generation = queued(&left).await;
        let ended = sample::ended(&generation, 1, Outcome::Canceled, Vec::new(), epoch());
        let settle = |message_id| Settle { ended: &ended, message_id, outbox: Vec::new() };
        let (a, b) = (settle(MessageId::generate(epoch())), settle(MessageId::generate(epoch())));
        let (a, b) = tokio::join!(left.settle(&a, epoch()), right.settle(&b, epoch()));
        let changed = [a.unwrap(), b.unwrap()];
        let count = changed.iter().filter(|done| matches!(done, Settlement::Changed(_))).count();
        assert_eq!(count, 1, "{changed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_costs_an_answer_at_most() {
    let place = Place::new().await;
    let store = place.open().await;
    let generation = queued(&store).await;
    let mut shell = place.shell().await;
    for _ in 0..5 {
        // All but the one that asks for it.
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \
             pid <> pg_backend_pid() AND pid IN (SELECT pid FROM pg_locks JOIN pg_class \
             ON relation = pg_class.oid WHERE relnamespace = current_schema()::regnamespace)";
        sqlx::query(cut).execute(&mut shell).await.unwrap();
        let mut failures = 0;
        while store.find(generation.user_id, generation.id).await.is_err() {
            failures += 1;
            assert!(failures < 20, "it never comes back");
        }
    }
}

/// As many connections as there are break at once when a server is restarted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_cut_at_once_cost_one_answer() {
    let place = Place::new().await;
    let name = format!("cut at once {}", std::process::id());
    let options =
        Options { max_connections: 8, application_name: name.clone(), ..Options::default() };
    let store = PostgresStore::open(&SecretString::from(place.url()), options).await.unwrap();
    let generation = queued(&store).await;
    let find = async || store.find(generation.user_id, generation.id).await;
    futures_util::future::join_all((0..100).map(|_| find())).await;
    let mut shell = place.shell().await;
    let cut =
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1";
    let cut = sqlx::query(cut).bind(&name).fetch_all(&mut shell).await.unwrap();
    assert!(cut.len() > 2, "{} connections were open", cut.len());
    let mut failures = 0;
    for _ in 0..20 {
        failures += u32::from(find().await.is_err());
    }
    assert!(failures <= 1, "{failures} calls failed");
}

/// Another process has brought the schema up to date, and this one knows its statements as they were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_changed_meanwhile_costs_one_answer() {
    let place = Place::new().await;
    let store = place.open().await;
    let generation = queued(&store).await;
    let find = async || store.find(generation.user_id, generation.id).await;
    futures_util::future::join_all((0..100).map(|_| find())).await;
    let mut shell = place.shell().await;
    let later = "ALTER TABLE generations ADD COLUMN later text";
    sqlx::query(later).execute(&mut shell).await.unwrap();
    let mut failures = Vec::new();
    for _ in 0..20 {
        failures.extend(find().await.err());
    }
    assert!(failures.len() <= 1, "{failures:?}");
    let passes = failures.iter().all(|error| matches!(error, StoreError::Unavailable(_)));
    assert!(passes, "{failures:?}");
}

/// As when somebody restores it, or took the right to it away: what is to be written waits.
#[tokio::test]
async fn a_table_that_is_away_is_an_outage() {
    let place = Place::new().await;
    let store = place.open().await;
    let generation = queued(&store).await;
    let entry = || sample::audit(&generation, epoch());
    let mut shell = place.shell().await;
    for (takes, gives_back) in [
        ("ALTER TABLE audit_logs RENAME TO away", "ALTER TABLE away RENAME TO audit_logs"),
        (
            "ALTER TABLE audit_logs RENAME COLUMN subject TO away",
            "ALTER TABLE audit_logs RENAME COLUMN away TO subject",
        ),
    ] {
        sqlx::query(takes).execute(&mut shell).await.unwrap();
        let refused = store.post_audit(&[entry()]).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{takes}: {refused:?}");
        sqlx::query(gives_back).execute(&mut shell).await.unwrap();
        assert_eq!(store.post_audit(&[entry()]).await.unwrap(), [Posting::Duplicate]);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let url = SecretString::from("postgres://ada:canary@127.0.0.1:1/books");
    let error = PostgresStore::open(&url, Options::default()).await.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1:1, books"), "{error}");
    assert!(!error.contains("canary"), "{error}");
}
