//! What is known of a request before it is decided.

use domain::id::{GenerationId, MessageId};
use ports::store::Look;

use crate::{
    error::Error,
    row::{Columns, FromColumns},
};

/// All that decides, in one row.
pub(crate) const LOOK: &str = "SELECT same.id AS same_request, same.body_hash AS same_body_hash, \
     (SELECT id FROM generations WHERE id = ? AND user_id = ?) AS same_id, \
     EXISTS (SELECT 1 FROM chats WHERE id = ? AND user_id = ?) AS has_chat, \
     EXISTS (SELECT 1 FROM chats WHERE id = ? AND user_id = ? AND title = '') AS is_unnamed, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ? AND status IN ('queued', 'streaming') AND NOT held) AS in_flight, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ? AND held AND status = 'queued') AS held, \
     (SELECT id FROM generations \
         WHERE user_id = ? AND status IN ('queued', 'streaming') AND NOT held \
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest, \
     (SELECT id FROM generations \
         WHERE user_id = ? AND held AND status = 'queued' \
         ORDER BY created_at, id LIMIT 1) AS first_held, \
     (SELECT id FROM messages WHERE chat_id = ? \
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest_said \
     FROM (SELECT 1) AS always LEFT JOIN generations AS same \
     ON same.user_id = ? AND same.request_id = ? AND same.body_hash IS NOT NULL";

impl FromColumns for Look {
    const TABLE: &'static str = "generations";
    const KEY: &'static str = "same_request";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            same_request: columns.maybe_id("same_request", GenerationId::from_uuid)?,
            same_body_hash: columns.get("same_body_hash")?,
            same_id: columns.maybe_id("same_id", GenerationId::from_uuid)?,
            has_chat: columns.get("has_chat")?,
            is_unnamed: columns.get("is_unnamed")?,
            in_flight: columns.count("in_flight")?,
            held: columns.count("held")?,
            newest: columns.maybe_id("newest", GenerationId::from_uuid)?,
            first_held: columns.maybe_id("first_held", GenerationId::from_uuid)?,
            newest_said: columns.maybe_id("newest_said", MessageId::from_uuid)?,
        })
    }
}
