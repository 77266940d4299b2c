//! A run in which all is well, to be spoilt.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus, time::Duration};

use domain::event::{Event, SeqEvent};
use simulated_provider::{Options, Record, Running, SimulatedProvider};

use super::{
    Accepted, Case, Evidence, History, Seen, ServersState, StoreState,
    broker::BrokerState,
    live::{LiveState, LogState},
    secrets::Leaks,
    store::{AttemptRow, AuditRow, DayRow, EventRow, GenerationRow, MessageRow, UsageRow},
    violations,
};
use crate::{
    client::http,
    stack::{Ending, Footprint, Growth},
};

pub(super) const ID: &str = "01900000-0000-7000-8000-000000000001";
const ANSWER: &str = "01900000-0000-7000-8000-000000000002";

/// A call with its question.
pub(super) const BODY: &str = r#"{"model": "sim-tokens=3", "stream": true, "stream_options": {"include_usage": true},
    "messages": [{"role": "user", "content": "why"}]}"#;

/// A run with one answered question.
pub(super) struct Healthy {
    pub(super) store: StoreState,
    pub(super) servers: ServersState,
    pub(super) history: History,
    pub(super) record: Record,
    pub(super) outputs: Vec<(String, String)>,
    pub(super) endings: Vec<Ending>,
    pub(super) case: Case,
    pub(super) seen: Vec<SeqEvent>,
}

impl Healthy {
    /// A run whose one answer came from a real call to the simulated provider.
    pub(super) async fn run() -> Self {
        let provider = SimulatedProvider::start(Options::default()).await.unwrap();
        ask(&provider, BODY).await;
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
            servers: servers(&seen),
            history,
            record,
            outputs: vec![("api-1".into(), " INFO all is well\n".into())],
            endings: vec![ending(Some("TERM"), 0), ending(Some("KILL"), KILLED)],
            case: Case {
                key_limit: 1,
                key_concurrency: Some(1),
                asked_beside: Some(0),
                ends_no_answer: true,
                loses_no_answer: true,
                progress_within: Duration::from_secs(1),
                ..Case::default()
            },
            seen,
        }
    }

    /// What the checker finds in it.
    pub(super) fn violations(&self) -> Vec<String> {
        let events = self.seen.clone();
        self.history.saw(Seen { generation: ID.into(), after: 0, events, has_left: false });
        violations(&Evidence {
            store: &self.store,
            servers: &self.servers,
            history: &self.history,
            record: &self.record,
            outputs: &self.outputs,
            endings: &self.endings,
            case: &self.case,
        })
    }

    /// What is kept and shown, and in the archive.
    pub(super) fn replace_text(&mut self, text: &str) {
        text.clone_into(&mut self.store.messages[0].content);
        self.seen = events(text);
        self.archive();
    }

    /// It was stopped, with this much on everybody's screen.
    pub(super) fn is_stopped(&mut self, text: &str) {
        self.replace_text(text);
        self.seen.last_mut().unwrap().event = done("canceled");
        self.archive();
        self.store.generations[0].status = "canceled".into();
        self.store.audit[0].action = "generation.canceled".into();
    }

    fn archive(&mut self) {
        self.store.events = self.seen.iter().map(archived).collect();
        self.servers.live.logs[0].entries = json(&self.seen);
    }

    /// It was given up, after all retries.
    pub(super) fn is_given_up(&mut self) {
        self.seen.last_mut().unwrap().event = done("failed");
        self.archive();
        let (row, words) = (&mut self.store.generations[0], "No. All retries are used.".to_owned());
        (row.status, row.error, row.answer) = ("failed".into(), Some(("busy".into(), words)), None);
        self.store.audit[0].action = "generation.failed".into();
        self.store.messages.clear();
        self.servers.broker.letters = vec![Some(ID.into())];
    }
}

/// By SIGKILL, as the system tells it.
pub(super) const KILLED: i32 = 9;

