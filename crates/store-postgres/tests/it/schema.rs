//! The schema is SQLite's, in PostgreSQL's words.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use ports::store::Generations;
use secrecy::SecretString;
use sqlx::{Connection, Row, SqliteConnection};
use store_postgres::{NEWEST, Options, PostgresStore};

use crate::{Place, queued};

/// Table, column, and whether it may be absent.
type Column = (String, String, bool);

fn names(dialect: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(dialect);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    files.map(|name| name.into_string().unwrap()).collect()
}

async fn sqlite() -> BTreeSet<Column> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    for name in names("sqlite") {
        let sql = fs::read_to_string(folder.join(name)).unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    let sql = "SELECT tables.name, columns.name, columns.\"notnull\" = 0 FROM sqlite_master AS tables, \
         pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'";
    let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
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
async fn both_dialects_have_the_same_tables_and_columns() {
    assert_eq!(names("postgres"), names("sqlite"));
    let place = Place::new().await;
    place.open().await.close().await;
    let (ours, theirs) = (postgres(&place).await, sqlite().await);
    assert!(ours.len() > 50, "the columns are read: {ours:?}");
    assert_eq!(ours, theirs);
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
    let older = "ALTER TABLE generations DROP COLUMN fallbacks, DROP COLUMN chain; \
         DROP INDEX generations_question; DROP TABLE switched_keys; \
         ALTER TABLE audit_logs DROP COLUMN detail; \
         DELETE FROM _sqlx_migrations WHERE version >= 9";
    sqlx::raw_sql(older).execute(&mut place.shell().await).await.unwrap();
    let store = place.open().await;
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
