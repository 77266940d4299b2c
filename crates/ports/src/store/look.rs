//! What a store knows of a request before it decides about it, and the decision: the same in every store.

use domain::id::{GenerationId, MessageId};

use super::{Admission, NewGeneration, RequestFingerprint};

/// What is known of a request before it is decided. All of it is read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The generation that the user's request of the same name made.
    pub same_request: Option<GenerationId>,
    /// What was asked with it.
    pub same_body_hash: Option<Vec<u8>>,
    /// The very generation, if it was written before.
    pub same_id: Option<GenerationId>,
    /// Whether the chat is there, and the user's.
    pub has_chat: bool,
    /// Whether that chat has no name yet.
    pub is_unnamed: bool,
    /// How many of the user's are queued or streaming, those held not counted.
    pub in_flight: u32,
    /// How many of the user's are held.
    pub held: u32,
    /// The newest of those in flight.
    pub newest: Option<GenerationId>,
    /// The one held whose turn comes first.
    pub first_held: Option<GenerationId>,
    /// The newest message of the chat.
    pub newest_said: Option<MessageId>,
}

/// What is to be done about a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// All of it is written.
    Write,
    /// This generation is the answer.
    Replay(GenerationId),
    /// Nothing is written.
    Refuse(Admission),
}

impl Look {
    /// Decides about `new`.
    #[must_use]
    pub fn decide(&self, new: &NewGeneration) -> Decision {
        if let (Some(id), Some(asked)) = (self.same_request, &new.fingerprint) {
            return self.decide_repeated(id, asked);
        }
        // The very same call again, since its answer was lost.
        if let Some(id) = self.same_id {
            return Decision::Replay(id);
        }
        if !self.has_chat {
            return Decision::Refuse(Admission::NoSuchChat);
        }
        if new.generation.held {
            let is_full = self.held >= new.max_held;
            return if is_full { Decision::Refuse(Admission::Full) } else { Decision::Write };
        }
        let in_the_way = self.newest.filter(|_| self.in_flight >= new.max_in_flight);
        match (in_the_way, self.first_held) {
            (Some(other), _) => Decision::Refuse(Admission::Busy(other)),
            (None, Some(first)) if !new.may_pass => Decision::Refuse(Admission::Behind(first)),
            (None, _) if self.overtakes(new) => Decision::Refuse(Admission::Overtaken),
            (None, _) => Decision::Write,
        }
    }

    fn overtakes(&self, new: &NewGeneration) -> bool {
        let follows = new.message.as_ref().filter(|_| new.follows_newest);
        follows.is_some_and(|message| message.parent_id != self.newest_said)
    }

    fn decide_repeated(&self, id: GenerationId, asked: &RequestFingerprint) -> Decision {
        match &self.same_body_hash {
            Some(hash) if hash.as_slice() == asked.body_hash.as_slice() => Decision::Replay(id),
            _ => Decision::Refuse(Admission::Conflict),
        }
    }
}