pub(super) fn ending(asked: Option<&'static str>, status: i32) -> Ending {
    let status = ExitStatus::from_raw(status);
    Ending { process: "api-1".into(), asked, is_at_failpoint: false, status }
}

pub(super) async fn ask(provider: &Running, body: &'static str) {
    let url = format!("{}/chat/completions", provider.base_url());
    let call = http().post(url).bearer_auth("sim-a").header("content-type", "application/json");
    let answer = call.body(body).send().await.unwrap().error_for_status().unwrap();
    answer.bytes().await.unwrap();
}

fn done(status: &str) -> Event {
    let done = serde_json::json!({"type": "done", "status": status, "messageId": ANSWER});
    Event::from_json(done.to_string().as_bytes()).unwrap()
}

fn archived(entry: &SeqEvent) -> EventRow {
    EventRow {
        generation: ID.into(),
        seq: i64::try_from(entry.seq).unwrap(),
        json: entry.event.to_json(),
    }
}

fn events(text: &str) -> Vec<SeqEvent> {
    let json = [
        r#"{"type":"status","status":"streaming","attempt":1,"model":"m"}"#.to_owned(),
        serde_json::json!({"type": "delta", "delta": text}).to_string(),
        r#"{"type":"usage","inputTokens":1,"outputTokens":3,"source":"provider"}"#.to_owned(),
        done("succeeded").to_json(),
    ];
    let event = |(json, seq): (&String, u64)| SeqEvent {
        seq,
        event: Event::from_json(json.as_bytes()).unwrap(),
    };
    json.iter().zip(1..).map(event).collect()
}

fn json(seen: &[SeqEvent]) -> Vec<String> {
    seen.iter().map(|entry| entry.event.to_json()).collect()
}

/// Two processes, and the log, which has not gone yet.
fn servers(seen: &[SeqEvent]) -> ServersState {
    let alive = [("api", 7), ("provider-worker", 8), ("accounting-worker", 9)];
    let taken = [
        ("generation.responses", "api@host:7-00ab"),
        ("generation.requests.openai", "provider-worker@host:8-00cd"),
        ("accounting.usage_event", "accounting-worker@host:9-00ef"),
        ("accounting.audit_event", "accounting-worker@host:9-00ef"),
    ];
    let broker = BrokerState {
        queues: taken.iter().map(|(queue, _)| ((*queue).to_owned(), 0)).collect(),
        connections: vec!["api@host:7-00ab publish".into(), "api@host:7-00ab consume".into()],
        channels: vec![("api@host:7-00ab consume".into(), 2)],
        consumers: taken.map(|(queue, tag)| (queue.into(), format!("{tag} {queue}"))).to_vec(),
        ..BrokerState::default()
    };
    let log = LogState {
        generation: ID.into(),
        worker: String::new(),
        phase: "concluded".into(),
        base: 0,
        expires: true,
        entries: json(seen),
    };
    let ready = Footprint { memory: 40_000, files: 30 };
    let now = Footprint { memory: 60_000, files: 40 };
    let growth = Growth { process: "api-1".into(), ready, now };
    ServersState {
        broker,
        live: LiveState { logs: vec![log], ..LiveState::default() },
        alive: alive.map(|(program, id)| (program.to_owned(), id)).to_vec(),
        leaks: Leaks::default(),
        growth: vec![growth],
    }
}

fn store(text: &str, seen: &[SeqEvent]) -> StoreState {
    StoreState {
        generations: vec![GenerationRow {
            id: ID.into(),
            user: "ada".into(),
            status: "succeeded".into(),
            retries: 0,
            request_id: Some("r-1".into()),
            answer: Some(ANSWER.into()),
            error: None,
            created_us: 1_000,
            finished_us: Some(2_000),
        }],
        messages: vec![MessageRow {
            id: ANSWER.into(),
            generation: Some(ID.into()),
            role: "assistant".into(),
            content: text.into(),
        }],
        attempts: vec![AttemptRow { generation: ID.into(), attempt: 1, called: true, ended: true }],
        events: seen.iter().map(archived).collect(),
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
