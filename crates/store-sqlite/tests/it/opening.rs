//! What may be opened, what not, and why not.

use std::{fs, path::Path};

use ports::store::Generations;
use sqlx::Connection;
use store_sqlite::{NEWEST, OpenError, SqliteStore};

use crate::{Place, number, queued};

async fn refusal(path: &Path) -> OpenError {
    SqliteStore::open(path).await.expect_err("it must not open")
}

#[tokio::test]
async fn a_second_store_on_the_same_file_is_refused() {
    let place = Place::new();
    let first = place.open().await;
    let refused = refusal(&place.file).await;
    assert!(matches!(&refused, OpenError::InUse(path) if *path == place.file), "{refused}");
    assert!(refused.to_string().contains(place.file.to_str().unwrap()), "{refused}");
    drop(first);
    place.open().await;
}

#[tokio::test]
async fn a_second_name_of_the_same_file_is_refused() {
    let place = Place::new();
    let _first = place.open().await;
    let alias = place.file.parent().unwrap().join("alias");
    std::os::unix::fs::symlink(place.file.parent().unwrap(), &alias).unwrap();
    assert!(matches!(refusal(&alias.join("sluice.db")).await, OpenError::InUse(_)));
}

/// Takes the same lock in a process of its own, and looks from here.
#[tokio::test]
async fn a_file_in_use_by_another_process_is_refused() {
    let place = Place::new();
    place.open().await.close().await;
    let lock = format!("{}.lock", place.file.display());
    let mut holder = tokio::process::Command::new("flock")
        .args([&lock, "-c", "echo held; read -r _"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("flock is part of util-linux");
    let mut line = [0; 5];
    let mut stdout = holder.stdout.take().unwrap();
    tokio::io::AsyncReadExt::read_exact(&mut stdout, &mut line).await.unwrap();
    assert!(matches!(refusal(&place.file).await, OpenError::InUse(_)));
    drop(holder.stdin.take());
    holder.wait().await.unwrap();
    place.open().await;
}

#[tokio::test]
async fn migrations_run_once() {
    let place = Place::new();
    for _ in 0..3 {
        place.open().await.close().await;
    }
    let mut shell = place.shell().await;
    let run = number(&mut shell, "SELECT count(*) FROM _sqlx_migrations").await;
    let written = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite"));
    assert_eq!(usize::try_from(run).unwrap(), written.unwrap().count());
}

#[tokio::test]
async fn the_version_is_told_without_a_change() {
    let place = Place::new();
    let version = async || SqliteStore::version(&place.file).await.unwrap();
    assert_eq!(version().await, None);
    assert!(!place.file.exists());
    let store = place.open().await;
    assert_eq!(version().await, Some(NEWEST), "while it is used");
    store.close().await;
    drop(store);
    let mut shell = place.shell().await;
    let older = format!("DELETE FROM _sqlx_migrations WHERE version = {NEWEST}");
    sqlx::query(sqlx::AssertSqlSafe(older)).execute(&mut shell).await.unwrap();
    for _ in 0..2 {
        assert_eq!(version().await, Some(NEWEST - 1));
    }
    sqlx::query("DROP TABLE _sqlx_migrations").execute(&mut shell).await.unwrap();
    assert_eq!(version().await, None);
    shell.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    place.open().await.close().await;
    let mut shell = place.shell().await;
    let newer = "INSERT INTO _sqlx_migrations VALUES (999, 'later', 0, true, x'00', 0)";
    sqlx::query(newer).execute(&mut shell).await.unwrap();
    shell.close().await.unwrap();
    let refused = refusal(&place.file).await;
    assert!(matches!(refused, OpenError::Newer { found: 999, known: NEWEST, .. }), "{refused}");
    assert!(refused.to_string().contains("newer version of Sluice"), "{refused}");
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let place = Place::new();
    let directory = place.file.parent().unwrap().join("missing");
    let refused = refusal(&directory.join("sluice.db")).await;
    assert!(matches!(&refused, OpenError::NoDirectory(path) if *path == directory), "{refused}");
}

#[tokio::test]
async fn a_read_only_directory_is_named() {
    let place = Place::new();
    let directory = place.file.parent().unwrap();
    let mut permissions = fs::metadata(directory).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(directory, permissions).unwrap();
    // Permissions do not bind the superuser, but even for root nothing can be made in here.
    let is_root = fs::write(directory.join("probe"), "").is_ok();
    let path = if is_root { Path::new("/sys/sluice.db") } else { &place.file };
    let refused = refusal(path).await;
    assert!(matches!(refused, OpenError::NotWritable { .. }), "{refused}");
    assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let place = Place::new();
    let diary = "Dear diary, ".repeat(1000);
    fs::write(&place.file, &diary).unwrap();
    let refused = refusal(&place.file).await;
    assert!(matches!(refused, OpenError::NotADatabase { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&place.file).unwrap(), diary);
}

#[tokio::test]
async fn a_path_that_looks_like_a_uri_is_a_path() {
    let place = Place::new();
    let odd = place.file.with_file_name("file:odd?mode=memory#x.db");
    let store = SqliteStore::open(&odd).await.unwrap();
    queued(&store).await;
    store.close().await;
    assert!(odd.exists());
}

/// As it was before chains were kept.
#[tokio::test]
async fn an_installation_with_rows_is_brought_up_to_date() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    store.close().await;
    drop(store);
    let older = "ALTER TABLE generations DROP COLUMN fallbacks; ALTER TABLE generations DROP COLUMN lost; \
         ALTER TABLE generations DROP COLUMN chain; DROP INDEX generations_question; DROP INDEX outbox_turns; \
         ALTER TABLE chats DROP COLUMN said_at; ALTER TABLE audit_logs DROP COLUMN detail; \
         DROP TABLE switched_keys; ALTER TABLE pools DROP COLUMN paused_at; \
         ALTER TABLE pools DROP COLUMN paused_by; ALTER TABLE pools DROP COLUMN pause_reason; \
         DELETE FROM _sqlx_migrations WHERE version >= 9";
    let mut shell = place.shell().await;
    sqlx::raw_sql(older).execute(&mut shell).await.unwrap();
    shell.close().await.unwrap();
    let store = place.open().await;
    let found = store.find(generation.user_id, generation.id).await.unwrap();
    assert_eq!(found, Some(generation));
}
