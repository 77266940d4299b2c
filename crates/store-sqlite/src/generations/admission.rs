//! Accepting a generation.

use domain::time::Timestamp;
use ports::store::{Admission, Decision, Look, NewGeneration};
use sqlx::SqliteConnection;

use super::find;
use crate::{
    batch::Batch,
    error::Error,
    row::{Columns, FromColumns},
    store::SqliteStore,
    writer::begin,
};

/// All that decides, in one row.
pub(crate) const LOOK: &str = "SELECT same.id AS same_request, same.body_hash AS same_body_hash, \
     (SELECT id FROM generations WHERE id = ?3 AND user_id = ?1) AS same_id, \
     EXISTS (SELECT 1 FROM chats WHERE id = ?4 AND user_id = ?1) AS has_chat, \
     EXISTS (SELECT 1 FROM chats WHERE id = ?4 AND user_id = ?1 AND title = '') AS is_unnamed, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ?1 AND status IN ('queued', 'streaming') AND held = 0) AS in_flight, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ?1 AND held = 1 AND status = 'queued') AS held, \
     (SELECT id FROM generations \
         WHERE user_id = ?1 AND status IN ('queued', 'streaming') AND held = 0 \
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest, \
     (SELECT id FROM generations \
         WHERE user_id = ?1 AND held = 1 AND status = 'queued' \
         ORDER BY created_at, id LIMIT 1) AS first_held, \
     (SELECT id FROM messages WHERE chat_id = ?4 \
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest_said \
     FROM (SELECT 1) LEFT JOIN generations AS same \
     ON same.user_id = ?1 AND same.request_id = ?2 AND same.body_hash IS NOT NULL";

impl FromColumns for Look {
    const TABLE: &'static str = "generations";
    const KEY: &'static str = "same_request";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            same_request: columns.maybe_id("same_request")?,
            same_body_hash: columns.get("same_body_hash")?,
            same_id: columns.maybe_id("same_id")?,
            has_chat: columns.get("has_chat")?,
            is_unnamed: columns.get("is_unnamed")?,
            in_flight: columns.count("in_flight")?,
            held: columns.count("held")?,
            newest: columns.maybe_id("newest")?,
            first_held: columns.maybe_id("first_held")?,
            newest_said: columns.maybe_id("newest_said")?,
        })
    }
}

impl SqliteStore {
    pub(super) async fn admit_generation(
        &self,
        new: &NewGeneration,
        at: Timestamp,
    ) -> Result<Admission, Error> {
        let batch = writes(new, at);
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let look = look(&mut tx, new).await?;
        match look.decide(new) {
            Decision::Write => {
                batch.execute(&mut tx).await?;
                tx.commit().await?;
                Ok(Admission::Created { named: look.is_unnamed && !new.chat_title.is_empty() })
            }
            Decision::Replay(id) => {
                let found = find(&mut tx, id).await?;
                tx.rollback().await?;
                let found = found.ok_or(sqlx::Error::RowNotFound)?;
                Ok(Admission::Replayed(Box::new(found)))
            }
            Decision::Refuse(refusal) => {
                tx.rollback().await?;
                Ok(refusal)
            }
        }
    }
}

/// All that an accepted generation writes, made before the writer's turn.
fn writes(new: &NewGeneration, at: Timestamp) -> Batch {
    let mut batch = Batch::default();
    if let Some(message) = &new.message {
        batch.push_message(message);
    }
    batch.push_generation(&new.generation, new.fingerprint.as_ref());
    let said = new.message.as_ref().map(|message| message.created_at);
    batch.push_chat_named(new.generation.chat_id, &new.chat_title, at, said);
    batch.push_outbox(&new.outbox);
    batch.push_audit(&new.audit);
    batch
}

async fn look(connection: &mut SqliteConnection, new: &NewGeneration) -> Result<Look, Error> {
    let generation = &new.generation;
    let row = sqlx::query(LOOK)
        .bind(generation.user_id.to_string())
        .bind(new.fingerprint.as_ref().map(|known| known.request_id.as_str()))
        .bind(generation.id.to_string())
        .bind(generation.chat_id.to_string())
        .fetch_one(connection)
        .await?;
    Look::from_row(&row)
}
