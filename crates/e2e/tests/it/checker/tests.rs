//! The checker finds nothing in a healthy run, and something when any one thing is wrong.

use std::time::{Duration, Instant};

use domain::event::{Event, SeqEvent};
use simulated_provider::{Options, SimulatedProvider};

use super::{
    Accepted, History, Mark, Secrets, Stopped,
    healthy::{BODY, Healthy, ID, KILLED, ask, ending},
    provider::between_calls,
    secrets,
    store::GenerationRow,
};
use crate::stack::Engines;

#[tokio::test]
async fn a_healthy_run_has_no_violations() {
    assert_eq!(Healthy::run().await.violations(), Vec::<String>::new());
    let recovered = Healthy::run().await;
    answered_after(&recovered, Duration::from_millis(500));
    assert_eq!(recovered.violations(), Vec::<String>::new());
    let mut stopped = Healthy::run().await;
    stopped.is_stopped("c1.0 c1.1 ");
    assert_eq!(stopped.violations(), Vec::<String>::new());
    let mut given_up = Healthy::run().await;
    given_up.is_given_up();
    assert_eq!(given_up.violations(), Vec::<String>::new());
}

#[test]
fn a_wait_goes_on_over_an_attempt_that_calls_nobody() {
    let ladder = [1, 2, 3, 4].map(Duration::from_secs);
    for (silent, between) in [
        (&[][..], &[1, 2, 3, 4][..]),
        (&[3], &[1, 5, 4]),
        (&[2, 3, 4], &[10]),
        // Behind the last one there is no call.
        (&[5], &[1, 2, 3]),
        // Before the first one there is no wait.
        (&[1], &[1, 2, 3, 4]),
    ] {
        let between: Vec<_> = between.iter().copied().map(Duration::from_secs).collect();
        assert_eq!(between_calls(&ladder, silent), between, "{silent:?}");
    }
}

/// What to break of a healthy run, and the invariant that must notice.
type Wrong = (u8, fn(&mut Healthy));

