//! What clients asked for, what they were answered, and what they saw.

use std::sync::{Arc, Mutex};

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
    /// The events, in the order in which they came.
    pub events: Vec<SeqEvent>,
}

/// What happened on the clients' side. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct History(Arc<Mutex<Entries>>);

#[derive(Debug, Clone, Default)]
struct Entries {
    accepted: Vec<Accepted>,
    seen: Vec<Seen>,
    refused: Vec<String>,
}

impl History {
    pub fn accepted(&self, accepted: Accepted) {
        self.0.lock().unwrap().accepted.push(accepted);
    }

    pub fn saw(&self, generation: &str, events: Vec<SeqEvent>) {
        let generation = generation.to_owned();
        self.0.lock().unwrap().seen.push(Seen { generation, events });
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

    pub fn all_refused(&self) -> Vec<String> {
        self.0.lock().unwrap().refused.clone()
    }
}
