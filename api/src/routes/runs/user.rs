//! Makes a guest.

use axum::{Json, extract::State, http::StatusCode};
use domain::id::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{ApiError, Faults, Problem},
    extract::{Caller, ClientAddress, FromBody, Text, ValidJson},
    guests,
};

const MAX_NAME_BYTES: usize = 200;

/// What to call the guest.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// At most 200 bytes.
    #[schema(value_type = Option<String>)]
    name: Option<Text>,
}

/// A checked [`UserBody`].
#[derive(Debug)]
pub(crate) struct NewUser(String);

impl FromBody for NewUser {
    type Body = UserBody;

    fn from_body(body: UserBody) -> Result<Self, Faults> {
        let name = Text::optional(body.name).unwrap_or_default();
        if name.len() > MAX_NAME_BYTES {
            let detail = format!("must not be longer than {MAX_NAME_BYTES} bytes");
            return Err(Faults::one("/name", detail));
        }
        Ok(Self(name))
    }
}

/// Somebody who chats.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewUserShape {
    /// Who; whoever knows it speaks for this guest.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// As given.
    name: String,
}

/// Makes a guest. Signed in, it is the account itself.
#[utoipa::path(
    post, path = "/api/users", tag = "runs", security((), ("access_token" = [])),
    request_body = UserBody,
    responses(
        (status = 201, body = NewUserShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    from: ClientAddress,
    ValidJson(NewUser(name)): ValidJson<NewUser>,
) -> Result<(StatusCode, Json<NewUserShape>), ApiError> {
    let user_id = match caller {
        Caller::User(user) => user.id,
        Caller::Anybody => {
            let at = app.now();
            let id = UserId::generate(at);
            guests::make(&app, from, id, &name, at).await?;
            id
        }
    };
    Ok((StatusCode::CREATED, Json(NewUserShape { user_id, name })))
}
