//! The schema is SQLite's, in PostgreSQL's words.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use ports::store::Generations;
use secrecy::SecretString;
use sqlx::{Connection, Row, SqliteConnection};
use store_postgres::{NEWEST, Options, PostgresStore};
use tokio::time::timeout;

use crate::{Place, processes::until_waiting, queued};

/// Table, column, and whether it may be absent.
type Column = (String, String, bool);

/// What a schema promises beside its columns, each as a line: keys and other indexes by their columns, foreign keys with
/// what a deletion does to them, and views with their columns.
type Promises = BTreeSet<String>;

const SQLITE_PROMISES: [&str; 4] = [
    "SELECT name || ' unique ' || (SELECT group_concat(name) FROM \
         (SELECT name FROM pragma_table_info(tables.name) WHERE pk > 0 ORDER BY pk)) \
         FROM sqlite_master AS tables WHERE type = 'table'",
    "SELECT tables.name || CASE WHEN indexes.\"unique\" THEN ' unique ' ELSE ' index ' || indexes.name || ' ' END || \
         (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(indexes.name) ORDER BY seqno)) || \
         CASE WHEN indexes.partial THEN ' for some' ELSE '' END \
         FROM sqlite_master AS tables, pragma_index_list(tables.name) AS indexes WHERE tables.type = 'table'",
    "SELECT tables.name || ' ' || keys.\"from\" || ' refers to ' || keys.\"table\" || ' ' || lower(keys.on_delete) \
         FROM sqlite_master AS tables, pragma_foreign_key_list(tables.name) AS keys WHERE tables.type = 'table'",
    "SELECT views.name || ' shows ' || columns.name FROM sqlite_master AS views, \
         pragma_table_info(views.name) AS columns WHERE views.type = 'view'",
];

const POSTGRES_PROMISES: [&str; 3] = [
    "SELECT tables.relname || CASE WHEN indisunique THEN ' unique ' ELSE ' index ' || indexes.relname || ' ' END || \
         (SELECT string_agg(attname, ',' ORDER BY place) FROM unnest(indkey) WITH ORDINALITY AS parts (number, place) \
         JOIN pg_attribute ON attrelid = tables.oid AND attnum = number) || \
         CASE WHEN indpred IS NULL THEN '' ELSE ' for some' END \
         FROM pg_index JOIN pg_class AS indexes ON indexes.oid = indexrelid \
         JOIN pg_class AS tables ON tables.oid = indrelid \
         WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relname <> '_sqlx_migrations'",
    "SELECT tables.relname || ' ' || attname || ' refers to ' || others.relname || CASE confdeltype \
         WHEN 'c' THEN ' cascade' WHEN 'n' THEN ' set null' WHEN 'r' THEN ' restrict' ELSE ' no action' END \
         FROM pg_constraint JOIN pg_class AS tables ON tables.oid = conrelid \
         JOIN pg_class AS others ON others.oid = confrelid \
         JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey) \
         WHERE contype = 'f' AND connamespace = current_schema()::regnamespace",
    "SELECT table_name || ' shows ' || column_name FROM information_schema.columns \
         JOIN information_schema.views USING (table_schema, table_name) WHERE table_schema = current_schema()",
];

fn names(dialect: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(dialect);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    files.map(|name| name.into_string().unwrap()).collect()
}

/// The first columns of what `queries` find.
macro_rules! lines {
    ($queries:expr, $connection:expr) => {{
        let mut lines = Promises::new();
        for sql in $queries {
            let rows = sqlx::query(sql).fetch_all(&mut $connection).await.unwrap();
            lines.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        }
        lines
    }};
}

