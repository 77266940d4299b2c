//! Messages.

use domain::{
    chat::{self, Message, Reach},
    id::{ChatId, GenerationId, MessageId, UserId},
    time::Timestamp,
};
use ports::store::{Cursor, MessageAppended, Page};
use sqlx::PgConnection;

use crate::{
    batch::{Batch, stored},
    chats::{behind, towards},
    error::Error,
    row::FromColumns,
    store::PostgresStore,
};

const INSERT: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     SELECT ?, ?, ?, ?, ?, ?, ? FROM decided";

const TOUCH_CHAT: &str = "UPDATE chats SET updated_at = greatest(updated_at, ?) FROM decided \
     WHERE id = ?";

// The same message again changes nothing, so that a write whose answer was lost can be repeated.
const APPEND: &str = "INSERT INTO messages (id, chat_id, role, content, generation_id, \
     created_at, parent_id) \
     SELECT ?, ?, ?, ?, ?, ?, ? FROM decided ON CONFLICT (id) DO NOTHING";

const IS_OWNER: &str = "SELECT 1 FROM chats WHERE id = $1 AND user_id = $2 FOR KEY SHARE";

pub(crate) const PAGE: &str = "SELECT messages.* FROM chats JOIN messages ON chat_id = chats.id \
     WHERE chats.id = $2 AND user_id = $1 \
     ORDER BY messages.created_at DESC, messages.id DESC LIMIT $3";

pub(crate) const PAGE_OLDER: &str = "SELECT messages.* FROM chats JOIN messages ON chat_id = chats.id \
     WHERE chats.id = $2 AND user_id = $1 \
     AND (messages.created_at, messages.id) < ($4, $5) \
     ORDER BY messages.created_at DESC, messages.id DESC LIMIT $3";

pub(crate) const PAGE_NEWER: &str = "SELECT messages.* FROM chats JOIN messages ON chat_id = chats.id \
     WHERE chats.id = $2 AND user_id = $1 \
     AND (messages.created_at, messages.id) > ($4, $5) \
     ORDER BY messages.created_at, messages.id LIMIT $3";

pub(crate) const HISTORY: &str = "SELECT * FROM messages WHERE chat_id = $1 \
     ORDER BY created_at DESC, id DESC LIMIT $2";

pub(crate) const HISTORY_TO: &str = "SELECT * FROM messages WHERE chat_id = $1 \
     AND (created_at, id) <= (SELECT created_at, id FROM messages WHERE id = $3 AND chat_id = $1) \
     ORDER BY created_at DESC, id DESC LIMIT $2";

/// The line from a message on, back to what it follows. Each step is another look into the index, which is dearer than
/// the next row of a page.
const WALK: &str = "WITH RECURSIVE line AS ( \
     SELECT messages.*, 1 AS place, octet_length(content)::bigint AS told FROM messages \
     WHERE id = $2 AND chat_id = $1 \
     UNION ALL SELECT said.*, place + 1, told + octet_length(said.content) \
     FROM line JOIN messages AS said ON said.id = line.parent_id \
     WHERE place < $3 AND told < $4) SELECT * FROM line ORDER BY place DESC";

impl Batch {
    /// Adds a message.
    pub(crate) fn push_message(&mut self, message: &Message) {
        self.push(INSERT).bind_message(message);
    }

    /// Notes that a chat got a message.
    pub(crate) fn push_chat_changed(&mut self, chat: ChatId, at: Timestamp) {
        self.push(TOUCH_CHAT).time(at).id(chat.as_uuid());
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
    ) -> Result<MessageAppended, Error> {
        let mut batch = Batch::unconditional();
        batch.push(APPEND).bind_message(message);
        batch.push_chat_changed(message.chat_id, message.created_at);
        let mut tx = self.begin().await?;
        let is_owner = sqlx::query(IS_OWNER)
            .bind(message.chat_id.as_uuid())
            .bind(owner.as_uuid())
            .fetch_optional(&mut *tx)
            .await?
            .is_some();
        if !is_owner {
            tx.rollback().await?;
            return Ok(MessageAppended::NotFound);
        }
        batch.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(MessageAppended::Appended)
    }

    pub(crate) async fn page_of_messages(
        &self,
        owner: UserId,
        chat: ChatId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<Message>>, Error> {
        let sql = towards(after, [PAGE, PAGE_OLDER, PAGE_NEWER]);
        let query =
            sqlx::query(sql).bind(owner.as_uuid()).bind(chat.as_uuid()).bind(i64::from(limit) + 1);
        let rows = behind(query, after).fetch_all(&self.pool).await?;
        if rows.is_empty() && self.find_chat(owner, chat).await?.is_none() {
            return Ok(None);
        }
        let place = |message: &Message| (message.created_at, message.id.as_uuid());
        Ok(Some(Page::of(Message::from_rows(&rows)?, limit, after, place)))
    }

    pub(crate) async fn history_of(
        &self,
        chat: ChatId,
        last: Option<MessageId>,
        reach: Reach,
    ) -> Result<Vec<Message>, Error> {
        let mut reader = self.pool.acquire().await?;
        history(&mut reader, chat, last, reach).await
    }
}

/// The line of a chat that ends with `last`, oldest first. Most lines are what was said last, and are read at once;
/// one that goes on before that is followed message by message.
pub(crate) async fn history(
    connection: &mut PgConnection,
    chat: ChatId,
    last: Option<MessageId>,
    reach: Reach,
) -> Result<Vec<Message>, Error> {
    let sql = if last.is_some() { HISTORY_TO } else { HISTORY };
    let query = sqlx::query(sql).bind(chat.as_uuid()).bind(i64::from(reach.messages));
    let query = match last {
        Some(last) => query.bind(last.as_uuid()),
        None => query,
    };
    let mut newest = Message::from_rows(&query.fetch_all(&mut *connection).await?)?;
    newest.reverse();
    let line = chat::line(newest);
    let Some((next, reach)) = reach.beyond(&line) else { return Ok(line) };
    let query = sqlx::query(WALK).bind(chat.as_uuid()).bind(next.as_uuid());
    let query = query.bind(i64::from(reach.messages)).bind(stored(reach.bytes));
    let mut before = Message::from_rows(&query.fetch_all(connection).await?)?;
    before.extend(line);
    Ok(before)
}
