//! Chats and messages. The owner is always an argument: a foreign chat is as if it did not exist.

use async_trait::async_trait;
use domain::{
    chat::{Chat, Message, Reach},
    id::{ChatId, MessageId, UserId},
    time::Timestamp,
};

use super::{Cursor, Page, StoreError};

/// What became of a change to a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatChange {
    /// This is the chat now, or was until it was deleted.
    Changed(Chat),
    /// There is no such chat of this owner.
    NotFound,
}

/// What became of an appended message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAppended {
    /// It is there.
    Appended {
        /// Whether the chat had no name yet: it has one now.
        named: bool,
    },
    /// There is no such chat of this owner.
    NotFound,
}

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMessage {
    /// The message.
    pub message: Message,
    /// What the answer took; none of any other message, and where nothing is known to be spent.
    pub spent: Option<TokensSpent>,
}

/// The tokens that an answer took, all its attempts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokensSpent {
    /// Of prompts.
    pub input: u64,
    /// Of answers.
    pub output: u64,
}

impl TokensSpent {
    /// So many; none if there are none.
    #[must_use]
    pub const fn of(input: u64, output: u64) -> Option<Self> {
        if input == 0 && output == 0 { None } else { Some(Self { input, output }) }
    }
}

/// How much text a page of messages holds, in bytes, beside the message that goes beyond it. A page of the longest
/// messages would else be as long as a hundred of them.
pub const PAGE_TEXT: u64 = 1024 * 1024;

/// Chats and messages.
#[async_trait]
pub trait Chats: Send + Sync {
    /// Keeps a new chat.
    async fn create(&self, chat: &Chat) -> Result<(), StoreError>;

    /// One chat of `owner`.
    async fn find(&self, owner: UserId, id: ChatId) -> Result<Option<Chat>, StoreError>;

    /// Whose a chat is. For the control plane itself.
    async fn owner(&self, id: ChatId) -> Result<Option<UserId>, StoreError>;

    /// The owner's chats whose name or any message contains `text`, whatever its case (at least of ASCII
    /// letters), the latest changed first, at most `limit`.
    async fn search(&self, owner: UserId, text: &str, limit: u32) -> Result<Vec<Chat>, StoreError>;

    /// Names a chat.
    async fn rename(
        &self,
        owner: UserId,
        id: ChatId,
        title: &str,
        at: Timestamp,
    ) -> Result<ChatChange, StoreError>;

    /// Deletes a chat with its messages and generations. What was booked stays in the books. A
    /// generation under way is gone with it: its later reports are answered as unknown.
    async fn delete(&self, owner: UserId, id: ChatId) -> Result<ChatChange, StoreError>;

    /// The owner's chats, the latest changed first.
    async fn list(
        &self,
        owner: UserId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Chat>, StoreError>;

    /// A chat's messages, newest first, each answer with what it took; none when there is no such chat of this owner.
    /// A page ends, before its `limit`, with the message with which it has [`PAGE_TEXT`] bytes of text: its cursors
    /// go on right there, and no more is read.
    async fn messages(
        &self,
        owner: UserId,
        chat: ChatId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<ShownMessage>>, StoreError>;

    /// Adds a message without asking for an answer, and calls the chat `title` if it has no name yet.
    async fn append(
        &self,
        owner: UserId,
        message: &Message,
        title: &str,
    ) -> Result<MessageAppended, StoreError>;

    /// The line of a chat that ends with `last`, or with the newest message, oldest first: each message and the one
    /// it follows, wherever in the chat that is, as far back as `reach` says. Empty where the chat has no such
    /// message. No text beyond its reach is read. For the control plane itself: takes no owner.
    async fn history(
        &self,
        chat: ChatId,
        last: Option<MessageId>,
        reach: Reach,
    ) -> Result<Vec<Message>, StoreError>;

    /// Which message of a chat `id` names, or which is the newest, and when it was said; none where the chat has no such
    /// message. Its text is not read. For the control plane itself: takes no owner.
    async fn when_said(
        &self,
        chat: ChatId,
        id: Option<MessageId>,
    ) -> Result<Option<(MessageId, Timestamp)>, StoreError>;
}
