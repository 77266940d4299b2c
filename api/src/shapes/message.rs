//! Messages.

use domain::{
    chat::{Message, Speaker},
    id::{ChatId, GenerationId, MessageId},
    time::Timestamp,
};
use ports::store::{ShownMessage, TokensSpent};
use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// A message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    id: MessageId,
    /// The chat it stands in.
    #[schema(value_type = Uuid)]
    chat_id: ChatId,
    /// Who speaks: `user`, `assistant` or `system`.
    #[schema(schema_with = words::speaker)]
    role: Speaker,
    /// What is said.
    content: String,
    /// Which message it follows; null for one that begins the chat. Messages with one parent are siblings.
    #[schema(value_type = Option<Uuid>)]
    parent_id: Option<MessageId>,
    /// The generation that wrote it, for an answer; for a question that is the newest message, on a page
    /// asked for without a cursor, the latest one asked for with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    generation_id: Option<GenerationId>,
    /// Tokens of prompts that the answer took, all its attempts together; absent of what is no answer, and where
    /// nothing was spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    /// Tokens of the answer, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    /// When it was stored.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl From<Message> for MessageShape {
    fn from(message: Message) -> Self {
        let Message { id, chat_id, role, content, parent_id, generation_id, created_at } = message;
        Self {
            id,
            chat_id,
            role,
            content,
            parent_id,
            generation_id,
            input_tokens: None,
            output_tokens: None,
            created_at,
        }
    }
}

impl From<ShownMessage> for MessageShape {
    fn from(ShownMessage { message, spent }: ShownMessage) -> Self {
        let input_tokens = spent.map(|TokensSpent { input, .. }| input);
        let output_tokens = spent.map(|TokensSpent { output, .. }| output);
        Self { input_tokens, output_tokens, ..message.into() }
    }
}
