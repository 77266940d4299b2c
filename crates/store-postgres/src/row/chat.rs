//! Rows of `chats` and `messages`.

use domain::{
    chat::{Chat, Message, Speaker},
    id::{ChatId, GenerationId, MessageId, UserId},
};
use ports::store::{ShownMessage, TokensSpent};

use super::{Columns, FromColumns};
use crate::error::Error;

impl FromColumns for Chat {
    const TABLE: &'static str = "chats";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: columns.id("id", ChatId::from_uuid)?,
            owner: columns.id("user_id", UserId::from_uuid)?,
            title: columns.text("title")?,
            created_at: columns.time("created_at")?,
            updated_at: columns.time("updated_at")?,
        })
    }
}

impl FromColumns for Message {
    const TABLE: &'static str = "messages";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: columns.id("id", MessageId::from_uuid)?,
            chat_id: columns.id("chat_id", ChatId::from_uuid)?,
            role: columns.known("role", Speaker::from_name)?,
            content: columns.text("content")?,
            parent_id: columns.maybe_id("parent_id", MessageId::from_uuid)?,
            generation_id: columns.maybe_id("generation_id", GenerationId::from_uuid)?,
            created_at: columns.time("created_at")?,
        })
    }
}

impl FromColumns for ShownMessage {
    const TABLE: &'static str = "messages";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let [input, output] =
            ["input_tokens", "output_tokens"].map(|column| columns.maybe_count(column));
        let spent = TokensSpent::of(input?.unwrap_or_default(), output?.unwrap_or_default());
        Ok(Self { message: Message::read(columns)?, spent })
    }
}
