//! Every route on one page.

use axum::{Router, middleware, routing::get};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::{ContentBuilder, Ref, ResponseBuilder, security},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    assets, cors,
    error::ApiError,
    layers, quota, reference,
    routes::{
        auth, chats, events, generations, health, messages, models, ops, runs, sessions, usage,
    },
    trace,
};

/// The service as a router, to be served or tested.
pub fn router(app: App) -> Router {
    let (cors, stop) = (cors::layer(&app.config.cors_origins), app.shutdown.clone());
    let (routes, mut openapi) = routes().split_for_parts();
    complete(&mut openapi);
    let document = openapi.to_json().expect("the description of the routes has a JSON form");
    // Handlers are cloned for every connection; this way the document is not.
    let document = axum::body::Bytes::from(document);
    let json = [(axum::http::header::CONTENT_TYPE, "application/json")];
    routes
        .route("/health", get(health::health))
        .route("/healthz", get(health::health))
        .route("/openapi.json", get(async move || (json, document)))
        .merge(reference::page())
        .fallback_service(assets::service())
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(middleware::from_fn(quota::headers))
        .layer(cors)
        .layer(middleware::from_fn(layers::head))
        .layer(middleware::from_fn_with_state(stop, layers::farewell))
        .layer(middleware::from_fn(layers::headers))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(middleware::from_fn(layers::log))
        .layer(middleware::from_fn(trace::within))
        .with_state(app)
}

/// The description of the routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut openapi = routes().into_openapi();
    complete(&mut openapi);
    openapi
}

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(auth::register::register))
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::welcome::welcome))
        .routes(routes!(auth::options::options))
        .routes(routes!(auth::links::ask))
        .routes(routes!(auth::redeem::redeem))
        .routes(routes!(auth::me::me))
        .routes(routes!(auth::password::change))
        .routes(routes!(auth::keys::create, auth::keys::list))
        .routes(routes!(auth::keys::revoke))
        .routes(routes!(auth::tickets::create))
        .routes(routes!(models::models))
        .routes(routes!(chats::create::create, chats::list::list))
        .routes(routes!(chats::show::show, chats::rename::rename, chats::delete::delete))
        .routes(routes!(chats::events::events))
        .routes(routes!(chats::export::export))
        .routes(routes!(chats::search::search))
        .routes(routes!(events::events))
        .routes(routes!(messages::list::list, messages::send::send))
        .routes(routes!(generations::ask::ask))
        .routes(routes!(generations::show::show))
        .routes(routes!(generations::stream::stream))
        .routes(routes!(generations::cancel::cancel))
        .routes(routes!(generations::regenerate::regenerate))
        .routes(routes!(usage::daily::daily))
        .routes(routes!(runs::user::create))
        .routes(routes!(runs::thread::create))
        .routes(routes!(runs::message::create))
        .routes(routes!(runs::show::show))
        .routes(routes!(runs::events::events))
        .routes(routes!(runs::cancel::cancel))
        .routes(routes!(sessions::chat::create))
        .routes(routes!(sessions::sse::sse))
        .routes(routes!(ops::keys::list))
        .routes(routes!(ops::keys::enable))
        .routes(routes!(ops::keys::disable))
        .routes(routes!(ops::keys::test))
        .routes(routes!(ops::pools::list))
        .routes(routes!(ops::pools::change))
        .routes(routes!(ops::reload::reload))
        .routes(routes!(ops::workers::list))
        .routes(routes!(ops::workers::drain))
        .routes(routes!(ops::workers::resume))
        .routes(routes!(ops::workers::scale))
        .routes(routes!(ops::queues::list))
        .routes(routes!(ops::dead_letters::list))
        .routes(routes!(ops::dead_letters::show))
        .routes(routes!(ops::dead_letters::replay))
        .routes(routes!(ops::dead_letters::drop))
        .routes(routes!(ops::generations::list))
        .routes(routes!(ops::generations::explain))
        .routes(routes!(ops::generations::cancel))
        .routes(routes!(ops::generations::retry))
        .routes(routes!(ops::audit::list))
        .routes(routes!(ops::usage::list))
        .routes(routes!(ops::users::add))
        .routes(routes!(ops::users::role))
        .routes(routes!(ops::users::disabled))
        .routes(routes!(ops::token::give))
        .routes(routes!(health::health))
        .routes(routes!(health::readyz))
}

/// What holds for every route: a name of its own, and that it can fail in ways that are not told one by one
/// (too large, no JSON, too often, something behind us away).
fn complete(openapi: &mut utoipa::openapi::OpenApi) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let failure = ResponseBuilder::new()
        .description("Why the request failed.")
        .content("application/problem+json", problem)
        .build();
    for (path, item) in &mut openapi.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("put", &mut item.put),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.operation_id = Some(operation_id(method, path));
            operation.responses.responses.insert("default".to_owned(), failure.clone().into());
        }
    }
}

/// `get` and `/api/chats/{id}/messages` are `getChatsIdMessages`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty() && *word != "api");
    words.fold(method.to_owned(), |mut id, word| {
        let (first, rest) = word.split_at(1);
        id.push_str(&first.to_ascii_uppercase());
        id.push_str(rest);
        id
    })
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Sluice", description = "Ask a language model as a durable job."),
    security(("access_token" = [])),
    modifiers(&AccessToken)
)]
struct Document;

struct AccessToken;

impl Modify for AccessToken {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = security::HttpBuilder::new()
            .scheme(security::HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("access_token", security::SecurityScheme::Http(bearer));
    }
}