const WRONGS: &[Wrong] = &[
    (1, |run| run.store.generations.clear()),
    (1, |run| run.store.generations.push(another(run, 3_000, None))),
    (2, |run| run.store.generations[0].status = "streaming".into()),
    (2, |run| run.store.audit.push(run.store.audit[0].clone())),
    (2, |run| run.store.audit[0].action = "generation.failed".into()),
    (3, |run| run.store.messages.clear()),
    (3, |run| run.store.messages.push(run.store.messages[0].clone())),
    (3, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.messages.clear();
    }),
    (4, |run| run.store.messages[0].content.truncate(4)),
    (4, |run| run.replace_text("c1.0 c1.1 ")),
    (4, |run| run.replace_text("c9.0 c9.1 c9.2 ")),
    (4, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.messages[0].content.truncate(5);
    }),
    (4, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.messages.clear();
    }),
    (4, |run| run.is_stopped("c1.0 c1.1 c1.2 c1.3 ")),
    (5, |run| run.seen.truncate(3)),
    (5, |run| _ = run.seen.remove(1)),
    (5, |run| run.seen.push(SeqEvent { seq: 5, event: run.seen[0].event.clone() })),
    // After a loss alone numbers may jump.
    (5, |run| run.seen.last_mut().unwrap().seq = 9),
    (5, |run| {
        let back = r#"{"type":"status","status":"streaming","attempt":0,"model":"m"}"#;
        run.seen[2].event = Event::from_json(back.as_bytes()).unwrap();
    }),
    (5, |run| run.store.events[0].json = run.store.events[2].json.clone()),
    (6, |run| {
        let twice = run.store.messages[0].content.repeat(2);
        run.store.messages[0].content = twice;
    }),
    (6, |run| run.replace_text("c1.0 c1.1 x1.2 ")),
    (7, |run| run.store.days[0].output = 4),
    (7, |run| book(run, 1, 4)),
    (7, |run| book(run, 1, 2)),
    (7, |run| book(run, 2, 3)),
    (7, |run| {
        run.store.usage[0].source = "estimated".into();
        book(run, 1, 5);
    }),
    (7, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.usage.clear();
        run.store.days.clear();
    }),
    (7, |run| run.store.usage.push(run.store.usage[0].clone())),
    (7, |run| run.store.usage.clear()),
    (10, |run| run.store.generations[0].retries = 5),
    (11, |run| run.store.unsent = 1),
    (11, |run| run.servers.broker.queues.push(("generation.responses".into(), 1))),
    (11, |run| run.servers.broker.queues.push(("accounting.dead".into(), 1))),
    (11, |run| run.servers.broker.letters.push(Some(ID.into()))),
    (11, |run| run.servers.broker.letters.push(None)),
    (11, |run| {
        run.is_given_up();
        run.servers.broker.letters.clear();
    }),
    (11, |run| run.case.nonsense = 1),
    (12, |run| run.servers.live.places.push("user:1:inflight_generation".into())),
    (12, |run| {
        run.endings.truncate(1);
        run.servers.live.streams.push("user:1:streams".into());
    }),
    (12, |run| run.servers.live.lent.push("pool:{openai}:out:a".into())),
    (12, |run| run.store.generations.push(another(run, 1_999, None))),
    (13, |run| run.store.generations.push(another(run, 3_000, Some("r-1".into())))),
    (15, |run| {
        let asked = Accepted { question: "who".into(), ..run.history.all_accepted()[0].clone() };
        run.history = History::default();
        run.history.accepted(asked);
    }),
    (13, |run| {
        run.history.accepted(Accepted {
            generation: "other".into(),
            ..run.history.all_accepted()[0].clone()
        });
    }),
    (2, |run| stop(run, "canceled", 0)),
    (4, |run| run.servers.live.logs[0].entries.swap(0, 1)),
    (4, |run| run.servers.live.logs[0].base = 1),
    (5, |run| run.servers.live.logs[0].entries.truncate(2)),
    (9, |run| run.case.key_limit = 0),
    (9, |run| run.case.key_concurrency = Some(0)),
    (16, |run| run.servers.live.everlasting.push("gen:1:log".into())),
    (16, |run| run.servers.live.followed.push("gen:{1}".into())),
    (16, |run| run.servers.live.logs[0].expires = false),
    (16, |run| run.servers.broker.connections[0] = "api@host:70-00ab publish".into()),
    (16, |run| run.servers.broker.connections.push("api@host:7-00ab publish".into())),
    (16, |run| run.servers.broker.channels[0].1 = 3),
    (16, |run| _ = run.servers.broker.consumers.pop()),
    (16, |run| run.servers.broker.consumers.push(run.servers.broker.consumers[0].clone())),
    (16, |run| run.servers.broker.consumers[0].1 = "api@host:6-00ab".into()),
    (18, |run| answered_after(run, Duration::from_secs(2))),
    (18, |run| run.history.mark(Mark::FaultOver)),
    (17, |run| run.endings.push(ending(None, 0))),
    (17, |run| run.endings.push(ending(None, KILLED))),
    (17, |run| run.endings.push(ending(Some("TERM"), KILLED))),
    (17, |run| run.endings.push(ending(Some("TERM"), 1 << 8))),
    (17, |run| run.endings.push(ending(Some("KILL"), 11))),
    (20, |run| run.history.refused("503".into())),
    (17, |run| run.outputs[0].1.push_str("thread 'main' panicked at\n")),
    (17, |run| run.outputs[0].1.push_str("12:00 ERROR something broke\n")),
    (17, |run| run.servers.growth[0].now.memory += 1024 * 1024),
    (17, |run| run.servers.growth[0].now.files += 1024),
    (19, |run| run.outputs[0].1.push_str(" INFO the key is sim-canary-a\n")),
    (19, |run| _ = run.servers.leaks.insert("the table users".into())),
];

/// Somebody stopped it, and was told that it was `status`.
fn stop(run: &Healthy, status: &str, at_us: u64) {
    let (generation, question) = (ID.into(), "why".into());
    run.history.stopped(Stopped { generation, question, status: status.into(), at_us });
}

/// A fault was over, and somebody was answered so much later.
fn answered_after(run: &Healthy, time: Duration) {
    let now = Instant::now();
    run.history.mark_at(now, Mark::FaultOver);
    run.history.mark_at(now + time, Mark::Answered);
}

/// One more row of the same user.
fn another(run: &Healthy, created_us: i64, request_id: Option<String>) -> GenerationRow {
    let (id, row) = ("other".into(), run.store.generations[0].clone());
    GenerationRow { id, created_us, request_id, finished_us: Some(9_000), ..row }
}

