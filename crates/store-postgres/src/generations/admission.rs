//! Accepting a generation.

use domain::{id::GenerationId, time::Timestamp};
use ports::store::{Admission, NewGeneration, RequestFingerprint};
use sqlx::{Connection, PgConnection, Row};

use super::find;
use crate::{
    batch::Batch,
    error::Error,
    row::{Columns, FromColumns},
    store::PostgresStore,
};

/// All that decides, in one row.
const LOOK: &str = "SELECT same.id AS same_request, same.body_hash AS same_body_hash, \
     (SELECT id FROM generations WHERE id = ? AND user_id = ?) AS same_id, \
     EXISTS (SELECT 1 FROM chats WHERE id = ? AND user_id = ?) AS has_chat, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ? AND status IN ('queued', 'streaming') AND NOT held) AS in_flight, \
     (SELECT count(*) FROM generations \
         WHERE user_id = ? AND held AND status = 'queued') AS held, \
     (SELECT id FROM generations \
         WHERE user_id = ? AND status IN ('queued', 'streaming') AND NOT held \
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest \
     FROM (SELECT 1) AS always LEFT JOIN generations AS same \
     ON same.user_id = ? AND same.request_id = ? AND same.body_hash IS NOT NULL";

/// The user's row, if the look allows it. It gets a new version with every admission and every turn given,
/// and was to be in the one that the look saw: a row whose lock was waited for is seen as it is by then, everything else as
/// it was at the beginning of the statement.
const OWNER: &str = "UPDATE users SET disabled = disabled FROM look WHERE users.id = ? \
     AND same_request IS NULL AND same_id IS NULL AND has_chat \
     AND CASE WHEN ? THEN held < ? ELSE newest IS NULL OR in_flight < ? END \
     AND users.xmin::text = (SELECT xmin::text FROM users WHERE id = ?) RETURNING users.id";

/// The chat after its owner, in the order of whoever deletes both.
const CHAT: &str = "SELECT true AS done FROM chats \
     WHERE id = ? AND user_id = (SELECT id FROM owner) FOR KEY SHARE";

const ANSWER: &str = "SELECT look.*, EXISTS (SELECT FROM decided) AS written FROM look";

const LOCK: &str = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE";

const NAME_CHAT: &str = "UPDATE chats SET title = CASE WHEN title = '' THEN ? ELSE title END, \
     updated_at = greatest(updated_at, ?) FROM decided WHERE id = ?";

/// What is known of a request before it is decided.
struct Look {
    same_request: Option<GenerationId>,
    same_body_hash: Option<Vec<u8>>,
    same_id: Option<GenerationId>,
    has_chat: bool,
    in_flight: u32,
    held: u32,
    newest: Option<GenerationId>,
}

/// What is to be done about a request.
enum Decision {
    Write,
    Replay(GenerationId),
    Refuse(Admission),
}

impl Look {
    fn decide(&self, new: &NewGeneration) -> Decision {
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
        match self.newest {
            Some(newest) if self.in_flight >= new.max_in_flight => {
                Decision::Refuse(Admission::Busy(newest))
            }
            _ => Decision::Write,
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
        })
    }
}

impl PostgresStore {
    pub(super) async fn admit_generation(
        &self,
        new: &NewGeneration,
        at: Timestamp,
    ) -> Result<Admission, Error> {
        let mut connection = self.pool.acquire().await?;
        if let Some(admission) = admit_at_once(&mut connection, new, at).await? {
            return Ok(admission);
        }
        // Another request of this user came first; this one now waits for its turn.
        loop {
            let mut tx = connection.begin().await?;
            let owner = new.generation.user_id.as_uuid();
            sqlx::query(LOCK).bind(owner).execute(&mut *tx).await?;
            let admission = admit_at_once(&mut tx, new, at).await?;
            tx.commit().await?;
            if let Some(admission) = admission {
                return Ok(admission);
            }
        }
    }
}

/// Looks, decides and writes in one statement; none if what it saw was out of date by then. All of it on one
/// connection: those who wait for the same lock may have every other one.
async fn admit_at_once(
    connection: &mut PgConnection,
    new: &NewGeneration,
    at: Timestamp,
) -> Result<Option<Admission>, Error> {
    let row = writes(new, at).fetch(ANSWER, &mut *connection).await?;
    if row.try_get("written")? {
        return Ok(Some(Admission::Created));
    }
    match Look::from_row(&row)?.decide(new) {
        Decision::Write => Ok(None),
        Decision::Refuse(refusal) => Ok(Some(refusal)),
        Decision::Replay(id) => {
            let found = find(connection, id).await?;
            Ok(found.map(|found| Admission::Replayed(Box::new(found))))
        }
    }
}

/// The look, and all that an accepted generation writes.
fn writes(new: &NewGeneration, at: Timestamp) -> Batch {
    let generation = &new.generation;
    let (owner, chat) = (generation.user_id.as_uuid(), generation.chat_id.as_uuid());
    let mut batch = Batch::beginning_with("look", LOOK);
    batch.id(generation.id.as_uuid()).id(owner).id(chat).id(owner).id(owner).id(owner).id(owner);
    batch.id(owner);
    batch.maybe_text(new.fingerprint.as_ref().map(|known| &known.request_id));
    batch
        .push_named("owner", OWNER)
        .id(owner)
        .bind(generation.held)
        .bind(i64::from(new.max_held))
        .bind(i64::from(new.max_in_flight))
        .id(owner);
    batch.push_named("decided", CHAT).id(chat);
    if let Some(message) = &new.message {
        batch.push_message(message);
    }
    batch.push_generation(generation, new.fingerprint.as_ref());
    batch.push(NAME_CHAT).text(&new.chat_title).time(at).id(chat);
    batch.push_outbox(&new.outbox);
    batch
}
