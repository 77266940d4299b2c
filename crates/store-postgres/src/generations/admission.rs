//! Accepting a generation.

use domain::{chat::Message, id::MessageId, time::Timestamp};
use ports::store::{Admission, Decision, Look, NewGeneration};
use sqlx::{Connection, PgConnection, Row};

use super::{find, look::LOOK};
use crate::{batch::Batch, error::Error, row::FromColumns, store::PostgresStore};

/// Whether the look allows it, and whether there is room for as many more as can be on their way unseen: one on
/// each connection of the server.
const ALLOWED: &str = "SELECT NOT ? AND NOT ? \
     AND in_flight + current_setting('max_connections')::bigint < ? AS roomy \
     FROM look WHERE same_request IS NULL AND same_id IS NULL AND has_chat \
     AND CASE WHEN ? THEN held < ? \
         ELSE (newest IS NULL OR in_flight < ?) AND (? OR first_held IS NULL) \
             AND (? OR newest_said IS NOT DISTINCT FROM ?) END";

/// The user's row, for whoever needs it alone. It gets a new version with each of these and every turn given,
/// and was to be in the one that the look saw: a row whose lock was waited for is seen as it is by then, everything else as
/// it was at the beginning of the statement. Who shares the row leaves its version as it is, so where some may, nobody
/// gets it without the lock.
const OWNER: &str = "UPDATE users SET disabled = disabled FROM allowed WHERE users.id = ? \
     AND NOT roomy AND (? OR ? OR ? <= current_setting('max_connections')::bigint) \
     AND users.xmin::text = (SELECT xmin::text FROM users WHERE id = ?) RETURNING users.id";

/// The user's row, beside others where there is room. Whoever needs it alone waits until these are done, and ends
/// those that looked before.
const GUEST: &str = "SELECT users.id FROM users, allowed WHERE users.id = ? AND roomy \
     AND users.xmin::text = (SELECT xmin::text FROM users WHERE id = ?) FOR SHARE OF users";

/// The chat after its owner, in the order of whoever deletes both.
const CHAT: &str = "SELECT true AS done FROM chats \
     WHERE id = ? AND user_id = (SELECT id FROM owner UNION ALL SELECT id FROM guest) \
     FOR KEY SHARE";

/// The same where the question has to follow the newest message. Whoever adds one changes the chat's row, or gives a turn,
/// which changes the user's. So the row, of which nobody makes another version while it is locked, has to be in the one that
/// the look saw, as with the user's.
const CHAT_AS_SEEN: &str = "SELECT true AS done FROM chats \
     WHERE id = ? AND user_id = (SELECT id FROM owner UNION ALL SELECT id FROM guest) \
     AND xmin::text = (SELECT xmin::text FROM chats WHERE id = ?) \
     FOR NO KEY UPDATE";

const ANSWER: &str = "SELECT look.*, EXISTS (SELECT FROM decided) AS written FROM look";

const LOCK: &str = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE";

/// How an admission comes to the user's row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing is locked yet.
    AtOnce,
    /// Its transaction has locked the row for itself.
    Locked,
}

impl PostgresStore {
    pub(super) async fn admit_generation(
        &self,
        new: &NewGeneration,
        at: Timestamp,
    ) -> Result<Admission, Error> {
        let mut connection = self.pool().acquire().await?;
        match admit_in_one(&mut connection, new, at, Way::AtOnce).await {
            Ok(Some(admission)) => return Ok(admission),
            Ok(None) => {}
            // The same request beside this one.
            Err(error) if error.is_duplicate() => {}
            Err(error) => return Err(error),
        }
        // Another request of this user came first; this one now waits for its turn.
        loop {
            let mut tx = connection.begin().await?;
            let owner = new.generation.user_id.as_uuid();
            sqlx::query(LOCK).bind(owner).execute(&mut *tx).await?;
            let admission = admit_in_one(&mut tx, new, at, Way::Locked).await?;
            tx.commit().await?;
            if let Some(admission) = admission {
                return Ok(admission);
            }
        }
    }
}

/// Looks, decides and writes in one statement; none if what it saw was out of date by then. All of it on one
/// connection: those who wait for the same lock may have every other one.
async fn admit_in_one(
    connection: &mut PgConnection,
    new: &NewGeneration,
    at: Timestamp,
    way: Way,
) -> Result<Option<Admission>, Error> {
    let row = writes(new, at, way).fetch(ANSWER, &mut *connection).await?;
    let look = Look::from_row(&row)?;
    if row.try_get("written")? {
        let named = look.is_unnamed && !new.chat_title.is_empty();
        return Ok(Some(Admission::Created { named }));
    }
    match look.decide(new) {
        Decision::Write => Ok(None),
        Decision::Refuse(refusal) => Ok(Some(refusal)),
        Decision::Replay(id) => {
            let found = find(connection, id).await?;
            Ok(found.map(|found| Admission::Replayed(Box::new(found))))
        }
    }
}

/// The look, and all that an accepted generation writes.
fn writes(new: &NewGeneration, at: Timestamp, way: Way) -> Batch {
    let generation = &new.generation;
    let chat = generation.chat_id.as_uuid();
    let mut batch = Batch::beginning_with("look", LOOK);
    batch.bind_look(new);
    batch.push_owner(new, way);
    if follows(new).is_some() && !generation.held {
        batch.push_named("decided", CHAT_AS_SEEN).id(chat).id(chat);
    } else {
        batch.push_named("decided", CHAT).id(chat);
    }
    if let Some(message) = &new.message {
        batch.push_message(message);
    }
    batch.push_generation(generation, new.fingerprint.as_ref());
    let said = new.message.as_ref().map(|message| message.created_at);
    batch.push_chat_named(generation.chat_id, &new.chat_title, at, said);
    batch.push_outbox(&new.outbox);
    batch.push_audit(&new.audit);
    batch
}

/// The question, if it has to follow the newest message.
fn follows(new: &NewGeneration) -> Option<&Message> {
    new.message.as_ref().filter(|_| new.follows_newest)
}

impl Batch {
    fn bind_look(&mut self, new: &NewGeneration) {
        let (owner, chat) = (new.generation.user_id.as_uuid(), new.generation.chat_id.as_uuid());
        self.id(new.generation.id.as_uuid()).id(owner).id(chat).id(owner).id(chat).id(owner);
        self.id(owner).id(owner).id(owner).id(owner).id(chat).id(owner);
        self.maybe_text(new.fingerprint.as_ref().map(|known| &known.request_id));
    }

    /// Takes the user's row, alone or beside others.
    fn push_owner(&mut self, new: &NewGeneration, way: Way) {
        let (owner, is_held) = (new.generation.user_id.as_uuid(), new.generation.held);
        let (is_locked, most) = (way == Way::Locked, i64::from(new.max_in_flight));
        self.push_named("allowed", ALLOWED).bind(is_held).bind(is_locked).bind(most);
        self.bind(is_held).bind(i64::from(new.max_held)).bind(most).bind(new.may_pass);
        let follows = follows(new);
        let parent = follows.and_then(|message| message.parent_id).map(MessageId::as_uuid);
        self.bind(follows.is_none()).maybe_id(parent);
        self.push_named("owner", OWNER).id(owner).bind(is_held).bind(is_locked).bind(most);
        self.id(owner);
        self.push_named("guest", GUEST).id(owner).id(owner);
    }
}
