//! A refresh token in a body, or in a cookie.

use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{RefreshToken, presented_cookie},
    error::{ApiError, Faults},
    extract::{FromBody, Text},
};

/// A refresh token; without one, the cookie counts.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TokenBody {
    /// The refresh token of the last answer.
    #[schema(value_type = Option<String>)]
    refresh_token: Option<Text>,
}

impl FromBody for TokenBody {
    type Body = Self;

    fn from_body(body: Self) -> Result<Self, Faults> {
        Ok(body)
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

impl TokenBody {
    /// The token of the body, or else of the cookie.
    pub(crate) fn presented(
        self,
        app: &App,
        headers: &HeaderMap,
    ) -> Result<Option<RefreshToken>, ApiError> {
        match self.refresh_token {
            Some(Text(text)) => Ok(RefreshToken::presented(&text)),
            None => presented_cookie(app, headers),
        }
    }
}
