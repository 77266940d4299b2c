//! A server that copies another one answers questions and takes no writes.

use std::{process, time::Duration};

use ports::store::{Chats, StoreError};
use secrecy::SecretString;
use store_postgres::{Options, PostgresStore};
use testkit::{clock::epoch, sample};
use tokio::time::{sleep, timeout};

use crate::{
    chat,
    place::{execute, server},
};

#[tokio::test]
async fn a_connection_to_a_server_that_takes_no_writes_is_given_up() {
    // A database of its own: it tells its new sessions whether they may write.
    let name = format!("copies_{}", process::id());
    let (make, remove) =
        (format!("CREATE DATABASE {name}"), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    execute(&server(), &remove).await;
    execute(&server(), &make).await;
    let read_only = |is| format!("ALTER DATABASE {name} SET default_transaction_read_only = {is}");
    let (earlier, store) = (open(&name).await, open(&name).await);
    let chat = chat(&earlier).await;

    execute(&server(), &read_only("on")).await;
    let write = async || Chats::create(&store, &sample::chat(chat.owner, epoch())).await;
    let refused = write().await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "not for ever: {refused:?}");
    assert_eq!(Chats::find(&store, chat.owner, chat.id).await.unwrap(), Some(chat.clone()));
    execute(&server(), &read_only("off")).await;
    // A session stays what it is: only a new one may write.
    let writing = async {
        while write().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), writing).await.expect("there are new connections");

    execute(&server(), &remove).await;
}

async fn open(database: &str) -> PostgresStore {
    let server = server();
    let (url, query) = server.split_once('?').unwrap_or((&server, ""));
    let (place, _) = url.rsplit_once('/').unwrap();
    let url = SecretString::from(format!("{place}/{database}?{query}"));
    PostgresStore::open(&url, Options::default()).await.unwrap()
}
