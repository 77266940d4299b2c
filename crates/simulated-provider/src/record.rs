//! What happened: every call, per key, with what was sent and how it ended.

use std::{
    collections::VecDeque,
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
    calls: Mutex<VecDeque<Arc<Call>>>,
    /// How many of them are kept; all where it is absent.
    most: Option<usize>,
    /// Questions whose asker has given up, and since when.
    given_up: Mutex<Vec<(String, Duration)>>,
    connections: AtomicUsize,
    /// Counts changes, so that nobody has to poll.
    changes: watch::Sender<u64>,
}

/// Every call to one simulated provider. Clones share it.
#[derive(Debug, Clone)]
pub struct Record(Arc<Inner>);

/// How much of a question, and of an answer, a record keeps that does not keep everything.
const EXCERPT: usize = 1024;

impl Default for Record {
    /// A record that keeps everything.
    fn default() -> Self {
        Self::of(None)
    }
}

impl Record {
    /// A record of the latest `most` calls, and of what their questions and answers begin with; of all there is without.
    #[must_use]
    pub(crate) fn of(most: Option<usize>) -> Self {
        Self(Arc::new(Inner {
            epoch: Instant::now(),
            calls: Mutex::default(),
            most,
            given_up: Mutex::default(),
            connections: AtomicUsize::new(0),
            changes: watch::Sender::new(0),
        }))
    }

    /// All calls so far that are kept, in the order in which they came.
    #[must_use]
    pub fn calls(&self) -> Vec<CallView> {
        self.lock().iter().map(|call| call.view()).collect()
    }

    /// How many calls are kept.
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
        let excerpt = self.0.most.map(|_| EXCERPT);
        let (mut question, tokens) = (request.question, tokens.at_most(excerpt));
        if let Some(most) = excerpt {
            question.truncate(question.floor_char_boundary(most));
            question.shrink_to_fit();
        }
        let call = Arc::new(Call {
            number,
            key: request.key,
            model: request.model,
            question,
            prompt_tokens: request.prompt_tokens,
            tokens,
            started: self.elapsed(),
            sent: AtomicUsize::new(0),
            first_token: OnceLock::new(),
            end: OnceLock::new(),
            rest_until: OnceLock::new(),
        });
        let mut calls = self.lock();
        calls.push_back(Arc::clone(&call));
        if self.0.most.is_some_and(|most| calls.len() > most) {
            calls.pop_front();
        }
        drop(calls);
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

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Call>>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(record: &Record, number: u64, question: &str, tokens: Tokens) {
        let (key, model) = ("sim-1".to_owned(), "sim-echo".to_owned());
        let request = CallRequest { key, model, question: question.to_owned(), prompt_tokens: 1 };
        let call = record.begin(number, request, tokens);
        for _ in 0..2000 {
            record.sent(&call);
        }
    }

    #[test]
    fn the_latest_calls_are_kept_and_what_they_begin_with() {
        let long = "é".repeat(2000);
        let (all, latest) = (Record::default(), Record::of(Some(2)));
        for record in [&all, &latest] {
            for number in 1..=3 {
                ask(record, number, &long, Tokens::Fixed(crate::text::words(&"hé ".repeat(2000))));
            }
        }
        let told = |record: &Record| {
            let calls = record.calls().into_iter();
            calls
                .map(|call| (call.number, call.question.len(), call.text.len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&all), [(1, 4000, 8000), (2, 4000, 8000), (3, 4000, 8000)]);
        assert_eq!(told(&latest), [(2, 1024, 1024), (3, 1024, 1024)]);
    }
}
