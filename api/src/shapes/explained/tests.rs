use std::{collections::BTreeMap, time::Duration};

use domain::{
    chat::Message,
    generation::{State, Status},
    id::{ChatId, UserId},
    key::KeyId,
    model::ProviderName,
};
use testkit::{clock::epoch, sample};

use super::*;

fn t(seconds: u64) -> Timestamp {
    epoch() + Duration::from_secs(seconds)
}

fn message() -> Message {
    sample::message(ChatId::generate(epoch()), "?", epoch())
}

fn generation(state: State) -> Generation {
    let asked = sample::generation(UserId::generate(epoch()), &message(), t(1));
    Generation { state, ..asked }
}

fn key(state: KeyState) -> KeyStatus {
    KeyStatus::plain(KeyId::new("a"), state)
}

fn worker(paused: bool) -> WorkerStatus {
    WorkerStatus {
        worker: "w".to_owned(),
        pool: sample::provider(),
        slots: 8,
        busy: 1,
        paused,
        version: String::new(),
        calls: BTreeMap::new(),
    }
}

/// A pool with a worker and a key, three jobs ready and one out.
fn usual() -> Standing {
    Standing {
        depth: Depth { ready: 3, unsettled: 1, delayed: 0 },
        wish: PoolWish::default(),
        pause: None,
        workers: vec![worker(false)],
        keys: vec![key(KeyState::Active)],
        of_user: Vec::new(),
    }
}

const QUEUED: State = State::NEW;

fn parked(attempt: u32) -> State {
    State { attempt, retry_at: Some(t(70)), ..State::NEW }
}

#[test]
fn what_is_in_the_way_is_told_first() {
    let paused = || PoolWish { paused: true, ..PoolWish::default() };
    let elsewhere = WorkerStatus { pool: ProviderName::parse("other").unwrap(), ..worker(false) };
    let cases = [
        (
            QUEUED,
            usual(),
            "it waits for a worker: 3 ready, 1 with a worker; 1 of 1 keys can be lent",
        ),
        (
            QUEUED,
            Standing { wish: paused(), workers: vec![worker(true)], ..usual() },
            "the pool simulated is paused: it takes no job until it is resumed; 3 ready, \
             1 with a worker; 1 of 1 keys can be lent",
        ),
        (
            QUEUED,
            Standing { workers: vec![elsewhere], ..usual() },
            "it waits for a worker: there is none for simulated; 3 ready, 1 with a worker; \
             1 of 1 keys can be lent",
        ),
        (
            QUEUED,
            Standing { workers: vec![worker(true), worker(true)], ..usual() },
            "it waits for a worker: 2 of 2 are drained; 3 ready, 1 with a worker; \
             1 of 1 keys can be lent",
        ),
        (
            QUEUED,
            Standing { keys: vec![key(KeyState::Disabled(None))], ..usual() },
            "it waits for a key: 0 of 1 keys can be lent",
        ),
        (
            parked(0),
            usual(),
            "it waits for a key; the first attempt begins in 61 s, at 2026-01-01 00:01:10 UTC; \
             1 of 1 keys can be lent",
        ),
        (
            parked(2),
            Standing { wish: paused(), ..usual() },
            "attempt 2 ended; the next one begins in 61 s, at 2026-01-01 00:01:10 UTC; the pool \
             simulated is paused: it takes no job until it is resumed; 1 of 1 keys can be lent",
        ),
        (
            State { status: Status::Streaming, attempt: 1, ..State::NEW },
            Standing { wish: paused(), ..usual() },
            "attempt 1 is under way",
        ),
        (State { status: Status::Failed, ..State::NEW }, usual(), "it has ended: failed"),
    ];
    for (state, standing, expected) in cases {
        assert_eq!(why(&generation(state), &standing, t(10)), expected, "{state:?}");
    }
}

#[test]
fn a_held_generation_tells_whom_it_waits_behind() {
    let user = UserId::generate(epoch());
    let one = |seconds, held| {
        let asked = sample::generation(user, &message(), t(seconds));
        Generation { held, ..asked }
    };
    let (first, second, third, fourth) = (one(1, false), one(2, true), one(3, true), one(4, true));
    let of_user = [&first, &second, &third, &fourth].map(Clone::clone).to_vec();
    // Whatever else is in the way: it is nobody's work yet.
    let wish = PoolWish { paused: true, ..PoolWish::default() };
    let standing = Standing { wish, of_user, ..usual() };
    let told = |generation: &Generation| why(generation, &standing, t(10));
    assert_eq!(told(&second), format!("it waits for its turn, behind {}", first.id));
    let others = format!("it waits for its turn, behind {} and 2 more of its user", first.id);
    assert_eq!(told(&fourth), others);
    assert_eq!(ahead(&fourth, &standing.of_user), [first.id, second.id, third.id]);
    assert_eq!(ahead(&first, &standing.of_user), []);
    let alone = Standing { of_user: vec![second.clone()], ..usual() };
    let soon = "it waits for its turn, which comes in a moment";
    assert_eq!(why(&second, &alone, t(10)), soon);
}
