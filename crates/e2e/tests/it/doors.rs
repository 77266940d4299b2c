//! Ways into the api beside the routes that are described, and so stand in the matrix of who may what.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::house::rust_files;

/// What adds something to a router, or makes one. `.routes(routes!(…))` alone describes what it adds.
const ADD: &[&str] = &[
    ".route(",
    ".route_service(",
    ".nest(",
    ".nest_service(",
    ".merge(",
    ".fallback(",
    ".fallback_service(",
    ".method_not_allowed_fallback(",
    "Router::new(",
    "SwaggerUi::new(",
];

/// Every line that does: its file below `api/src`, the line, and why what it adds needs no row in the matrix.
const DOORS: &[(&str, &str, &str)] = &[
    (
        "assets.rs",
        "Router::new().fallback(serve).layer(CompressionLayer::new())",
        "files out of the binary; below /api it answers 404",
    ),
    (
        "reference.rs",
        "let page: Router<App> = SwaggerUi::new(\"/api/docs\").config(config).into();",
        "files out of the binary, for anybody",
    ),
    ("router.rs", ".route(\"/health\", get(health::health))", "as /api/health, for anybody"),
    ("router.rs", ".route(\"/healthz\", get(health::health))", "as /api/health, for anybody"),
    (
        "router.rs",
        ".route(\"/openapi.json\", get(async move || (json, document)))",
        "the description itself, for anybody",
    ),
    ("router.rs", ".merge(reference::page())", "the description as a page, for anybody"),
    ("router.rs", ".fallback_service(assets::service())", "the web page, for anybody"),
    (
        "router.rs",
        ".method_not_allowed_fallback(async || ApiError::MethodNotAllowed)",
        "refuses everybody",
    ),
];

fn api() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api/src")
}

/// Security case 44.
#[test]
fn every_way_in_is_described_or_has_a_reason() {
    let api = api();
    let mut found = BTreeSet::new();
    for file in rust_files(&api) {
        let name = file.strip_prefix(&api).unwrap().display().to_string();
        for line in fs::read_to_string(&file).unwrap().lines().map(str::trim) {
            if !line.starts_with("//") && ADD.iter().any(|add| line.contains(add)) {
                found.insert((name.clone(), line.to_owned()));
            }
        }
    }
    let known = DOORS.iter().map(|(file, line, _)| ((*file).to_owned(), (*line).to_owned()));
    assert_eq!(found, known.collect());
}

/// What is described is added in the one way that describes it.
///
/// Security case 44.
#[test]
fn routes_are_added_by_the_macro_that_describes_them() {
    for file in rust_files(&api()) {
        for line in fs::read_to_string(&file).unwrap().lines().map(str::trim) {
            let is_described = !line.contains(".routes(") || line.contains(".routes(routes!(");
            assert!(is_described, "{}: {line}", file.display());
        }
    }
}
