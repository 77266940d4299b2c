//! Ends a sign-in.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::id::EventId;

use super::{refresh::count_token, token_body::TokenBody};
use crate::{
    app::App,
    auth::clear_cookie,
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
};

/// Ends the sign-in that a refresh token belongs to. Its access tokens are refused here at once, in other
/// processes within a minute; its streams end within a heartbeat of that.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth", security(()),
    request_body = Option<TokenBody>,
    responses(
        (status = 204, description = "Signed out, or was not signed in."),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn logout(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<Response, ApiError> {
    let Some(token) = body.presented(&app, &headers)? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let at = app.now();
    count_token(&app, "sign-outs-from", &from, at).await?;
    let (token, noted_as) = (app.refresh.presented(&token), EventId::of_deed(at));
    let revoked = app.ports.accounts.revoke_refresh(token, noted_as, at).await;
    // Whoever has no answer may have ended it all the same, and when asked again it has ended before.
    if !matches!(revoked, Ok(None)) {
        app.sign_ins.forget();
    }
    if let Some(user_id) = revoked? {
        tracing::info!(%user_id, "signed out");
    }
    let cookie = clear_cookie(&app, &headers);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