/// The books agree with each other on these figures.
fn book(run: &mut Healthy, input: i64, output: i64) {
    let (entry, day) = (&mut run.store.usage[0], &mut run.store.days[0]);
    (entry.input, entry.output) = (input, output);
    (day.input, day.output) = (input, output);
}

#[tokio::test]
async fn whatever_is_wrong_is_found() {
    for (number, (invariant, break_it)) in WRONGS.iter().enumerate() {
        let mut run = Healthy::run().await;
        break_it(&mut run);
        let found = run.violations();
        let names = |violation: &String| violation.starts_with(&format!("invariant {invariant}:"));
        assert!(found.iter().any(names), "wrong {number}: no word of {invariant}: {found:?}");
    }
}

#[tokio::test]
async fn calls_that_should_not_be_are_found() {
    let provider = SimulatedProvider::start(Options::default()).await.unwrap();
    let mut run = Healthy::run().await;
    run.record = provider.record();
    run.record.give_up("why");
    for _ in 0..2 {
        ask(&provider, BODY).await;
    }
    for ends_no_answer in [true, false] {
        run.case.ends_no_answer = ends_no_answer;
        let found = run.violations();
        for sign in ["invariant 8: call 1", "invariant 8: \"why\" was asked again", "invariant 9:"]
        {
            assert!(found.iter().any(|violation| violation.starts_with(sign)), "{found:?}");
        }
    }
}

/// Somebody is told that it waits for a retry.
const ANNOUNCED: &str =
    r#"{"type":"retry","attempt":2,"reason":"overloaded","retryAt":"2026-01-01T00:00:01Z"}"#;

#[tokio::test]
async fn a_retry_that_comes_too_early_is_found() {
    let provider = SimulatedProvider::start(Options::default()).await.unwrap();
    let mut run = Healthy::run().await;
    run.record = provider.record();
    for _ in 0..2 {
        ask(&provider, BODY).await;
    }
    run.store.generations[0].retries = 1;
    run.store.events[0].json = ANNOUNCED.into();
    let is_early = |violation: &String| violation.starts_with("invariant 10:");
    let found = run.violations();
    assert!(found.iter().any(is_early), "{found:#?}");
    run.case.ladder = &[Duration::ZERO];
    let found = run.violations();
    assert!(!found.iter().any(is_early), "{found:#?}");
}

/// A call that takes longer than a stop may.
const SLOW: &str = r#"{"model": "sim-tokens=3,ttft=6s", "stream": true,
    "messages": [{"role": "user", "content": "why"}]}"#;

#[tokio::test]
async fn calls_that_go_on_or_are_too_many_are_found() {
    let provider = SimulatedProvider::start(Options::default()).await.unwrap();
    let mut run = Healthy::run().await;
    run.record = provider.record();
    // Stopped as soon as it begins.
    stop(&run, "streaming", 0);
    tokio::join!(ask(&provider, SLOW), ask(&provider, SLOW));
    run.case.key_limit = 2;
    let found = run.violations();
    for sign in ["invariant 8: call 1 for \"why\" ended Some(", "invariant 9: sim-a was in use 2"] {
        assert!(found.iter().any(|violation| violation.starts_with(sign)), "{found:#?}");
    }
    run.case.key_concurrency = Some(2);
    let found = run.violations();
    assert!(!found.iter().any(|violation| violation.contains("in use")), "{found:#?}");
}

/// The look for secrets finds one wherever it may be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_kept_somewhere_is_found() {
    const WORD: &str = "a-canary-word";
    let engines = Engines::make().await;
    let secrets = Secrets::of(&[]);
    assert_eq!(secrets::kept(&engines, &secrets).await.len(), 0);
    engines.keep(&format!("CREATE TABLE told AS SELECT 7 AS number, '{WORD}' AS word")).await;
    engines.redis_command(&["HSET", "told", "word", WORD]).await;
    engines.publish_anywhere("told", WORD).await;
    let found = Vec::from_iter(secrets::kept(&engines, &secrets).await);
    let wanted = ["a message for told", "the key told of the live side", "the table told"];
    assert_eq!(found, wanted);
    engines.remove().await;
}
