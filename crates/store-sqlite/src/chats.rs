//! Chats.

use async_trait::async_trait;
use domain::{
    chat::{Chat, Message, Reach},
    id::{ChatId, MessageId, UserId},
    time::Timestamp,
};
use ports::store::{
    ChatChange, Chats, Cursor, MessageAppended, Page, ShownMessage, StoreError, Towards,
};

use crate::{
    error::Error,
    row::{Columns, FromColumns},
    store::SqliteStore,
};

// The same chat again changes nothing, so that a write whose answer was lost can be repeated.
const CREATE: &str = "INSERT INTO chats (id, user_id, title, created_at, updated_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING";

const FIND: &str = "SELECT * FROM chats WHERE id = ?1 AND user_id = ?2";

const OWNER: &str = "SELECT user_id FROM chats WHERE id = ?1";

pub(crate) const SEARCH: &str = "SELECT * FROM chats WHERE user_id = ?1 AND (title LIKE ?2 ESCAPE '!' \
     OR EXISTS (SELECT 1 FROM messages WHERE chat_id = chats.id AND content LIKE ?2 ESCAPE '!')) \
     ORDER BY updated_at DESC, id DESC LIMIT ?3";

const RENAME: &str = "UPDATE chats SET title = ?3, updated_at = max(updated_at, ?4) \
     WHERE id = ?1 AND user_id = ?2 RETURNING *";

const DELETE: &str = "DELETE FROM chats WHERE id = ?1 AND user_id = ?2 RETURNING *";

pub(crate) const LIST: &str = "SELECT * FROM chats WHERE user_id = ?1 \
     ORDER BY updated_at DESC, id DESC LIMIT ?2";

pub(crate) const LIST_OLDER: &str = "SELECT * FROM chats \
     WHERE user_id = ?1 AND (updated_at, id) < (?3, ?4) \
     ORDER BY updated_at DESC, id DESC LIMIT ?2";

pub(crate) const LIST_NEWER: &str = "SELECT * FROM chats \
     WHERE user_id = ?1 AND (updated_at, id) > (?3, ?4) \
     ORDER BY updated_at, id LIMIT ?2";

#[async_trait]
impl Chats for SqliteStore {
    async fn create(&self, chat: &Chat) -> Result<(), StoreError> {
        Ok(self.create_chat(chat).await?)
    }

    async fn find(&self, owner: UserId, id: ChatId) -> Result<Option<Chat>, StoreError> {
        Ok(self.find_chat(owner, id).await?)
    }

    async fn owner(&self, id: ChatId) -> Result<Option<UserId>, StoreError> {
        Ok(self.owner_of_chat(id).await?)
    }

    async fn search(&self, owner: UserId, text: &str, limit: u32) -> Result<Vec<Chat>, StoreError> {
        Ok(self.search_chats(owner, text, limit).await?)
    }

    async fn rename(
        &self,
        owner: UserId,
        id: ChatId,
        title: &str,
        at: Timestamp,
    ) -> Result<ChatChange, StoreError> {
        let query = sqlx::query(RENAME)
            .bind(id.to_string())
            .bind(owner.to_string())
            .bind(title)
            .bind(at.timestamp_micros());
        Ok(self.change_chat(query).await?)
    }

    async fn delete(&self, owner: UserId, id: ChatId) -> Result<ChatChange, StoreError> {
        let query = sqlx::query(DELETE).bind(id.to_string()).bind(owner.to_string());
        Ok(self.change_chat(query).await?)
    }

