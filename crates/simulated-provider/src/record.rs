//! What happened: every call, per key, with what was sent and how it ended.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde::Serialize;
use tokio::sync::watch;

use crate::text::Tokens;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum End {
    /// Everything was sent, and the body ended.
    Completed,
    /// The provider broke off, as its script said.
    Broken,
    /// The caller went away first.
    ClientGone,
    /// The call was refused.
    Refused {
        /// With this HTTP status.
        status: u16,
    },
}

/// One call, as the record tells it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// Its number, from 1; the `c` of its tags.
    pub number: u64,
    /// The key: in full when it is a simulated one, else a digest.
    pub key: String,
    /// The model asked for.
    pub model: String,
    /// The last user message.
    pub question: String,
    /// How many tokens the prompt had.
    pub prompt_tokens: usize,
    /// When it came, in microseconds since the provider started.
    pub started_us: u64,
    /// When the first token was handed out, likewise.
    pub first_token_us: Option<u64>,
    /// When it ended, likewise.
    pub ended_us: Option<u64>,
    /// How it ended; none while it goes on.
    pub end: Option<End>,
    /// Until when the key was told to rest, likewise, if it was.
    pub rest_until_us: Option<u64>,
    /// How many tokens were sent.
    pub tokens: usize,
    /// The text that was sent.
    pub text: String,
}

/// One call under way or over.
#[derive(Debug)]
pub struct Call {
    number: u64,
    key: String,
    model: String,
    question: String,
    prompt_tokens: usize,
    tokens: Tokens,
    started: Duration,
    sent: AtomicUsize,
    first_token: OnceLock<Duration>,
    end: OnceLock<(Duration, End)>,
    rest_until: OnceLock<Duration>,
}

#[derive(Debug)]
struct Inner {
    epoch: Instant,
    calls: Mutex<Vec<Arc<Call>>>,
    /// Questions whose asker has given up, and since when.
    given_up: Mutex<Vec<(String, Duration)>>,
    connections: AtomicUsize,
    /// Counts changes, so that nobody has to poll.
    changes: watch::Sender<u64>,
}

/// Every call to one simulated provider. Clones share it.
#[derive(Debug, Clone)]
pub struct Record(Arc<Inner>);

impl Default for Record {
    fn default() -> Self {
        Self(Arc::new(Inner {
            epoch: Instant::now(),
            calls: Mutex::default(),
            given_up: Mutex::default(),
            connections: AtomicUsize::new(0),
            changes: watch::Sender::new(0),
        }))
    }
}

impl Record {
    /// All calls so far, in the order in which they came.
    #[must_use]
    pub fn calls(&self) -> Vec<CallView> {
        self.lock().iter().map(|call| call.view()).collect()
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// How many connections were made so far, whatever for.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// The text sent in call `number`.
    #[must_use]
    pub fn text(&self, number: u64) -> Option<String> {
        self.lock().iter().find(|call| call.number == number).map(|call| call.text())
    }

    /// Waits until `holds` is true of the calls, and returns them. It is asked again when a call
    /// begins, sends its first token, or ends.
    pub async fn wait_for(&self, holds: impl Fn(&[CallView]) -> bool) -> Vec<CallView> {
        let mut changes = self.0.changes.subscribe();
        loop {
            let calls = self.calls();
            if holds(&calls) {
                return calls;
            }
            // The sender lives as long as `self`.
            let _ = changes.changed().await;
        }
    }

    /// Notes that nobody waits for an answer to `question` any more. What was asked before, and has no answer,
    /// may stand before it in a call.
    pub fn give_up(&self, question: &str) {
        self.give_up_in(question, Duration::ZERO);
    }

    /// The same, once `time` has passed: until then the news may be on its way.
    pub fn give_up_in(&self, question: &str, time: Duration) {
        let mark = (question.to_owned(), self.elapsed().saturating_add(time));
        self.0.given_up.lock().unwrap_or_else(PoisonError::into_inner).push(mark);
    }

    /// The calls that began although their question had been given up.
    #[must_use]
    pub fn calls_after_giving_up(&self) -> Vec<CallView> {
        let marks = self.0.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_late = |call: &CallView| {
            let late = |(question, since): &(String, Duration)| {
                call.question.ends_with(question) && call.started_us > micros(*since)
            };
            marks.iter().any(late)
        };
        self.calls().into_iter().filter(is_late).collect()
    }

    /// Forgets the calls; numbers go on.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Since the provider started, on the clock of the record.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.epoch.elapsed()
    }

    /// Notes a new connection.
    pub(crate) fn connected(&self) {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes a new call.
    pub(crate) fn begin(&self, number: u64, request: CallRequest, tokens: Tokens) -> Arc<Call> {
        let call = Arc::new(Call {
            number,
            key: request.key,
            model: request.model,
            question: request.question,
            prompt_tokens: request.prompt_tokens,
            tokens,
            started: self.elapsed(),
            sent: AtomicUsize::new(0),
            first_token: OnceLock::new(),
            end: OnceLock::new(),
            rest_until: OnceLock::new(),
        });
        self.lock().push(Arc::clone(&call));
        self.changed();
        call
    }

    /// Notes one more token of `call`.
    pub(crate) fn sent(&self, call: &Call) {
        if call.sent.fetch_add(1, Ordering::Relaxed) == 0 {
            let _ = call.first_token.set(self.elapsed());
            self.changed();
        }
    }

    /// Notes that the key of `call` was told to rest for `time` from now on.
    pub(crate) fn told_to_rest(&self, call: &Call, time: Duration) {
        let _ = call.rest_until.set(self.elapsed().saturating_add(time));
    }

    /// Notes the end of `call`; only the first one counts.
    pub(crate) fn end(&self, call: &Call, end: End) {
        if call.end.set((self.elapsed(), end)).is_ok() {
            self.changed();
        }
    }

    fn changed(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Call>>> {
        // Nothing panics while holding it; the list is whole in any case.
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who asks what.
#[derive(Debug, Clone)]
pub(crate) struct CallRequest {
    pub key: String,
    pub model: String,
    pub question: String,
    pub prompt_tokens: usize,
}

impl Call {
    fn text(&self) -> String {
        self.tokens.text(self.sent.load(Ordering::Relaxed))
    }

    fn view(&self) -> CallView {
        let end = self.end.get();
        CallView {
            number: self.number,
            key: self.key.clone(),
            model: self.model.clone(),
            question: self.question.clone(),
            prompt_tokens: self.prompt_tokens,
            started_us: micros(self.started),
            first_token_us: self.first_token.get().copied().map(micros),
            ended_us: end.map(|(at, _)| micros(*at)),
            end: end.map(|(_, end)| *end),
            rest_until_us: self.rest_until.get().copied().map(micros),
            tokens: self.sent.load(Ordering::Relaxed),
            text: self.text(),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
