//! A chat as a file.

use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use domain::{
    chat::{Chat, Message, Speaker},
    id::ChatId,
};
use futures_util::{StreamExt, stream};
use ports::store::{Cursor, Page, ShownMessage, Towards};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{branches::Branches, fence::closing_fence};
use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Problem, chain},
    extract::{CurrentUser, PathId},
    shapes::{ChatShape, MessageShape},
};

/// How many messages are read at once.
const PAGE: u32 = 200;

/// As what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// To be read.
    #[default]
    Markdown,
    /// To be processed.
    Json,
}

/// As what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// `markdown` or `json`.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// A whole chat as JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described here, and written piece by piece")]
pub(crate) struct ExportShape {
    /// The chat.
    chat: ChatShape,
    /// Its messages, oldest first.
    messages: Vec<MessageShape>,
}

/// A whole chat as a file, oldest message first: Markdown to be read, or JSON: `{"chat", "messages"}`.
#[utoipa::path(
    get, path = "/api/chats/{id}/export", tag = "chats",
    params(("id" = uuid::Uuid, Path), ExportParams),
    responses(
        (status = 200, content((String = "text/markdown"), (ExportShape = "application/json"))),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<ChatId>,
    query: Result<Query<ExportParams>, QueryRejection>,
) -> Result<Response, ApiError> {
    let wrong = |_| ApiError::invalid("/format", "must be markdown or json");
    let Query(ExportParams { format }) = query.map_err(wrong)?;
    count(&app, user.id, Counted::Exports, app.now()).await?;
    let chat = app.ports.chats.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    let (kind, ending) = match format {
        Format::Markdown => ("text/markdown; charset=utf-8", "md"),
        Format::Json => ("application/json", "json"),
    };
    let name = HeaderValue::try_from(format!("attachment; filename=\"chat-{id}.{ending}\""))
        .expect("an id is ASCII");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(pieces(app, chat, format))).into_response())
}

/// The file, piece by piece, so that no chat is too long. One that cannot be read to its end is broken off:
/// half a file must not look whole.
fn pieces(
    app: App,
    chat: Chat,
    format: Format,
) -> impl stream::Stream<Item = Result<Bytes, Broken>> {
    let head = head(&chat, format);
    let end = Bytes::from_static(if format == Format::Json { b"]}\n" } else { b"" });
    // Before everything: the oldest messages come first.
    let start =
        Cursor { at: chrono::DateTime::UNIX_EPOCH, id: Uuid::nil(), towards: Towards::Newer };
    let from_the_start = (app, Some(start), true, Branches::default());
    let pages = stream::try_unfold(from_the_start, move |(app, from, is_first, mut branches)| {
        let chat = chat.clone();
        async move {
            let Some(from) = from else { return Ok(None) };
            let page = app.ports.chats.messages(chat.owner, chat.id, Some(from), PAGE).await;
            let page = page.map_err(|error| {
                tracing::warn!(error = chain(&error), "an export was broken off");
                Broken
            })?;
            let Page { items, previous, .. } = page.ok_or(Broken)?;
            if items.is_empty() {
                return Ok(None);
            }
            let text = text(items, format, is_first, &mut branches);
            Ok(Some((text, (app, previous, false, branches))))
        }
    });
    stream::iter([Ok(head)]).chain(pages).chain(stream::iter([Ok(end)]))
}

/// The chat could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the chat could not be read to its end")]
struct Broken;

fn head(chat: &Chat, format: Format) -> Bytes {
    match format {
        Format::Markdown => {
            let title = if chat.title.is_empty() { "Chat" } else { &chat.title };
            format!("# {}\n", title.replace(['\n', '\r'], " ")).into()
        }
        Format::Json => {
            let chat = serde_json::to_string(&ChatShape::from(chat.clone()));
            let chat = chat.expect("texts and times have a JSON form");
            format!("{{\"chat\":{chat},\"messages\":[").into()
        }
    }
}

/// `items` come newest first.
fn text(
    items: Vec<ShownMessage>,
    format: Format,
    is_first: bool,
    branches: &mut Branches,
) -> Bytes {
    let mut text = String::new();
    for (index, shown) in items.into_iter().rev().enumerate() {
        match format {
            Format::Markdown => {
                let message = &shown.message;
                text.push_str(&markdown(message, branches.of(message)));
            }
            Format::Json => {
                if !(is_first && index == 0) {
                    text.push(',');
                }
                let json = serde_json::to_string(&MessageShape::from(shown));
                text.push_str(&json.expect("texts and times have a JSON form"));
            }
        }
    }
    text.into()
}

fn markdown(message: &Message, branch: usize) -> String {
    let who = match message.role {
        Speaker::User => "You",
        Speaker::Assistant => "Answer",
        Speaker::System => "Rules",
    };
    let at = message.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let branch = if branch > 1 { format!(", branch {branch}") } else { String::new() };
    let content = message.content.trim_end();
    let fence = closing_fence(content).map_or_else(String::new, |fence| fence + "\n");
    format!("\n## {who}, {at}{branch}\n\n{content}\n{fence}")
}

#[cfg(test)]
mod tests {
    use domain::id::UserId;
    use testkit::{clock::epoch, sample};

    use super::*;

    #[test]
    fn a_message_that_ends_within_code_does_not_take_the_next_one_along() {
        let chat = sample::chat(UserId::generate(epoch()), epoch());
        let message = sample::message(chat.id, "So:\n````rust\n```\nfn", epoch());
        let text = markdown(&message, 2);
        assert!(text.ends_with("```\nfn\n````\n"), "{text}");
        assert!(text.lines().nth(1).unwrap().ends_with("Z, branch 2"), "{text}");
    }
}
