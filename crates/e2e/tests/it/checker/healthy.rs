//! A run in which all is well, to be spoilt.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

use domain::event::{Event, SeqEvent};
use simulated_provider::{Options, Record, Running, SimulatedProvider};

use super::{
    Accepted, Evidence, History, ServersState, StoreState,
    store::{AuditRow, DayRow, EventRow, GenerationRow, MessageRow, UsageRow},
    violations,
};
use crate::{
    client::http,
    stack::{Ending, LADDER},
};

const ID: &str = "01900000-0000-7000-8000-000000000001";
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
    pub(super) ends_no_answer: bool,
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
            servers: ServersState::default(),
            history,
            record,
            outputs: vec![("api-1".into(), " INFO all is well\n".into())],
            endings: vec![ending(Some("TERM"), 0), ending(Some("KILL"), KILLED)],
            ends_no_answer: true,
            seen,
        }
    }

    /// What the checker finds in it.
    pub(super) fn violations(&self) -> Vec<String> {
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
            asked_beside: 0,
            lost_keys: false,
            ends_no_answer: self.ends_no_answer,
            loses_no_answer: true,
            refuses_nothing: true,
            endings: &self.endings,
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

fn store(text: &str, seen: &[SeqEvent]) -> StoreState {
    StoreState {
        generations: vec![GenerationRow {
            id: ID.into(),
            user: "ada".into(),
            status: "succeeded".into(),
            retries: 0,
            request_id: Some("r-1".into()),
            answer: Some(ANSWER.into()),
            created_us: 1_000,
            finished_us: Some(2_000),
        }],
        messages: vec![MessageRow {
            id: ANSWER.into(),
            generation: Some(ID.into()),
            role: "assistant".into(),
            content: text.into(),
        }],
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
