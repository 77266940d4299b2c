//! The models a caller may ask for.

use std::slice;

use axum::{Json, extract::State};
use domain::model::ModelRef;

use crate::{
    app::App,
    asking::longest,
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
pub(crate) async fn models(State(app): State<App>, user: CurrentUser) -> Json<ModelsShape> {
    let catalog = &app.config.catalog;
    let rules = app.config.rules.of(user.role).cloned().unwrap_or_default();
    let single =
        app.config.models.iter().map(|model| (model.model.as_str(), slice::from_ref(model)));
    let models = single.chain(catalog.chains());
    let allowed = models.filter(|(name, models)| rules.allow(Some(name), *models));
    let is_default =
        |models: &[ModelRef]| matches!(models, [model] if model == catalog.default_model());
    let shape = |(name, models): (&str, &[ModelRef])| ModelShape {
        id: name.to_owned(),
        provider: models.first().map(|model| model.provider.to_string()).unwrap_or_default(),
        default: is_default(models),
        max_tokens: longest(&app.config.maxima, models.first().unwrap_or(catalog.default_model())),
    };
    Json(ModelsShape { items: allowed.map(shape).collect() })
}
