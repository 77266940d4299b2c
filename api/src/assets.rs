//! The web page, out of the binary.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use crate::error::ApiError;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dist;

const PAGE: &str = "index.html";

const NOT_BUILT: &str = "\
The web page is not part of this binary: it was not built.

    make run        builds it and the binary, and starts it

The API is here all the same; see /api/docs.
";

/// Answers what no route answers, compressed where the caller takes it.
pub(crate) fn service() -> Router {
    Router::new().fallback(serve).layer(CompressionLayer::new())
}

/// A file of the page, the page itself, or 404.
async fn serve(request: Request) -> Response {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if path == "/api" || path.starts_with("/api/") || !is_read {
        return ApiError::NoSuchRoute.into_response();
    }
    let name = if is_page(path) { PAGE } else { path.trim_start_matches('/') };
    match Dist::get(name) {
        Some(file) => answer(name, &file, request.headers()),
        None if name == PAGE => (StatusCode::OK, NOT_BUILT).into_response(),
        None => ApiError::NoSuchRoute.into_response(),
    }
}

/// Addresses inside the page, which it tells apart itself.
fn is_page(path: &str) -> bool {
    matches!(path, "/" | "/welcome" | "/welcome/" | "/console" | "/console/" | "/index.html")
        || path.starts_with("/c/")
}

fn answer(name: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", tag(file));
    let caching = if name.starts_with("assets/") {
        // The name holds a hash of the content.
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
        (header::ETAG, HeaderValue::try_from(&tag).expect("hexadecimal digits in quotes")),
    ];
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.clone()).into_response()
}

fn tag(file: &EmbeddedFile) -> String {
    use std::fmt::Write;
    file.metadata.sha256_hash()[..16].iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("memory takes everything");
        text
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_the_page_are_the_page() {
        for (path, is) in [
            ("/", true),
            ("/welcome", true),
            ("/console", true),
            ("/c/0193", true),
            ("/c", false),
            ("/assets/a.js", false),
            ("/../Cargo.toml", false),
            ("/.git/config", false),
        ] {
            assert_eq!(is_page(path), is, "{path}");
        }
    }

    /// Security case 56.
    #[test]
    fn no_file_tells_what_the_page_was_made_of() {
        let told: Vec<_> = Dist::iter().filter(|name| !is_of_the_page(name)).collect();
        assert!(told.is_empty(), "{told:?}");
    }

    fn is_of_the_page(name: &str) -> bool {
        let (_, kind) = name.rsplit_once('.').unwrap_or_default();
        ["html", "js", "css", "svg", "png", "ico", "woff2", "webmanifest", "txt"].contains(&kind)
    }
}
