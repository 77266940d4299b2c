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
    store::PostgresStore,
    text::kept,
};

// The same chat again changes nothing, so that a write whose answer was lost can be repeated.
const CREATE: &str = "INSERT INTO chats (id, user_id, title, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";

const FIND: &str = "SELECT * FROM chats WHERE id = $1 AND user_id = $2";

const OWNER: &str = "SELECT user_id FROM chats WHERE id = $1";

// One value for each chat, not EXISTS: behind OR that may be answered by reading the messages of everybody once.
pub(crate) const SEARCH: &str = "SELECT * FROM chats WHERE user_id = $1 AND (title ILIKE $2 ESCAPE '!' \
     OR (SELECT true FROM messages WHERE chat_id = chats.id AND content ILIKE $2 ESCAPE '!' LIMIT 1)) \
     ORDER BY updated_at DESC, id DESC LIMIT $3";

const RENAME: &str = "UPDATE chats SET title = $3, updated_at = greatest(updated_at, $4) \
     WHERE id = $1 AND user_id = $2 RETURNING *";

const DELETE: &str = "DELETE FROM chats WHERE id = $1 AND user_id = $2 RETURNING *";

pub(crate) const LIST: &str = "SELECT * FROM chats WHERE user_id = $1 \
     ORDER BY updated_at DESC, id DESC LIMIT $2";

pub(crate) const LIST_OLDER: &str = "SELECT * FROM chats \
     WHERE user_id = $1 AND (updated_at, id) < ($3, $4) \
     ORDER BY updated_at DESC, id DESC LIMIT $2";

pub(crate) const LIST_NEWER: &str = "SELECT * FROM chats \
     WHERE user_id = $1 AND (updated_at, id) > ($3, $4) \
     ORDER BY updated_at, id LIMIT $2";

#[async_trait]
impl Chats for PostgresStore {
    async fn create(&self, chat: &Chat) -> Result<(), StoreError> {
        self.timed(self.create_chat(chat)).await
    }

    async fn find(&self, owner: UserId, id: ChatId) -> Result<Option<Chat>, StoreError> {
        self.timed(self.find_chat(owner, id)).await
    }

    async fn owner(&self, id: ChatId) -> Result<Option<UserId>, StoreError> {
        self.timed(self.owner_of_chat(id)).await
    }

    async fn search(&self, owner: UserId, text: &str, limit: u32) -> Result<Vec<Chat>, StoreError> {
        self.timed(self.search_chats(owner, text, limit)).await
    }

    async fn rename(
        &self,
        owner: UserId,
        id: ChatId,
        title: &str,
        at: Timestamp,
    ) -> Result<ChatChange, StoreError> {
        let query = sqlx::query(RENAME)
            .bind(id.as_uuid())
            .bind(owner.as_uuid())
            .bind(kept(title).into_owned())
            .bind(at);
        self.timed(self.change_chat(query)).await
    }

    async fn delete(&self, owner: UserId, id: ChatId) -> Result<ChatChange, StoreError> {
        let query = sqlx::query(DELETE).bind(id.as_uuid()).bind(owner.as_uuid());
        self.timed(self.change_chat(query)).await
    }

    async fn list(
        &self,
        owner: UserId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Chat>, StoreError> {
        self.timed(self.list_chats(owner, after, limit)).await
    }

    async fn messages(
        &self,
        owner: UserId,
        chat: ChatId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<ShownMessage>>, StoreError> {
        self.timed(self.page_of_messages(owner, chat, after, limit)).await
    }

    async fn append(
        &self,
        owner: UserId,
        message: &Message,
        title: &str,
    ) -> Result<MessageAppended, StoreError> {
        self.timed(self.append_message(owner, message, title)).await
    }

    async fn history(
        &self,
        chat: ChatId,
        last: Option<MessageId>,
        reach: Reach,
    ) -> Result<Vec<Message>, StoreError> {
        self.timed(self.history_of(chat, last, reach)).await
    }

    async fn when_said(
        &self,
        chat: ChatId,
        id: Option<MessageId>,
    ) -> Result<Option<(MessageId, Timestamp)>, StoreError> {
        self.timed(self.said_in(chat, id)).await
    }
}

/// Whose a chat is.
struct Owner(UserId);

impl FromColumns for Owner {
    const TABLE: &'static str = "chats";
    const KEY: &'static str = "user_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(columns.id("user_id", UserId::from_uuid)?))
    }
}

/// What is like `text` wherever it stands.
fn pattern(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// A statement with its values.
type Query = sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>;

impl PostgresStore {
    async fn create_chat(&self, chat: &Chat) -> Result<(), Error> {
        sqlx::query(CREATE)
            .bind(chat.id.as_uuid())
            .bind(chat.owner.as_uuid())
            .bind(kept(&chat.title).into_owned())
            .bind(chat.created_at)
            .bind(chat.updated_at)
            .execute(&self.pool())
            .await?;
        Ok(())
    }

    pub(crate) async fn find_chat(&self, owner: UserId, id: ChatId) -> Result<Option<Chat>, Error> {
        let query = sqlx::query(FIND).bind(id.as_uuid()).bind(owner.as_uuid());
        let row = query.fetch_optional(&self.pool()).await?;
        row.as_ref().map(Chat::from_row).transpose()
    }

    async fn owner_of_chat(&self, id: ChatId) -> Result<Option<UserId>, Error> {
        let query = sqlx::query(OWNER).bind(id.as_uuid());
        let row = query.fetch_optional(&self.pool()).await?;
        row.as_ref().map(Owner::from_row).transpose().map(|owner| owner.map(|Owner(id)| id))
    }

    async fn search_chats(
        &self,
        owner: UserId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Chat>, Error> {
        let rows = sqlx::query(SEARCH)
            .bind(owner.as_uuid())
            .bind(pattern(&kept(text)))
            .bind(i64::from(limit))
            .fetch_all(&self.pool())
            .await?;
        Chat::from_rows(&rows)
    }

    /// Executes a statement that changes at most one chat and returns it.
    async fn change_chat(&self, query: Query) -> Result<ChatChange, Error> {
        // To the last row, since the statement commits when it is done.
        let rows = query.fetch_all(&self.pool()).await?;
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
        let query = sqlx::query(sql).bind(owner.as_uuid()).bind(i64::from(limit) + 1);
        let query = behind(query, after);
        let chats = Chat::from_rows(&query.fetch_all(&self.pool()).await?)?;
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
        Some(cursor) => query.bind(cursor.at).bind(cursor.id),
        None => query,
    }
}
