//! What is known of a request before it is decided, and the decision.

use domain::id::GenerationId;
use ports::store::{Admission, NewGeneration, RequestFingerprint};

use crate::{
    error::Error,
    row::{Columns, FromColumns},
};

/// All that decides, in one row.
pub(super) const LOOK: &str = "SELECT same.id AS same_request, same.body_hash AS same_body_hash, \
     (SELECT id FROM generations WHERE id = ? AND user_id = ?) AS same_id, \
     EXISTS (SELECT 1 FROM chats WHERE id = ? AND user_id = ?) AS has_chat, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ? AND status IN ('queued', 'streaming') AND NOT held) AS in_flight, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ? AND held AND status = 'queued') AS held, \
     (SELECT id FROM generations \
         WHERE user_id = ? AND status IN ('queued', 'streaming') AND NOT held \
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest, \
     (SELECT id FROM generations \
         WHERE user_id = ? AND held AND status = 'queued' \
         ORDER BY created_at, id LIMIT 1) AS first_held \
     FROM (SELECT 1) AS always LEFT JOIN generations AS same \
     ON same.user_id = ? AND same.request_id = ? AND same.body_hash IS NOT NULL";

/// What is known of a request before it is decided.
pub(super) struct Look {
    same_request: Option<GenerationId>,
    same_body_hash: Option<Vec<u8>>,
    same_id: Option<GenerationId>,
    has_chat: bool,
    in_flight: u32,
    held: u32,
    newest: Option<GenerationId>,
    first_held: Option<GenerationId>,
}

/// What is to be done about a request.
pub(super) enum Decision {
    Write,
    Replay(GenerationId),
    Refuse(Admission),
}

impl Look {
    pub(super) fn decide(&self, new: &NewGeneration) -> Decision {
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
        match in_the_way.or(self.first_held.filter(|_| !new.may_pass)) {
            Some(other) => Decision::Refuse(Admission::Busy(other)),
            None => Decision::Write,
        }
    }

    fn decide_repeated(&self, id: GenerationId, asked: &RequestFingerprint) -> Decision {
        match &self.same_body_hash {
            Some(hash) if hash.as_slice() == asked.body_hash.as_slice() => Decision::Replay(id),
            _ => Decision::Refuse(Admission::Conflict),
        }
    }
}

impl FromColumns for Look {
    const TABLE: &'static str = "generations";
    const KEY: &'static str = "same_request";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            same_request: columns.maybe_id("same_request", GenerationId::from_uuid)?,
            same_body_hash: columns.get("same_body_hash")?,
            same_id: columns.maybe_id("same_id", GenerationId::from_uuid)?,
            has_chat: columns.get("has_chat")?,
            in_flight: columns.count("in_flight")?,
            held: columns.count("held")?,
            newest: columns.maybe_id("newest", GenerationId::from_uuid)?,
            first_held: columns.maybe_id("first_held", GenerationId::from_uuid)?,
        })
    }
}
