//! What becomes of a client's questions, written down for the checker.

use domain::event::{Event, SeqEvent};
use serde_json::Value;
use simulated_provider::Record;

use crate::{
    checker::{Accepted, History, STOP_TAKES, Seen, Stopped},
    client::Answer,
};

/// What is written down for the checker.
#[derive(Clone)]
pub struct Notes {
    /// What was asked and seen.
    history: History,
    /// What nobody waits for any more.
    record: Record,
}

impl Notes {
    /// In `history`, and `record`.
    pub fn new(history: &History, record: Record) -> Self {
        Self { history: history.clone(), record }
    }

    /// The words of the question that `generation` is to answer.
    fn question(&self, generation: &str) -> String {
        let accepted = self.history.all_accepted();
        let asked = accepted.into_iter().find(|accepted| accepted.generation == generation);
        asked.expect("it was written down when it was accepted").question
    }

    /// `answer` says that `body` was accepted from `user`.
    pub fn accepted(&self, user: &str, body: &Value, answer: &Answer) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        self.history.accepted(Accepted {
            user: user.to_owned(),
            request_id: text(&body["requestId"]),
            generation: text(&answer.body["generationId"]).unwrap(),
            question: text(&body["userMessage"]).unwrap(),
        });
    }

    /// Whoever waited for `generation` was told that it is to stop, and how it stood then.
    pub fn stopped(&self, generation: &str, answer: &Answer) {
        let (at, question) = (self.record.elapsed(), self.question(generation));
        self.history.stopped(Stopped {
            generation: generation.to_owned(),
            question: question.clone(),
            status: answer.body["status"].as_str().unwrap().to_owned(),
            at_us: at.as_micros().try_into().unwrap(),
        });
        self.record.give_up_in(&question, STOP_TAKES);
    }

    /// A viewer has looked away, or come to the end.
    pub fn saw(&self, mut seen: Seen) {
        let is_end = |last: &SeqEvent| matches!(last.event, Event::Done { .. });
        seen.has_left = !seen.events.last().is_some_and(is_end);
        if !seen.has_left {
            self.record.give_up(&self.question(&seen.generation));
        }
        self.history.saw(seen);
    }
}
