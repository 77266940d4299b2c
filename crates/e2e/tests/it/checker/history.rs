//! What clients asked for, what they were answered, and what they saw.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use domain::event::SeqEvent;
use simulated_provider::CallView;

/// A request that was answered with 202.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Whose.
    pub user: String,
    /// By what name it was sent, if it had one.
    pub request_id: Option<String>,
    /// The generation it was answered with.
    pub generation: String,
    /// The words of the question, which no other question of the run has.
    pub question: String,
}

impl Accepted {
    /// Whether `call` is one for this question. What was asked before and has no answer stands before it.
    pub fn is_put_in(&self, call: &CallView) -> bool {
        call.question.ends_with(&self.question)
    }
}

/// One viewer: everything it was sent about one generation, over all its connections.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Of which generation.
    pub generation: String,
    /// Behind which event it began to look; 0 for the beginning.
    pub after: u64,
    /// The events, in the order in which they came.
    pub events: Vec<SeqEvent>,
    /// Whether it looked away before the end.
    pub has_left: bool,
}

/// A wish to stop that was answered.
#[derive(Debug, Clone)]
pub struct Stopped {
    /// Of which generation.
    pub generation: String,
    /// Its question, as in [`Accepted`].
    pub question: String,
    /// How the generation stood then, as the answer said.
    pub status: String,
    /// When that was, in microseconds since the provider started.
    pub at_us: u64,
}

/// What happened when to the installation as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A fault was over.
    FaultOver,
    /// A viewer was told the end of an answer.
    Answered,
}

/// What happened on the clients' side. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct History(Arc<Mutex<Entries>>);

#[derive(Debug, Clone, Default)]
struct Entries {
    accepted: Vec<Accepted>,
    seen: Vec<Seen>,
    refused: Vec<String>,
    stopped: Vec<Stopped>,
    marks: Vec<(Instant, Mark)>,
}

impl History {
    pub fn accepted(&self, accepted: Accepted) {
        self.0.lock().unwrap().accepted.push(accepted);
    }

    pub fn saw(&self, seen: Seen) {
        self.0.lock().unwrap().seen.push(seen);
    }

    pub fn stopped(&self, stopped: Stopped) {
        self.0.lock().unwrap().stopped.push(stopped);
    }

    /// `mark` is to be set at the time `at`.
    pub fn mark_at(&self, at: Instant, mark: Mark) {
        self.0.lock().unwrap().marks.push((at, mark));
    }

    /// The same, now.
    pub fn mark(&self, mark: Mark) {
        self.mark_at(Instant::now(), mark);
    }

    /// Something was asked for and not given; `what` says what, and why not.
    pub fn refused(&self, what: String) {
        self.0.lock().unwrap().refused.push(what);
    }

    pub fn all_accepted(&self) -> Vec<Accepted> {
        self.0.lock().unwrap().accepted.clone()
    }

    pub fn all_seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().seen.clone()
    }

    pub fn all_stopped(&self) -> Vec<Stopped> {
        self.0.lock().unwrap().stopped.clone()
    }

    /// All marks in the order of their times.
    pub fn all_marks(&self) -> Vec<(Instant, Mark)> {
        let mut marks = self.0.lock().unwrap().marks.clone();
        marks.sort_unstable();
        marks
    }

    /// Whether a fault was over, and nobody was told the end of an answer since.
    pub fn owes_an_answer(&self) -> bool {
        self.all_marks().last().is_some_and(|(_, mark)| *mark == Mark::FaultOver)
    }

    pub fn all_refused(&self) -> Vec<String> {
        self.0.lock().unwrap().refused.clone()
    }
}
