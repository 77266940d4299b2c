//! Chats.

use domain::{
    chat::Chat,
    id::{ChatId, GenerationId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A chat.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    id: ChatId,
    /// Empty until it is named by its owner or by its first message.
    title: String,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    /// When its last message or name came.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Timestamp,
}

impl From<Chat> for ChatShape {
    fn from(chat: Chat) -> Self {
        let Chat { id, title, created_at, updated_at, .. } = chat;
        Self { id, title, created_at, updated_at }
    }
}

/// A chat, with what goes on in it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatDetailShape {
    /// The chat.
    #[serde(flatten)]
    pub(crate) chat: ChatShape,
    /// The newest generation of the chat that is queued or streaming; one that waits for its turn only
    /// if there is no other.
    #[schema(value_type = Option<Uuid>)]
    pub(crate) active_generation_id: Option<GenerationId>,
}
