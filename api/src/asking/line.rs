//! What is said before a message, and up to a question.

use domain::{
    chat::{Message, Reach, Speaker},
    id::{ChatId, MessageId, UserId},
    time::{Timestamp, after},
};

use super::{Follows, Question, history_of};
use crate::{app::App, error::ApiError};

/// What was said before a new message that follows what `follows` says, oldest first.
pub(crate) async fn line_before(
    app: &App,
    user: UserId,
    chat: ChatId,
    follows: Follows,
) -> Result<Vec<Message>, ApiError> {
    match follows {
        Follows::Nothing => Ok(Vec::new()),
        Follows::Newest => Ok(app.ports.chats.history(chat, None, reach(app)).await?),
        Follows::Message(id) => {
            let wrong = "must be the id of a message of this chat, or null";
            line_of(app, user, chat, id).await?.ok_or_else(|| ApiError::invalid("/parentId", wrong))
        }
    }
}

/// When a message that ends `line` is said, by a clock that says `at`: later than what it follows, or it would not
/// be among what is said up to it.
pub(crate) fn said_at(line: &[Message], at: Timestamp) -> Timestamp {
    line.last().map_or(at, |before| after(before.created_at, at))
}

fn reach(app: &App) -> Reach {
    history_of(app.config.prompt_tokens)
}

/// The line that ends with the message called `id`, if it is in the chat.
async fn line_of(
    app: &App,
    user: UserId,
    chat: ChatId,
    id: MessageId,
) -> Result<Option<Vec<Message>>, ApiError> {
    let chats = &app.ports.chats;
    let line = chats.history(chat, Some(id), reach(app)).await?;
    if !line.is_empty() {
        return Ok(Some(line));
    }
    // Whose chat it is goes first: nobody learns what is in another's.
    chats.find(user, chat).await?.ok_or(ApiError::NotFound)?;
    Ok(None)
}

/// What is said up to the question, oldest first; the question is the last.
pub(super) async fn line_to(
    app: &App,
    user: UserId,
    chat_id: ChatId,
    question: &Question,
    at: Timestamp,
) -> Result<Vec<Message>, ApiError> {
    match question {
        Question::Again(id) => line_of(app, user, chat_id, *id).await?.ok_or(ApiError::NotFound),
        Question::New { content, follows } => {
            let mut line = line_before(app, user, chat_id, *follows).await?;
            line.push(Message {
                id: MessageId::generate(at),
                chat_id,
                role: Speaker::User,
                content: content.clone(),
                parent_id: line.last().map(|message| message.id),
                generation_id: None,
                created_at: said_at(&line, at),
            });
            Ok(line)
        }
    }
}
