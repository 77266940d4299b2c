//! Generations that wait for their turn.

use std::slice;

use domain::{generation::Generation, id::UserId, time::Timestamp};
use ports::store::{GiveTurn, TurnGiven};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::{
    batch::Batch,
    error::Error,
    messages::{history, last_said},
    row::{Columns, FromColumns},
    store::PostgresStore,
};

/// The user's row gets a new version, as with an admission: one that waits for this turn looked before it,
/// and is to look again.
const OWNER: &str = "UPDATE users SET disabled = disabled WHERE id = $1";

/// The one that has waited longest, if there is room.
const NEXT: &str = "SELECT * FROM generations AS next \
     WHERE user_id = $1 AND held AND status = 'queued' \
     AND (SELECT count(*) FROM generations WHERE user_id = $1 \
         AND status IN ('queued', 'streaming') AND NOT held) < $2 \
     ORDER BY created_at, id LIMIT 1";

/// The chat first, as whoever deletes it does.
const CHAT: &str = "SELECT FROM chats WHERE id = $1 FOR KEY SHARE";

/// What a question follows, from the message that it named on: a question that was never asked, or is not yet, does not
/// count, but what that followed. The last one counts.
macro_rules! followed {
    () => {
        "WITH RECURSIVE followed (id, place) AS ( \
         SELECT $1::uuid, 1 \
         UNION ALL SELECT unasked.parent_id, place + 1 \
         FROM followed JOIN messages AS unasked ON unasked.id = followed.id \
         WHERE (SELECT bool_and(held OR (status = 'canceled' AND started_at IS NULL \
             AND assistant_message_id IS NULL)) \
             FROM generations WHERE user_message_id = unasked.id)) "
    };
}

const NAMED: &str = "SELECT parent_id FROM messages WHERE id = $1";

/// The question is asked now, after what was answered meanwhile: if it followed another question, it
/// follows the answer to it, and is later than that by any clock. One that was asked before, and is to be
/// answered once more, stays where it is: what was said after it follows it.
pub(crate) const ASK_NOW: &str = concat!(
    followed!(),
    ", asked AS (UPDATE messages SET parent_id = coalesce(answer.id, said.id), \
     created_at = greatest(messages.created_at, $3, \
         coalesce(answer.created_at, said.created_at) + interval '1 microsecond') \
     FROM (SELECT id FROM followed ORDER BY place DESC LIMIT 1) AS last \
     LEFT JOIN messages AS said ON said.id = last.id \
     LEFT JOIN messages AS answer ON answer.id = (SELECT id FROM messages AS one \
         WHERE said.role = 'user' AND one.chat_id = said.chat_id AND one.parent_id = said.id \
         AND one.role = 'assistant' ORDER BY one.created_at DESC LIMIT 1) \
     WHERE messages.id = $2 AND NOT EXISTS (SELECT 1 FROM generations AS earlier \
         WHERE earlier.chat_id = messages.chat_id AND earlier.user_message_id = messages.id \
         AND (earlier.created_at, earlier.id) < ($4, $5)) \
     RETURNING messages.chat_id AS asked_in, messages.created_at AS asked_at) \
     UPDATE chats SET said_at = greatest(",
    last_said!(),
    ", asked_at) FROM asked WHERE chats.id = asked_in"
);

/// Not before its question, so that the answer is not either.
const BEGIN: &str = "UPDATE generations SET held = false, idle_since = $2, \
     updated_at = greatest(updated_at, $2, \
         (SELECT created_at FROM messages WHERE id = generations.user_message_id)) \
     WHERE id = $1 AND held AND status = 'queued' RETURNING *";

/// Whoever has no room gets no turn, and is not looked at for one.
pub(crate) const WHO_WAITS: &str = "SELECT DISTINCT user_id FROM generations AS waiting \
     WHERE held AND status = 'queued' AND user_id > $1 \
     AND (SELECT count(*) FROM generations WHERE user_id = waiting.user_id \
         AND status IN ('queued', 'streaming') AND NOT held) < $2 \
     ORDER BY user_id LIMIT $3";

