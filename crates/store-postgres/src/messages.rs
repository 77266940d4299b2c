//! Messages.

mod line;

use domain::{
    chat::Message,
    id::{ChatId, GenerationId, MessageId, UserId},
    time::Timestamp,
};
use ports::store::{Cursor, MessageAppended, PAGE_TEXT, Page, ShownMessage};
use sqlx::{Row, ValueRef, postgres::PgRow};

use crate::{
    batch::{Batch, stored},
    chats::{behind, towards},
    error::Error,
    row::{Columns, FromColumns},
    store::PostgresStore,
};

pub(crate) use line::history;
#[cfg(test)]
pub(crate) use line::{HISTORY, HISTORY_TO};

const INSERT: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     SELECT ?, ?, ?, ?, ?, ?, ? FROM decided";

/// When the last message of a chat was said. Every one that is added changes the chat's row, and so sees who came before.
macro_rules! last_said {
    () => {
        "coalesce(said_at, (SELECT max(messages.created_at) FROM messages WHERE chat_id = chats.id))"
    };
}
pub(crate) use last_said;

const NAME_CHAT: &str = concat!(
    "UPDATE chats SET title = CASE WHEN title = '' THEN ? ELSE title END, \
     updated_at = greatest(updated_at, ?), said_at = greatest(",
    last_said!(),
    ", ?) FROM decided WHERE id = ?"
);

/// An answer is said after all that is there, whatever time it is where its end was heard of.
const SAY_ANSWER: &str = concat!(
    "UPDATE chats SET updated_at = greatest(updated_at, ?), said_at = greatest(?, ",
    last_said!(),
    " + interval '1 microsecond') FROM decided WHERE id = ? RETURNING said_at"
);

const ANSWER: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     SELECT ?, ?, ?, ?, ?, greatest(?, said_at), ? FROM said";

// The same message again changes nothing, so that a write whose answer was lost can be repeated.
const APPEND: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     SELECT ?, ?, ?, ?, ?, ?, ? FROM decided ON CONFLICT (id) DO NOTHING";

/// It is changed right away: of two messages at once, one names it.
const IS_UNNAMED: &str = "SELECT title = '' FROM chats WHERE id = $1 AND user_id = $2 \
     FOR NO KEY UPDATE";

/// A page of messages, nearest first. A message before which there is too much text comes without its own, which tells
/// that one follows; the length of a long text is known without reading it.
macro_rules! page {
    ($beside:literal, $nearest:literal) => {
        concat!(
            "SELECT nearest.id, nearest.chat_id, nearest.role, generation_id, nearest.created_at, \
             parent_id, \
             CASE WHEN told - octet_length(content) < $4 THEN content END AS content, \
             input_tokens, output_tokens \
             FROM (SELECT *, sum(octet_length(content)) OVER (ORDER BY ",
            $nearest,
            " ROWS UNBOUNDED PRECEDING) AS told FROM messages \
             WHERE chat_id = (SELECT id FROM chats WHERE id = $2 AND user_id = $1) ",
            $beside,
            " ORDER BY ",
            $nearest,
            " LIMIT $3) AS nearest \
             LEFT JOIN generations ON generations.id = nearest.generation_id ORDER BY ",
            $nearest
        )
    };
}

pub(crate) const PAGE: &str = page!("", "created_at DESC, id DESC");

pub(crate) const PAGE_OLDER: &str =
    page!("AND (created_at, id) < ($5, $6)", "created_at DESC, id DESC");

pub(crate) const PAGE_NEWER: &str = page!("AND (created_at, id) > ($5, $6)", "created_at, id");

pub(crate) const SAID: &str = "SELECT id, created_at FROM messages WHERE id = $2 AND chat_id = $1";

pub(crate) const SAID_LAST: &str = "SELECT id, created_at FROM messages WHERE chat_id = $1 \
     ORDER BY created_at DESC, id DESC LIMIT 1";

/// Where a message stands.
struct Said(MessageId, Timestamp);

