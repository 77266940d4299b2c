//! What is said before a message, and up to a question.

use domain::{
    chat::{Message, Reach, Speaker},
    id::{ChatId, MessageId, UserId},
    time::{Timestamp, after},
};

use super::{Follows, Question, history_of};
use crate::{app::App, error::ApiError};

/// Which message a new one that follows what `follows` says comes after, and when that was said.
pub(crate) async fn before(
    app: &App,
    user: UserId,
    chat: ChatId,
    follows: Follows,
) -> Result<Option<(MessageId, Timestamp)>, ApiError> {
    let chats = &app.ports.chats;
    match follows {
        Follows::Nothing => Ok(None),
        Follows::Newest => Ok(chats.when_said(chat, None).await?),
        Follows::Message(id) => match chats.when_said(chat, Some(id)).await? {
            None => Err(unknown(app, user, chat).await?),
            said => Ok(said),
        },
    }
}

/// The same with all that was said up to it, oldest first.
async fn line_before(
    app: &App,
    user: UserId,
    chat: ChatId,
    follows: Follows,
) -> Result<Vec<Message>, ApiError> {
    match follows {
        Follows::Nothing => Ok(Vec::new()),
        Follows::Newest => Ok(app.ports.chats.history(chat, None, reach(app)).await?),
        Follows::Message(id) => match line_of(app, chat, id).await? {
            None => Err(unknown(app, user, chat).await?),
            Some(line) => Ok(line),
        },
    }
}

/// When a message is said that follows one said at `before`, by a clock that says `at`: later than that, or it would not
/// be among what is said up to it.
pub(crate) fn said_at(before: Option<Timestamp>, at: Timestamp) -> Timestamp {
    before.map_or(at, |before| after(before, at))
}

fn reach(app: &App) -> Reach {
    history_of(app.config.prompt_tokens)
}

/// The line that ends with the message called `id`, if it is in the chat.
async fn line_of(app: &App, chat: ChatId, id: MessageId) -> Result<Option<Vec<Message>>, ApiError> {
    let line = app.ports.chats.history(chat, Some(id), reach(app)).await?;
    Ok((!line.is_empty()).then_some(line))
}

/// What to say of a message that the chat does not have. Whose chat it is goes first: nobody learns what is in
/// another's.
async fn unknown(app: &App, user: UserId, chat: ChatId) -> Result<ApiError, ApiError> {
    app.ports.chats.find(user, chat).await?.ok_or(ApiError::NotFound)?;
    let wrong = "must be the id of a message of this chat, or null";
    Ok(ApiError::invalid("/parentId", wrong))
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
        Question::Again(id) => line_of(app, chat_id, *id).await?.ok_or(ApiError::NotFound),
        Question::New { content, follows } => {
            let mut line = line_before(app, user, chat_id, *follows).await?;
            let before = line.last().map(|message| (message.id, message.created_at));
            let (parent_id, parent_at) = before.unzip();
            line.push(Message {
                id: MessageId::generate(at),
                chat_id,
                role: Speaker::User,
                content: content.clone(),
                parent_id,
                generation_id: None,
                created_at: said_at(parent_at, at),
            });
            Ok(line)
        }
    }
}
