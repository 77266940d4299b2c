//! What clients asked for, what they were answered, and what they saw.

use std::sync::{Arc, Mutex};

use domain::event::SeqEvent;

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
}

impl History {
    pub fn accepted(&self, accepted: Accepted) {
        self.0.lock().unwrap().accepted.push(accepted);
    }

    pub fn saw(&self, generation: &str, events: Vec<SeqEvent>) {
        let generation = generation.to_owned();
        self.0.lock().unwrap().seen.push(Seen { generation, events });
    }

    pub fn all_accepted(&self) -> Vec<Accepted> {
        self.0.lock().unwrap().accepted.clone()
    }

    pub fn all_seen(&self) -> Vec<Seen> {
        self.0.lock().unwrap().seen.clone()
    }
}