impl FromColumns for Said {
    const TABLE: &'static str = "messages";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(columns.id("id", MessageId::from_uuid)?, columns.time("created_at")?))
    }
}

impl Batch {
    /// Adds a message.
    pub(crate) fn push_message(&mut self, message: &Message) {
        self.push(INSERT).bind_message(message);
    }

    /// Notes that a chat got a message at `said`, if it is a new one, and calls it `title` if it has no name yet.
    pub(crate) fn push_chat_named(
        &mut self,
        chat: ChatId,
        title: &str,
        at: Timestamp,
        said: Option<Timestamp>,
    ) {
        self.push(NAME_CHAT).text(title).time(at).maybe_time(said).id(chat.as_uuid());
    }

    /// Adds an answer, behind all that its chat has.
    pub(crate) fn push_answer(&mut self, answer: &Message) {
        let at = answer.created_at;
        self.push_named("said", SAY_ANSWER).time(at).time(at).id(answer.chat_id.as_uuid());
        self.push(ANSWER).bind_message(answer);
    }

    fn bind_message(&mut self, message: &Message) {
        self.id(message.id.as_uuid())
            .id(message.chat_id.as_uuid())
            .text(message.role.as_str())
            .text(&message.content)
            .maybe_id(message.generation_id.map(GenerationId::as_uuid))
            .time(message.created_at)
            .maybe_id(message.parent_id.map(MessageId::as_uuid));
    }
}

impl PostgresStore {
    pub(crate) async fn append_message(
        &self,
        owner: UserId,
        message: &Message,
        title: &str,
    ) -> Result<MessageAppended, Error> {
        let mut batch = Batch::unconditional();
        batch.push(APPEND).bind_message(message);
        let at = message.created_at;
        batch.push_chat_named(message.chat_id, title, at, Some(at));
        let mut tx = self.begin().await?;
        let is_unnamed: Option<bool> = sqlx::query_scalar(IS_UNNAMED)
            .bind(message.chat_id.as_uuid())
            .bind(owner.as_uuid())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(is_unnamed) = is_unnamed else {
            tx.rollback().await?;
            return Ok(MessageAppended::NotFound);
        };
        batch.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(MessageAppended::Appended { named: is_unnamed && !title.is_empty() })
    }

    pub(crate) async fn page_of_messages(
        &self,
        owner: UserId,
        chat: ChatId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<ShownMessage>>, Error> {
        let sql = towards(after, [PAGE, PAGE_OLDER, PAGE_NEWER]);
        let query = sqlx::query(sql).bind(owner.as_uuid()).bind(chat.as_uuid());
        let query = query.bind(i64::from(limit) + 1).bind(stored(PAGE_TEXT));
        let rows = behind(query, after).fetch_all(&self.pool()).await?;
        if rows.is_empty() && self.find_chat(owner, chat).await?.is_none() {
            return Ok(None);
        }
        let on_page = rows.iter().take(limit as usize).take_while(|row| has_text(row)).count();
        let place = |shown: &ShownMessage| (shown.message.created_at, shown.message.id.as_uuid());
        let items = ShownMessage::from_rows(&rows[..on_page])?;
        Ok(Some(Page::ending(items, on_page < rows.len(), after, place)))
    }

    pub(crate) async fn said_in(
        &self,
        chat: ChatId,
        id: Option<MessageId>,
    ) -> Result<Option<(MessageId, Timestamp)>, Error> {
        let query = sqlx::query(if id.is_some() { SAID } else { SAID_LAST }).bind(chat.as_uuid());
        let query = match id {
            Some(id) => query.bind(id.as_uuid()),
            None => query,
        };
        let row = query.fetch_optional(&self.pool()).await?;
        let said = row.as_ref().map(Said::from_row).transpose()?;
        Ok(said.map(|Said(id, at)| (id, at)))
    }
}

fn has_text(row: &PgRow) -> bool {
    row.try_get_raw("content").is_ok_and(|text| !text.is_null())
}
