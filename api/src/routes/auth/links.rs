//! Has a link mailed.

use axum::{Json, extract::State, http::StatusCode};
use domain::email::Email;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::register::check_quota;
use crate::{
    app::App,
    error::{ApiError, Faults, Problem},
    extract::{ClientAddress, FromBody, Text, ValidJson},
    letters::{self, Addressee},
};

/// Whose letters the caller reads.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// The name to sign in with.
    #[schema(value_type = String)]
    email: Text,
}

impl FromBody for Addressee {
    type Body = LinkBody;

    fn from_body(body: LinkBody) -> Result<Self, Faults> {
        let (email, names) = Email::of_new(&body.email.0)
            .map_err(|error| Faults::one("/email", error.to_string()))?;
        Ok(Self { email, names })
    }
}

/// What is said to everybody.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkShape {
    /// In words.
    message: &'static str,
}

/// Has a link mailed to choose another password, or to make an account (`REGISTRATION=mail`); it is good
/// once, and for half an hour. The answer is the same for every address, and tells nothing of accounts.
#[utoipa::path(
    post, path = "/api/auth/links", tag = "auth", security(()),
    request_body = LinkBody,
    responses(
        (status = 202, body = LinkShape),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ask(
    State(app): State<App>,
    from: ClientAddress,
    ValidJson(whom): ValidJson<Addressee>,
) -> Result<(StatusCode, Json<LinkShape>), ApiError> {
    letters::post(&app).ok_or(ApiError::MailNotSetUp)?;
    check_quota(&app, "links-from", from, app.now()).await?;
    // Whose address it is is looked up behind the reply (`chores::postman`), for every address alike.
    app.asked.leave(whom)?;
    let message = "if a link can be mailed to this address, a letter is on its way";
    Ok((StatusCode::ACCEPTED, Json(LinkShape { message })))
}
