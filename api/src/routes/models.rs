//! The models a caller may ask for.

use axum::{Json, extract::State};

use crate::{
    app::App,
    error::Problem,
    extract::CurrentUser,
    shapes::{ModelShape, ModelsShape},
};

/// The models a caller may ask for.
#[utoipa::path(
    get, path = "/api/models", tag = "models",
    responses(
        (status = 200, body = ModelsShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn models(State(app): State<App>, _: CurrentUser) -> Json<ModelsShape> {
    let default = app.config.catalog.default_model();
    let shape = |model: &domain::model::ModelRef| ModelShape {
        id: model.model.clone(),
        provider: model.provider.to_string(),
        default: model == default,
    };
    let chains = app.config.catalog.chains().map(|(name, models)| ModelShape {
        id: name.to_owned(),
        provider: models.first().map(|model| model.provider.to_string()).unwrap_or_default(),
        default: false,
    });
    Json(ModelsShape { items: app.config.models.iter().map(shape).chain(chains).collect() })
}