/// Somebody who waits.
struct Waiting(UserId);

impl FromColumns for Waiting {
    const TABLE: &'static str = "generations";
    const KEY: &'static str = "user_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(columns.id("user_id", UserId::from_uuid)?))
    }
}

/// Moves the question of `next` to where it is asked now.
async fn ask_now(
    connection: &mut PgConnection,
    next: &Generation,
    at: Timestamp,
) -> Result<(), Error> {
    let (question, id) = (next.user_message_id.as_uuid(), next.id.as_uuid());
    let named = sqlx::query(NAMED).bind(question).fetch_optional(&mut *connection).await?;
    let Some(named) = named else { return Ok(()) };
    let named: Option<Uuid> = named.try_get("parent_id")?;
    let asking = sqlx::query(ASK_NOW).bind(named).bind(question).bind(at);
    asking.bind(next.created_at).bind(id).execute(&mut *connection).await?;
    Ok(())
}

/// It is the turn of `next`, unless that was stopped or deleted just now.
async fn begin(
    connection: &mut PgConnection,
    turn: &GiveTurn<'_>,
    next: Generation,
    at: Timestamp,
) -> Result<Option<TurnGiven>, Error> {
    let (chat, question) = (next.chat_id, next.user_message_id);
    sqlx::query(CHAT).bind(chat.as_uuid()).execute(&mut *connection).await?;
    ask_now(connection, &next, at).await?;
    let begun = sqlx::query(BEGIN).bind(next.id.as_uuid()).bind(at);
    let Some(begun) = begun.fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let generation = Generation::from_row(&begun)?;
    let said = history(&mut *connection, chat, Some(question), turn.history).await?;
    let job = (turn.job)(&generation, said);
    let mut batch = Batch::unconditional();
    batch.push_outbox(slice::from_ref(&job));
    batch.execute(connection).await?;
    Ok(Some(TurnGiven { generation, job }))
}

impl PostgresStore {
    pub(super) async fn next_turn(
        &self,
        turn: &GiveTurn<'_>,
        at: Timestamp,
    ) -> Result<Option<TurnGiven>, Error> {
        // Mostly nobody waits, and nothing needs to be locked to see it.
        while self.waits(turn.user).await? {
            let mut tx = self.begin().await?;
            let user = turn.user.as_uuid();
            // Admissions of the user wait meanwhile.
            sqlx::query(OWNER).bind(user).execute(&mut *tx).await?;
            let query = sqlx::query(NEXT).bind(user).bind(i64::from(turn.max_in_flight));
            let Some(row) = query.fetch_optional(&mut *tx).await? else {
                tx.rollback().await?;
                return Ok(None);
            };
            if let Some(given) = begin(&mut tx, turn, Generation::from_row(&row)?, at).await? {
                tx.commit().await?;
                return Ok(Some(given));
            }
            tx.rollback().await?;
        }
        Ok(None)
    }

    async fn waits(&self, user: UserId) -> Result<bool, Error> {
        let query = sqlx::query(WAITS).bind(user.as_uuid());
        Ok(query.fetch_optional(&self.pool()).await?.is_some())
    }

    pub(super) async fn users_waiting(
        &self,
        after: Option<UserId>,
        max_in_flight: u32,
        limit: u32,
    ) -> Result<Vec<UserId>, Error> {
        let query = sqlx::query(WHO_WAITS)
            .bind(after.map(UserId::as_uuid).unwrap_or_default())
            .bind(i64::from(max_in_flight))
            .bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool()).await?;
        Ok(Waiting::from_rows(&rows)?.into_iter().map(|Waiting(user)| user).collect())
    }
}

pub(crate) const WAITS: &str =
    "SELECT 1 FROM generations WHERE user_id = $1 AND held AND status = 'queued' LIMIT 1";
