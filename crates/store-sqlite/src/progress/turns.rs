//! Generations that wait for their turn.

use std::slice;

use domain::{generation::Generation, id::UserId, time::Timestamp};
use ports::store::{GiveTurn, TurnGiven};
use sqlx::{Row, SqliteConnection};

use crate::{
    batch::Batch,
    error::Error,
    messages::{SAY_QUESTION, history},
    row::{Columns, FromColumns},
    store::SqliteStore,
    writer::begin,
};

/// The one that has waited longest, if there is room.
const NEXT: &str = "SELECT * FROM generations AS next \
     WHERE user_id = ?1 AND held = 1 AND status = 'queued' \
     AND (SELECT count(*) FROM generations WHERE user_id = ?1 \
         AND status IN ('queued', 'streaming') AND held = 0) < ?2 \
     ORDER BY created_at, id LIMIT 1";

/// What a question follows, from the message that it named on: a question that was never asked, or is not yet, does not
/// count, but what that followed. The last one counts.
macro_rules! followed {
    () => {
        "WITH RECURSIVE followed (id, place) AS ( \
         SELECT ?1, 1 \
         UNION ALL SELECT unasked.parent_id, place + 1 \
         FROM followed JOIN messages AS unasked ON unasked.id = followed.id \
         WHERE (SELECT min(held = 1 OR (status = 'canceled' AND started_at IS NULL \
             AND assistant_message_id IS NULL)) \
             FROM generations WHERE user_message_id = unasked.id)) "
    };
}

const NAMED: &str = "SELECT parent_id FROM messages WHERE id = ?1";

/// The question is asked now, after what was answered meanwhile: if it followed another question, it
/// follows the answer to it, and is later than that by any clock. One that was asked before, and is to be
/// answered once more, stays where it is: what was said after it follows it.
pub(crate) const ASK_NOW: &str = concat!(
    followed!(),
    "UPDATE messages SET parent_id = coalesce(answer.id, said.id), \
     created_at = max(messages.created_at, ?3, \
         coalesce(answer.created_at, said.created_at, 0) + 1) \
     FROM (SELECT id FROM followed ORDER BY place DESC LIMIT 1) AS last \
     LEFT JOIN messages AS said ON said.id = last.id \
     LEFT JOIN messages AS answer ON answer.id = (SELECT id FROM messages AS one \
         WHERE said.role = 'user' AND one.chat_id = said.chat_id AND one.parent_id = said.id \
         AND one.role = 'assistant' ORDER BY one.created_at DESC LIMIT 1) \
     WHERE messages.id = ?2 AND NOT EXISTS (SELECT 1 FROM generations AS earlier \
         WHERE earlier.chat_id = messages.chat_id AND earlier.user_message_id = messages.id \
         AND (earlier.created_at, earlier.id) < (?4, ?5))"
);

/// Not before its question, so that the answer is not either.
const BEGIN: &str = "UPDATE generations SET held = 0, idle_since = ?2, \
     updated_at = max(updated_at, ?2, coalesce( \
         (SELECT created_at FROM messages WHERE id = generations.user_message_id), 0)) \
     WHERE id = ?1 RETURNING *";

/// Whoever has no room gets no turn, and is not looked at for one.
pub(crate) const WHO_WAITS: &str = "SELECT DISTINCT user_id FROM generations AS waiting \
     WHERE held = 1 AND status = 'queued' AND user_id > ?1 \
     AND (SELECT count(*) FROM generations WHERE user_id = waiting.user_id \
         AND status IN ('queued', 'streaming') AND held = 0) < ?2 \
     ORDER BY user_id LIMIT ?3";

/// Somebody who waits.
struct Waiting(UserId);

impl FromColumns for Waiting {
    const TABLE: &'static str = "generations";
    const KEY: &'static str = "user_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(columns.id("user_id")?))
    }
}

/// Moves the question of `next` to where it is asked now, in microseconds.
async fn ask_now(
    connection: &mut SqliteConnection,
    next: &Generation,
    at: i64,
) -> Result<(), Error> {
    let (question, id) = (next.user_message_id.to_string(), next.id.to_string());
    let accepted_at = next.created_at.timestamp_micros();
    let named = sqlx::query(NAMED).bind(&question).fetch_optional(&mut *connection).await?;
    let Some(named) = named else { return Ok(()) };
    let named: Option<String> = named.try_get("parent_id")?;
    let asking = sqlx::query(ASK_NOW).bind(&named).bind(&question).bind(at);
    asking.bind(accepted_at).bind(&id).execute(&mut *connection).await?;
    let chat = next.chat_id.to_string();
    sqlx::query(SAY_QUESTION).bind(chat).execute(&mut *connection).await?;
    Ok(())
}

async fn begin_turn(
    connection: &mut SqliteConnection,
    turn: &GiveTurn<'_>,
    next: Generation,
    at: Timestamp,
) -> Result<TurnGiven, Error> {
    let (id, at_micros) = (next.id.to_string(), at.timestamp_micros());
    let (chat, question) = (next.chat_id, next.user_message_id);
    ask_now(connection, &next, at_micros).await?;
    let begun = sqlx::query(BEGIN).bind(id).bind(at_micros).fetch_one(&mut *connection).await?;
    let generation = Generation::from_row(&begun)?;
    let said = history(&mut *connection, chat, Some(question), turn.history).await?;
    let job = (turn.job)(&generation, said);
    let mut batch = Batch::default();
    batch.push_outbox(slice::from_ref(&job));
    batch.execute(connection).await?;
    Ok(TurnGiven { generation, job })
}

impl SqliteStore {
    pub(super) async fn next_turn(
        &self,
        turn: &GiveTurn<'_>,
        at: Timestamp,
    ) -> Result<Option<TurnGiven>, Error> {
        // Mostly nobody waits, and nothing needs to be locked to see it.
        if !self.waits(turn.user).await? {
            return Ok(None);
        }
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let query =
            sqlx::query(NEXT).bind(turn.user.to_string()).bind(i64::from(turn.max_in_flight));
        let Some(row) = query.fetch_optional(&mut *tx).await? else {
            tx.rollback().await?;
            return Ok(None);
        };
        let given = begin_turn(&mut tx, turn, Generation::from_row(&row)?, at).await?;
        tx.commit().await?;
        Ok(Some(given))
    }

    async fn waits(&self, user: UserId) -> Result<bool, Error> {
        let query = sqlx::query(WAITS).bind(user.to_string());
        Ok(query.fetch_optional(&self.readers).await?.is_some())
    }

    pub(super) async fn users_waiting(
        &self,
        after: Option<UserId>,
        max_in_flight: u32,
        limit: u32,
    ) -> Result<Vec<UserId>, Error> {
        let query = sqlx::query(WHO_WAITS)
            .bind(after.map(|user| user.to_string()).unwrap_or_default())
            .bind(i64::from(max_in_flight))
            .bind(i64::from(limit));
        let rows = query.fetch_all(&self.readers).await?;
        Ok(Waiting::from_rows(&rows)?.into_iter().map(|Waiting(user)| user).collect())
    }
}

const WAITS: &str =
    "SELECT 1 FROM generations WHERE user_id = ?1 AND held = 1 AND status = 'queued' LIMIT 1";
