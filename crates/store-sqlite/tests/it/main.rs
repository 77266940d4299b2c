//! The promises of the store ports, kept by SQLite, and what only SQLite promises.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod contract;
mod durability;
mod full;
mod opening;
mod shell;
mod unreadable;
mod writers;

use std::path::PathBuf;

use domain::{
    chat::{Chat, Message},
    generation::Generation,
};
use ports::store::{Accounts, Chats, Generations};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use testkit::{clock::epoch, sample};

/// Where a store may be opened.
struct Place {
    _directory: TempDir,
    file: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sluice.db");
        Self { _directory: directory, file }
    }

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.file).await.unwrap()
    }

    /// A connection beside the store's own, as somebody at the sqlite3 shell has it.
    async fn shell(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(&self.file).connect().await.unwrap()
    }

    /// Says whether SQLite finds the file sound.
    async fn is_sound(&self) -> bool {
        let verdicts = texts(&mut self.shell().await, "PRAGMA integrity_check").await;
        let strays = texts(&mut self.shell().await, "PRAGMA foreign_key_check").await;
        verdicts == ["ok"] && strays.is_empty()
    }
}

/// The first column of every row, as text.
async fn texts(shell: &mut SqliteConnection, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(shell).await.unwrap()
}

/// The only number that `sql` selects.
async fn number(shell: &mut SqliteConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(shell).await.unwrap()
}

/// A chat of a new user.
async fn chat(store: &SqliteStore) -> Chat {
    let user = sample::user(epoch());
    let chat = sample::chat(user.id, epoch());
    Accounts::create(store, sample::account(user)).await.unwrap();
    Chats::create(store, &chat).await.unwrap();
    chat
}

/// All that was said in `chat`, newest first.
async fn messages(store: &SqliteStore, chat: &Chat) -> Vec<Message> {
    let page = store.messages(chat.owner, chat.id, None, 10_000).await.unwrap().unwrap();
    page.items.into_iter().map(|shown| shown.message).collect()
}

/// A generation of a new user.
async fn queued(store: &SqliteStore) -> Generation {
    let chat = chat(store).await;
    let new = sample::new_generation(chat.owner, chat.id, "Hello?", epoch());
    assert!(store.admit(&new, epoch()).await.unwrap().is_created());
    new.generation
}
