//! The house: which room may know which, and which library lives where.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What each room may depend on, tests apart. A room that is not listed fails the test.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("store-sqlite", &["domain", "ports"]),
    ("failpoint", &[]),
    ("store-postgres", &["domain", "failpoint", "ports"]),
    ("queue-rabbitmq", &["domain", "failpoint", "ports"]),
    ("live-redis", &["domain", "failpoint", "ports"]),
    ("mail-smtp", &["domain", "ports"]),
    ("embedded", &["domain", "ports"]),
    ("instruments", &[]),
    ("api", &["boot", "domain", "failpoint", "instruments", "ports"]),
    ("provider-worker", &["boot", "domain", "failpoint", "instruments", "ports"]),
    ("accounting-worker", &["boot", "domain", "failpoint", "instruments", "ports"]),
    ("simulated-provider", &[]),
    ("testkit", &["domain", "ports"]),
    (
        "boot",
        &[
            "domain",
            "embedded",
            "instruments",
            "live-redis",
            "mail-smtp",
            "ports",
            "queue-rabbitmq",
            "store-postgres",
            "store-sqlite",
        ],
    ),
    ("cluster", &[]),
    (
        "sluice",
        &[
            "accounting-worker",
            "api",
            "boot",
            "domain",
            "ports",
            "provider-worker",
            "simulated-provider",
        ],
    ),
    ("e2e", &[]),
    (
        "bench",
        &[
            "cluster",
            "domain",
            "embedded",
            "live-redis",
            "ports",
            "provider-worker",
            "queue-rabbitmq",
            "simulated-provider",
            "testkit",
        ],
    ),
];

/// Libraries that only some rooms may use.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["bench", "store-postgres", "store-sqlite"]),
    ("lapin", &["bench", "queue-rabbitmq"]),
    ("deadpool-lapin", &["queue-rabbitmq"]),
    ("redis", &["bench", "live-redis"]),
    ("lettre", &["mail-smtp"]),
    ("governor", &["embedded"]),
    ("axum", &["api", "bench", "boot", "simulated-provider"]),
    ("reqwest", &["provider-worker", "queue-rabbitmq", "sluice", "bench"]),
    ("reqwest-middleware", &["provider-worker"]),
    ("jsonwebtoken", &["api"]),
    ("argon2", &["api"]),
    ("config", &["boot"]),
    ("metrics", &["instruments"]),
    ("metrics-exporter-prometheus", &["boot"]),
    // Nobody's text is matched by a pattern that could take for ever, or is one.
    ("regex", &[]),
    ("fancy-regex", &[]),
];

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap()
}

fn dependencies(package: &Package) -> BTreeSet<&str> {
    let kept = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
    kept.map(|dependency| dependency.name.as_str()).collect()
}

#[test]
fn types_flow_inward() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let rooms: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    for package in &metadata.packages {
        let room = package.name.as_str();
        let allowed = allowed.get(room).unwrap_or_else(|| panic!("{room} is not in the table"));
        let known: BTreeSet<&str> = dependencies(package).intersection(&rooms).copied().collect();
        let surplus: Vec<_> = known.iter().filter(|name| !allowed.contains(name)).collect();
        assert!(surplus.is_empty(), "{room} may not know {surplus:?}");
    }
    let listed: BTreeSet<&str> = allowed.keys().copied().collect();
    assert_eq!(listed, rooms, "the table lists rooms that are not there");
}

/// A service is started by its `main.rs` and told its settings by its `settings.rs`; all else in it
/// knows ports only.
#[test]
fn services_know_boot_at_the_door_only() {
    for service in ["api", "provider-worker", "accounting-worker"] {
        let sources = format!("{}/../../{service}/src", env!("CARGO_MANIFEST_DIR"));
        for file in rust_files(Path::new(&sources)) {
            let is_door = file.ends_with("src/main.rs") || file.ends_with("src/settings.rs");
            let knows_boot = fs::read_to_string(&file).unwrap().contains("boot::");
            assert!(is_door || !knows_boot, "{} may not know boot", file.display());
        }
    }
}

/// Elsewhere the database library takes no text that is not written down in the source; and there no part is.
///
/// Security case 46.
#[test]
fn statements_are_put_together_of_what_is_written_down() {
    for store in ["store-sqlite", "store-postgres"] {
        let sources = format!("{}/../{store}/src", env!("CARGO_MANIFEST_DIR"));
        for file in rust_files(Path::new(&sources)) {
            let text = fs::read_to_string(&file).unwrap();
            let (product, _) = text.split_once("#[cfg(test)]\nmod tests").unwrap_or((&text, ""));
            let is_for_tests = file.ends_with("src/plans.rs");
            assert!(!product.contains("QueryBuilder"), "{}", file.display());
            if file.ends_with("src/batch.rs") {
                let takes = |what: &str| product.matches(what).count();
                assert_eq!(takes("AssertSqlSafe("), 1, "{store}");
                assert!(takes(": &'static str") > 0, "{store}");
                assert_eq!(takes(": &str") + takes(": String)"), 0, "{store}");
            } else {
                assert!(is_for_tests || !product.contains("AssertSqlSafe"), "{}", file.display());
            }
        }
    }
}

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = |path: PathBuf| if path.is_dir() { rust_files(&path) } else { vec![path] };
    let files: Vec<PathBuf> = entries.flat_map(files).collect();
    assert!(!files.is_empty(), "{} holds nothing", folder.display());
    files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// Security case 89.
#[test]
fn libraries_stay_in_their_rooms() {
    let metadata = metadata();
    for package in &metadata.packages {
        for (library, rooms) in LIBRARIES {
            let uses = dependencies(package).contains(library);
            let room = package.name.as_str();
            assert!(!uses || rooms.contains(&room), "{room} may not use {library}");
        }
    }
}

#[test]
fn a_folder_is_called_like_its_package() {
    for package in metadata().packages {
        let folder = package.manifest_path.parent().unwrap().file_name().unwrap();
        assert_eq!(folder, package.name.as_str());
    }
}

#[test]
fn every_version_of_the_schema_is_applied() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for engine in ["sqlite", "postgres"] {
        let adapter = root.join(format!("crates/store-{engine}/src/migrations.rs"));
        let applied = fs::read_to_string(adapter).unwrap();
        for version in fs::read_dir(root.join("migrations").join(engine)).unwrap() {
            let name = version.unwrap().file_name().into_string().unwrap();
            assert!(applied.contains(&format!("{engine}/{name}")), "{engine}: {name}");
        }
    }
}
