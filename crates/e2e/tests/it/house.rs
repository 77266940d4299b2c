//! The house: which room may know which, and which library lives where.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What each room may depend on, tests apart. A room that is not listed fails the test.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ports", &["domain"]),
    ("store-sqlite", &["domain", "ports"]),
    ("store-postgres", &["domain", "ports"]),
    ("queue-rabbitmq", &["domain", "ports"]),
    ("live-redis", &["domain", "ports"]),
    ("embedded", &["domain", "ports"]),
    ("api", &["domain", "ports"]),
    ("provider-worker", &["domain", "ports"]),
    ("accounting-worker", &["domain", "ports"]),
    ("simulated-provider", &[]),
    ("testkit", &["domain", "ports"]),
    (
        "boot",
        &[
            "domain",
            "embedded",
            "live-redis",
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
    ("bench", &["simulated-provider"]),
];

/// Libraries that only some rooms may use.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["store-postgres", "store-sqlite"]),
    ("lapin", &["queue-rabbitmq"]),
    ("deadpool-lapin", &["queue-rabbitmq"]),
    ("redis", &["live-redis"]),
    ("governor", &["embedded"]),
    ("axum", &["api", "simulated-provider"]),
    ("reqwest", &["provider-worker", "sluice", "bench"]),
    ("reqwest-middleware", &["provider-worker"]),
    ("jsonwebtoken", &["api"]),
    ("argon2", &["api"]),
    ("config", &["boot"]),
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
