//! What dashboards and alerts ask for is what processes tell.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// How the names of figures begin.
const PREFIXES: [&str; 3] = ["sluice_", "gen_ai_", "http_server_"];
/// What Prometheus adds to the name of a histogram.
const PARTS: [&str; 3] = ["_bucket", "_count", "_sum"];
/// Labels that begin as figures do.
const LABELS: [&str; 2] = ["gen_ai_provider_name", "gen_ai_token_type"];

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

/// The figures that the file at `path` names.
fn figures(path: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(deploy().join(path)).unwrap();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let of_ours = words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)));
    let figure = |word: &str| {
        let part = PARTS.iter().find_map(|part| word.strip_suffix(part));
        part.unwrap_or(word).to_owned()
    };
    of_ours.filter(|word| !LABELS.contains(word)).map(figure).collect()
}

#[test]
fn dashboards_and_alerts_ask_for_figures_that_there_are() {
    let told: BTreeSet<_> = instruments::all().iter().map(|one| one.name.to_owned()).collect();
    for path in ["grafana/dashboards/sluice.json", "prometheus/rules.yml"] {
        let asked = figures(path);
        let unknown: Vec<_> = asked.difference(&told).collect();
        assert!(asked.len() > 5 && unknown.is_empty(), "{path}: nobody tells {unknown:?}");
    }
    let shown = figures("grafana/dashboards/sluice.json");
    let missing: Vec<_> = told.difference(&shown).collect();
    assert!(missing.is_empty(), "the dashboard does not show {missing:?}");
}
