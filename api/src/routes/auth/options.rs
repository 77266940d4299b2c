//! What somebody who is not signed in can do.

use axum::{Json, extract::State};

use crate::{app::App, letters, shapes::OptionsShape};

/// What somebody who is not signed in can do, besides signing in.
#[utoipa::path(
    get, path = "/api/auth/options", tag = "auth", security(()),
    responses((status = 200, body = OptionsShape))
)]
pub(crate) async fn options(State(app): State<App>) -> Json<OptionsShape> {
    let registration = app.config.registration.as_str();
    Json(OptionsShape { registration, links: letters::post(&app).is_some() })
}
