//! The models a caller may ask for.

use std::slice;

use axum::{Json, extract::State};
use domain::model::ModelRef;
use ports::live::Usable;

use crate::{
    app::App,
    asking::{longest, unnamed},
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
    let unnamed = unnamed(catalog, &rules);
    let single =
        app.config.models.iter().map(|model| (model.model.as_str(), slice::from_ref(model)));
    let models = single.chain(catalog.chains());
    let allowed = models.filter(|(name, models)| rules.allow(Some(name), *models));
    let is_unnamed = |name: &str, models: &[ModelRef]| {
        unnamed.as_ref().is_some_and(|unnamed| match &unnamed.chain {
            Some(chain) => chain == name,
            None => !catalog.has_chain(name) && models.first() == Some(&unnamed.first),
        })
    };
    let now = app.now();
    let shape = |(name, models): (&str, &[ModelRef])| {
        let usable = app.availability.of(models, now);
        ModelShape {
            id: name.to_owned(),
            provider: models.first().map(|model| model.provider.to_string()).unwrap_or_default(),
            default: is_unnamed(name, models),
            max_tokens: longest(
                &app.config.maxima,
                models.first().unwrap_or(catalog.default_model()),
            ),
            available: usable == Usable::Now,
            available_at: match usable {
                Usable::From(at) => Some(at),
                Usable::Now | Usable::Never => None,
            },
        }
    };
    Json(ModelsShape { items: allowed.map(shape).collect() })
}