async fn sqlite() -> (BTreeSet<Column>, Promises) {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    for name in names("sqlite") {
        let sql = fs::read_to_string(folder.join(name)).unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    let sql = "SELECT tables.name, columns.name, columns.\"notnull\" = 0 FROM sqlite_master AS tables, \
         pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'";
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    let columns = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    (columns, lines!(SQLITE_PROMISES, connection))
}

async fn postgres(place: &Place) -> BTreeSet<Column> {
    let sql = "SELECT columns.table_name::text, column_name::text, is_nullable = 'YES' \
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
         AND table_name <> '_sqlx_migrations'";
    let rows = sqlx::query(sql).fetch_all(&mut place.shell().await).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn both_dialects_have_the_same_tables_and_promises() {
    assert_eq!(names("postgres"), names("sqlite"));
    let place = Place::new().await;
    place.open().await.close().await;
    let (ours, (theirs, their_promises)) = (postgres(&place).await, sqlite().await);
    assert!(ours.len() > 50, "the columns are read: {ours:?}");
    assert_eq!(ours, theirs);
    let promises = lines!(POSTGRES_PROMISES, place.shell().await);
    for known in [
        "generations unique user_id,request_id for some",
        "outbox index outbox_turns claimed_until,position",
        "messages chat_id refers to chats cascade",
    ] {
        assert!(promises.contains(known), "{known} is read: {promises:?}");
    }
    let missing = |these: &Promises, those| these.difference(those).cloned().collect::<Vec<_>>();
    let differ = (missing(&promises, &their_promises), missing(&their_promises, &promises));
    assert_eq!(differ, (vec![], vec![]), "(PostgreSQL alone, SQLite alone)");
}

#[tokio::test]
async fn the_version_is_told_without_a_change() {
    let place = Place::new().await;
    let url = SecretString::from(place.url());
    let version = async || PostgresStore::version(&url).await.unwrap();
    assert_eq!(version().await, None);
    assert!(postgres(&place).await.is_empty());
    place.open().await.close().await;
    assert_eq!(version().await, Some(NEWEST));
}

/// As it was before chains were kept.
#[tokio::test]
async fn an_installation_with_rows_is_brought_up_to_date() {
    let place = Place::new().await;
    let store = place.open().await;
    let generation = queued(&store).await;
    store.close().await;
    let older = "ALTER TABLE generations DROP COLUMN fallbacks, DROP COLUMN chain, DROP COLUMN lost; \
         DROP INDEX generations_question; DROP INDEX outbox_turns; DROP TABLE switched_keys; \
         ALTER TABLE chats DROP COLUMN said_at; ALTER TABLE audit_logs DROP COLUMN detail; \
         ALTER TABLE pools DROP COLUMN paused_at, DROP COLUMN paused_by, DROP COLUMN pause_reason; \
         DELETE FROM _sqlx_migrations WHERE version >= 9";
    sqlx::raw_sql(older).execute(&mut place.shell().await).await.unwrap();
    let store = place.open().await;
    let found = store.find(generation.user_id, generation.id).await.unwrap();
    assert_eq!(found, Some(generation));
}

/// Somebody reads for long. Whoever reads beside that does not have to wait for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_waits_for_a_lock_holds_up_nobody_for_long() {
    let place = Place::new().await;
    let store = place.open().await;
    let generation = queued(&store).await;
    store.close().await;
    let older = "ALTER TABLE generations DROP COLUMN lost; \
         DELETE FROM _sqlx_migrations WHERE version = 15";
    sqlx::raw_sql(older).execute(&mut place.shell().await).await.unwrap();
    let (mut reading, mut beside) = (place.shell().await, place.shell().await);
    let mut long = reading.begin().await.unwrap();
    let look = "SELECT count(*) FROM generations";
    sqlx::query(look).execute(&mut *long).await.unwrap();
    let others = async {
        until_waiting(&mut place.shell().await, 1).await;
        let looked = timeout(Duration::from_secs(20), sqlx::query(look).execute(&mut beside));
        looked.await.expect("it waits for the change no longer than that does").unwrap();
        long.commit().await.unwrap();
    };
    let (store, ()) = tokio::join!(place.open(), others);
    let found = store.find(generation.user_id, generation.id).await.unwrap();
    assert_eq!(found, Some(generation));
}

#[tokio::test]
async fn a_change_of_the_schema_takes_as_long_as_it_takes() {
    let place = Place::new().await;
    // No table is made in that time.
    let options = Options { call_timeout: Duration::from_millis(1), ..Options::default() };
    let store = PostgresStore::open(&SecretString::from(place.url()), options).await.unwrap();
    store.close().await;
    assert!(!postgres(&place).await.is_empty());
}
