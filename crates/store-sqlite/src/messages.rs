//! Messages.

mod line;

use domain::{
    chat::Message,
    id::{ChatId, MessageId, UserId},
    time::Timestamp,
};
use ports::store::{Cursor, MessageAppended, PAGE_TEXT, Page, ShownMessage};
use sqlx::{Row, ValueRef, sqlite::SqliteRow};

use crate::{
    batch::{Batch, stored},
    chats::{behind, towards},
    error::Error,
    row::{Columns, FromColumns},
    store::SqliteStore,
    writer::begin,
};

pub(crate) use line::history;
#[cfg(test)]
pub(crate) use line::{HISTORY, HISTORY_TO, WALK};

const INSERT: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     VALUES (?, ?, ?, ?, ?, ?, ?)";

/// When the last message of a chat was said.
macro_rules! last_said {
    () => {
        "coalesce(said_at, (SELECT max(created_at) FROM messages WHERE chat_id = chats.id), 0)"
    };
}

const NAME_CHAT: &str = concat!(
    "UPDATE chats SET title = iif(title = '', ?, title), updated_at = max(updated_at, ?), \
     said_at = max(",
    last_said!(),
    ", coalesce(?, 0)) WHERE id = ?"
);

/// An answer is said after all that is there, whatever time it is where its end was heard of.
const SAY_ANSWER: &str = concat!(
    "UPDATE chats SET updated_at = max(updated_at, ?), said_at = max(?, ",
    last_said!(),
    " + 1) WHERE id = ?"
);

const DATE_ANSWER: &str = "UPDATE messages SET created_at = \
     max(created_at, (SELECT said_at FROM chats WHERE chats.id = chat_id)) WHERE id = ?";

/// It is said as late as it came to be.
pub(crate) const SAY_QUESTION: &str = "UPDATE chats SET said_at = max(coalesce(said_at, 0), \
     (SELECT max(created_at) FROM messages WHERE chat_id = chats.id)) WHERE id = ?1";

// The same message again changes nothing, so that a write whose answer was lost can be repeated.
const APPEND: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

const IS_UNNAMED: &str = "SELECT title = '' FROM chats WHERE id = ?1 AND user_id = ?2";

/// A page of messages, nearest first. A message before which there is too much text comes without anything, which tells
/// that one follows. The lengths alone are summed up: a text that stood among them would be read, and kept until they
/// are.
macro_rules! page {
    ($beside:literal, $nearest:literal) => {
        concat!(
            "SELECT messages.*, input_tokens, output_tokens FROM (SELECT place, sum(size) OVER (ORDER BY ",
            $nearest,
            " ROWS UNBOUNDED PRECEDING) - size AS before \
             FROM (SELECT rowid AS place, created_at, id, octet_length(content) AS size \
                 FROM messages \
                 WHERE chat_id = (SELECT id FROM chats WHERE id = ?2 AND user_id = ?1) ",
            $beside,
            " ORDER BY ",
            $nearest,
            " LIMIT ?3)) AS nearest \
             LEFT JOIN messages ON messages.rowid = place AND before < ?4 \
             LEFT JOIN generations ON generations.id = messages.generation_id"
        )
    };
}

pub(crate) const PAGE: &str = page!("", "created_at DESC, id DESC");

pub(crate) const PAGE_OLDER: &str =
    page!("AND (created_at, id) < (?5, ?6)", "created_at DESC, id DESC");

pub(crate) const PAGE_NEWER: &str = page!("AND (created_at, id) > (?5, ?6)", "created_at, id");

pub(crate) const SAID: &str = "SELECT id, created_at FROM messages WHERE id = ?2 AND chat_id = ?1";

pub(crate) const SAID_LAST: &str = "SELECT id, created_at FROM messages WHERE chat_id = ?1 \
     ORDER BY created_at DESC, id DESC LIMIT 1";

/// Where a message stands.
struct Said(MessageId, Timestamp);

impl FromColumns for Said {
    const TABLE: &'static str = "messages";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(columns.id("id")?, columns.time("created_at")?))
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
        self.push(NAME_CHAT).bind(title.to_owned()).time(at).maybe_time(said).text(&chat);
    }

    /// Adds an answer, behind all that its chat has.
    pub(crate) fn push_answer(&mut self, answer: &Message) {
        let at = answer.created_at;
        self.push(SAY_ANSWER).time(at).time(at).text(&answer.chat_id);
        self.push_message(answer);
        self.push(DATE_ANSWER).text(&answer.id);
    }

    fn bind_message(&mut self, message: &Message) {
        self.text(&message.id)
            .text(&message.chat_id)
            .text(message.role.as_str())
            .bind(message.content.clone())
            .maybe_text(message.generation_id)
            .time(message.created_at)
            .maybe_text(message.parent_id);
    }
}

impl SqliteStore {
    pub(crate) async fn append_message(
        &self,
        owner: UserId,
        message: &Message,
        title: &str,
    ) -> Result<MessageAppended, Error> {
        let mut batch = Batch::default();
        batch.push(APPEND).bind_message(message);
        let at = message.created_at;
        batch.push_chat_named(message.chat_id, title, at, Some(at));
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let is_unnamed: Option<bool> = sqlx::query_scalar(IS_UNNAMED)
            .bind(message.chat_id.to_string())
            .bind(owner.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(is_unnamed) = is_unnamed else {
            tx.rollback().await?;
            return Ok(MessageAppended::NotFound);
        };
        batch.execute(&mut tx).await?;
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
        let query = sqlx::query(sql).bind(owner.to_string()).bind(chat.to_string());
        let query = query.bind(i64::from(limit) + 1).bind(stored(PAGE_TEXT));
        let rows = behind(query, after).fetch_all(&self.readers).await?;
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
        let query = sqlx::query(if id.is_some() { SAID } else { SAID_LAST }).bind(chat.to_string());
        let query = match id {
            Some(id) => query.bind(id.to_string()),
            None => query,
        };
        let row = query.fetch_optional(&self.readers).await?;
        let said = row.as_ref().map(Said::from_row).transpose()?;
        Ok(said.map(|Said(id, at)| (id, at)))
    }
}

fn has_text(row: &SqliteRow) -> bool {
    row.try_get_raw("content").is_ok_and(|text| !text.is_null())
}
