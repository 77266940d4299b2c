//! What a user's other pages and devices are told while it happens.

use serde::{Deserialize, Serialize};

use crate::{
    generation::{Generation, Status},
    id::{ChatId, GenerationId, UserId},
};

/// Something that happened to what a user has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Whose it is.
    pub user_id: UserId,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum News {
    /// A generation was accepted, began, waits, or ended.
    Generation {
        /// Which one.
        generation_id: GenerationId,
        /// Where.
        chat_id: ChatId,
        /// Where it is now.
        status: Status,
    },
    /// A chat was made or named.
    Chat {
        /// Which one.
        chat_id: ChatId,
        /// Its name now.
        title: String,
    },
    /// A chat was deleted.
    Deleted {
        /// Which one.
        chat_id: ChatId,
    },
}

impl Notice {
    /// Where `generation` is now.
    #[must_use]
    pub const fn of(generation: &Generation) -> Self {
        let news = News::Generation {
            generation_id: generation.id,
            chat_id: generation.chat_id,
            status: generation.state.status,
        };
        Self { user_id: generation.user_id, news }
    }
}

impl News {
    /// The chat that it happened in.
    #[must_use]
    pub const fn chat_id(&self) -> ChatId {
        match self {
            Self::Generation { chat_id, .. }
            | Self::Chat { chat_id, .. }
            | Self::Deleted { chat_id } => *chat_id,
        }
    }
}
