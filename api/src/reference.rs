//! The description of the routes as a page to read and try.

use axum::{
    Router,
    http::{HeaderValue, header},
};
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;

/// That of every other page, and styles inline: the page draws its icons with them, and shows nothing
/// but our own description.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'";

/// `/api/docs`. All of it comes out of the binary.
pub(crate) fn page() -> Router<App> {
    // Without a validator: it is a service elsewhere, and would be sent the description.
    let config = Config::from("/openapi.json").validator_url("none").deep_linking(true);
    let policy = SetResponseHeaderLayer::overriding(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    let page: Router<App> = SwaggerUi::new("/api/docs").config(config).into();
    page.layer(policy).layer(CompressionLayer::new())
}