    async fn list(
        &self,
        owner: UserId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Chat>, StoreError> {
        Ok(self.list_chats(owner, after, limit).await?)
    }

    async fn messages(
        &self,
        owner: UserId,
        chat: ChatId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<ShownMessage>>, StoreError> {
        Ok(self.page_of_messages(owner, chat, after, limit).await?)
    }

    async fn append(
        &self,
        owner: UserId,
        message: &Message,
        title: &str,
    ) -> Result<MessageAppended, StoreError> {
        Ok(self.append_message(owner, message, title).await?)
    }

    async fn history(
        &self,
        chat: ChatId,
        last: Option<MessageId>,
        reach: Reach,
    ) -> Result<Vec<Message>, StoreError> {
        Ok(self.history_of(chat, last, reach).await?)
    }

    async fn when_said(
        &self,
        chat: ChatId,
        id: Option<MessageId>,
    ) -> Result<Option<(MessageId, Timestamp)>, StoreError> {
        Ok(self.said_in(chat, id).await?)
    }
}

/// Whose a chat is.
struct Owner(UserId);

impl FromColumns for Owner {
    const TABLE: &'static str = "chats";
    const KEY: &'static str = "user_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(columns.id("user_id")?))
    }
}

/// What is like `text` wherever it stands.
fn pattern(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// A statement with its values.
type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

impl SqliteStore {
    async fn create_chat(&self, chat: &Chat) -> Result<(), Error> {
        let mut writer = self.writer.turn().await?;
        sqlx::query(CREATE)
            .bind(chat.id.to_string())
            .bind(chat.owner.to_string())
            .bind(&chat.title)
            .bind(chat.created_at.timestamp_micros())
            .bind(chat.updated_at.timestamp_micros())
            .execute(&mut *writer)
            .await?;
        Ok(())
    }

    pub(crate) async fn find_chat(&self, owner: UserId, id: ChatId) -> Result<Option<Chat>, Error> {
        let query = sqlx::query(FIND).bind(id.to_string()).bind(owner.to_string());
        let row = query.fetch_optional(&self.readers).await?;
        row.as_ref().map(Chat::from_row).transpose()
    }

    async fn owner_of_chat(&self, id: ChatId) -> Result<Option<UserId>, Error> {
        let query = sqlx::query(OWNER).bind(id.to_string());
        let row = query.fetch_optional(&self.readers).await?;
        row.as_ref().map(Owner::from_row).transpose().map(|owner| owner.map(|Owner(id)| id))
    }

    async fn search_chats(
        &self,
        owner: UserId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Chat>, Error> {
        let rows = sqlx::query(SEARCH)
            .bind(owner.to_string())
            .bind(pattern(text))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        Chat::from_rows(&rows)
    }

    /// Executes a statement that changes at most one chat and returns it.
    async fn change_chat(&self, query: Query) -> Result<ChatChange, Error> {
        let mut writer = self.writer.turn().await?;
        // To the last row, since the statement commits when it is done.
        let rows = query.fetch_all(&mut *writer).await?;
        let chat = rows.first().map(Chat::from_row).transpose()?;
        Ok(chat.map_or(ChatChange::NotFound, ChatChange::Changed))
    }

    async fn list_chats(
        &self,
        owner: UserId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Chat>, Error> {
        let sql = towards(after, [LIST, LIST_OLDER, LIST_NEWER]);
        let query = sqlx::query(sql).bind(owner.to_string()).bind(i64::from(limit) + 1);
        let query = behind(query, after);
        let chats = Chat::from_rows(&query.fetch_all(&self.readers).await?)?;
        Ok(Page::of(chats, limit, after, |chat| (chat.updated_at, chat.id.as_uuid())))
    }
}

/// Which of three statements reads a page: the first of all, or the older or newer ones beside `from`.
pub(crate) fn towards(
    from: Option<Cursor>,
    [first, older, newer]: [&'static str; 3],
) -> &'static str {
    match from.map(|from| from.towards) {
        None => first,
        Some(Towards::Older) => older,
        Some(Towards::Newer) => newer,
    }
}

/// Gives the next two parameters the cursor's values, if there is one.
pub(crate) fn behind(query: Query, after: Option<Cursor>) -> Query {
    match after {
        Some(cursor) => query.bind(cursor.at.timestamp_micros()).bind(cursor.id.to_string()),
        None => query,
    }
}
