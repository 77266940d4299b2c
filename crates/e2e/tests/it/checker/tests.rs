//! The checker finds nothing in a healthy run, and something when any one thing is wrong.

use domain::event::{Event, SeqEvent};
use simulated_provider::{Options, Record, SimulatedProvider};

use super::{
    Accepted, Evidence, History, ServersState, StoreState,
    store::{AuditRow, DayRow, EventRow, GenerationRow, MessageRow, UsageRow},
    violations,
};
use crate::{client::http, stack::LADDER};

const ID: &str = "01900000-0000-7000-8000-000000000001";
const ANSWER: &str = "01900000-0000-7000-8000-000000000002";

/// A run with one answered question.
struct Healthy {
    store: StoreState,
    servers: ServersState,
    history: History,
    record: Record,
    outputs: Vec<(String, String)>,
    seen: Vec<SeqEvent>,
}

impl Healthy {
    /// A run whose one answer came from a real call to the simulated provider.
    async fn run() -> Self {
        let provider = SimulatedProvider::start(Options::default()).await.unwrap();
        let body = serde_json::json!({
            "model": "sim-tokens=3", "stream": true,
            "messages": [{"role": "user", "content": "why"}],
        });
        let url = format!("{}/chat/completions", provider.base_url());
        let call = http().post(url).bearer_auth("sim-a").json(&body);
        call.send().await.unwrap().bytes().await.unwrap();
        let record = provider.record();
        let text = record.calls()[0].text.clone();

        let seen = events(&text);
        let history = History::default();
        history.accepted(Accepted {
            user: "ada".into(),
            request_id: Some("r-1".into()),
            generation: ID.into(),
            question: "why".into(),
        });
        Self {
            store: store(&text, &seen),
            servers: ServersState::default(),
            history,
            record,
            outputs: vec![("api-1".into(), " INFO all is well\n".into())],
            seen,
        }
    }

    fn violations(&self) -> Vec<String> {
        self.history.saw(ID, self.seen.clone());
        violations(&Evidence {
            store: &self.store,
            servers: &self.servers,
            history: &self.history,
            record: &self.record,
            key_limit: Some(1),
            ladder: LADDER,
            outputs: &self.outputs,
            had_sleeper: false,
            nonsense: 0,
            expected_errors: &[],
        })
    }
}

fn events(text: &str) -> Vec<SeqEvent> {
    let json = [
        r#"{"type":"status","status":"streaming","attempt":1,"model":"m"}"#.to_owned(),
        serde_json::json!({"type": "delta", "delta": text}).to_string(),
        r#"{"type":"usage","inputTokens":1,"outputTokens":3,"source":"provider"}"#.to_owned(),
        serde_json::json!({"type": "done", "status": "succeeded", "messageId": ANSWER}).to_string(),
    ];
    let event = |(json, seq): (&String, u64)| SeqEvent {
        seq,
        event: Event::from_json(json.as_bytes()).unwrap(),
    };
    json.iter().zip(1..).map(event).collect()
}

fn store(text: &str, seen: &[SeqEvent]) -> StoreState {
    let row = |entry: &SeqEvent| EventRow {
        generation: ID.into(),
        seq: i64::try_from(entry.seq).unwrap(),
        json: entry.event.to_json(),
    };
    StoreState {
        generations: vec![GenerationRow {
            id: ID.into(),
            user: "ada".into(),
            status: "succeeded".into(),
            retries: 0,
            request_id: Some("r-1".into()),
            answer: Some(ANSWER.into()),
        }],
        messages: vec![MessageRow {
            id: ANSWER.into(),
            generation: Some(ID.into()),
            role: "assistant".into(),
            content: text.into(),
        }],
        events: seen.iter().map(row).collect(),
        usage: vec![UsageRow {
            generation: ID.into(),
            user: "ada".into(),
            attempt: 1,
            model: "simulated/m".into(),
            day: "2026-01-01".into(),
            input: 1,
            output: 3,
            source: "provider".into(),
        }],
        days: vec![DayRow {
            user: "ada".into(),
            day: "2026-01-01".into(),
            input: 1,
            output: 3,
            attempts: 1,
        }],
        audit: vec![AuditRow { action: "generation.succeeded".into(), subject: ID.into() }],
        unsent: 0,
    }
}

#[tokio::test]
async fn a_healthy_run_has_no_violations() {
    assert_eq!(Healthy::run().await.violations(), Vec::<String>::new());
}

/// What to break of a healthy run, and the invariant that must notice.
type Wrong = (u8, fn(&mut Healthy));

const WRONGS: &[Wrong] = &[
    (1, |run| run.store.generations.clear()),
    (2, |run| run.store.generations[0].status = "streaming".into()),
    (2, |run| run.store.audit.push(run.store.audit[0].clone())),
    (2, |run| run.store.audit[0].action = "generation.failed".into()),
    (3, |run| run.store.messages.clear()),
    (3, |run| run.store.messages.push(run.store.messages[0].clone())),
    (4, |run| run.store.messages[0].content.truncate(4)),
    (5, |run| run.seen.truncate(3)),
    (5, |run| _ = run.seen.remove(1)),
    (5, |run| run.seen.push(SeqEvent { seq: 5, event: run.seen[0].event.clone() })),
    (5, |run| run.store.events[0].json = run.store.events[2].json.clone()),
    (6, |run| {
        let twice = run.store.messages[0].content.repeat(2);
        run.store.messages[0].content = twice;
    }),
    (7, |run| run.store.days[0].output = 4),
    (7, |run| run.store.usage.push(run.store.usage[0].clone())),
    (7, |run| run.store.usage.clear()),
    (10, |run| run.store.generations[0].retries = 5),
    (11, |run| run.store.unsent = 1),
    (11, |run| run.servers.queues.push(("generation.responses".into(), 1))),
    (13, |run| {
        run.store
            .generations
            .push(GenerationRow { id: "other".into(), ..run.store.generations[0].clone() });
    }),
    (13, |run| {
        run.history.accepted(Accepted {
            generation: "other".into(),
            ..run.history.all_accepted()[0].clone()
        });
    }),
    (16, |run| run.servers.everlasting.push("gen:1:log".into())),
    (17, |run| run.outputs[0].1.push_str("thread 'main' panicked at\n")),
    (17, |run| run.outputs[0].1.push_str("12:00 ERROR something broke\n")),
    (19, |run| run.outputs[0].1.push_str(" INFO the key is sim-canary-a\n")),
];

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
    let url = format!("{}/chat/completions", provider.base_url());
    let body = serde_json::json!({
        "model": "sim-tokens=3", "messages": [{"role": "user", "content": "why"}],
    });
    for _ in 0..2 {
        let call = http().post(&url).bearer_auth("sim-a").json(&body);
        call.send().await.unwrap().bytes().await.unwrap();
    }
    let found = run.violations();
    for invariant in [8, 9] {
        let name = format!("invariant {invariant}:");
        assert!(found.iter().any(|violation| violation.starts_with(&name)), "{found:?}");
    }
}
