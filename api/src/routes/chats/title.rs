//! A chat's name in a body.

use domain::chat::MAX_TITLE_CHARS;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    error::Faults,
    extract::{FromBody, Text},
};

/// The name of a new chat.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChatBody {
    /// Without one the first message names the chat.
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Option<Text>,
}

/// The new name of a chat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RenameBody {
    /// The new name.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    title: Text,
}

/// A name for a new chat; empty for none.
#[derive(Debug)]
pub(crate) struct NewTitle(pub(crate) String);

/// A name for a chat; never empty.
#[derive(Debug)]
pub(crate) struct Title(pub(crate) String);

impl FromBody for NewTitle {
    type Body = NewChatBody;

    fn from_body(body: NewChatBody) -> Result<Self, Faults> {
        let title = Text::optional(body.title).unwrap_or_default();
        check(&title, 0).map(|()| Self(title.trim().to_owned()))
    }

    fn absent() -> Option<NewChatBody> {
        Some(NewChatBody::default())
    }
}

impl FromBody for Title {
    type Body = RenameBody;

    fn from_body(body: RenameBody) -> Result<Self, Faults> {
        let Text(title) = body.title;
        check(&title, 1).map(|()| Self(title.trim().to_owned()))
    }
}

fn check(title: &str, least: usize) -> Result<(), Faults> {
    fits(title, least).map_err(|detail| Faults::one("/title", detail))
}

/// Whether `title` may name a chat, of at least `least` characters.
pub(crate) fn fits(title: &str, least: usize) -> Result<(), String> {
    let length = title.trim().chars().count();
    if (least..=MAX_TITLE_CHARS).contains(&length) {
        return Ok(());
    }
    Err(format!("must be {least} to {MAX_TITLE_CHARS} characters long"))
}
