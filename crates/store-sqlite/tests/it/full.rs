//! When no space is left.

use domain::{chat::Chat, generation::Status};
use ports::store::{ChatChange, Chats, Generations, Outbox, StoreError};
use store_sqlite::{OpenError, Options, SqliteStore};
use testkit::{clock::epoch, sample};

use crate::{Place, chat, number};

/// Room for the schema and a few hundred messages.
const PAGES: Options = Options { max_pages: Some(120) };

/// Fills the chat until nothing more goes in. Answers how many messages did.
async fn fill(store: &SqliteStore, chat: &Chat) -> i64 {
    let text = "x".repeat(3000);
    for count in 0..10_000 {
        let message = sample::message(chat.id, &text, epoch());
        match store.append(chat.owner, &message, "").await {
            Ok(_) => {}
            Err(StoreError::Unavailable(_)) => return count,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("it never became full");
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let place = Place::new();
    let store = SqliteStore::open_with(&place.file, PAGES).await.unwrap();
    let chat = chat(&store).await;
    let count = fill(&store, &chat).await;
    assert!(count > 10, "{count}");

    let mut new = sample::new_generation(chat.owner, chat.id, &"y".repeat(5000), epoch());
    for _ in 0..3 {
        let refused = store.admit(&new, epoch()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    let found = Generations::find(&store, chat.owner, new.generation.id).await.unwrap();
    assert_eq!(found, None, "nothing partial");
    let mut shell = place.shell().await;
    assert_eq!(number(&mut shell, "SELECT count(*) FROM messages").await, count);
    assert_eq!(number(&mut shell, "SELECT count(*) FROM outbox").await, 0);
    assert!(place.is_sound().await);

    // Deleting makes room, in the same store.
    let deleted = Chats::delete(&store, chat.owner, chat.id).await.unwrap();
    assert!(matches!(deleted, ChatChange::Changed(_)));
    Chats::create(&store, &chat).await.unwrap();
    new.message.as_mut().unwrap().content = "Now?".to_owned();
    assert!(store.admit(&new, epoch()).await.unwrap().is_created());
    let found = Generations::find(&store, chat.owner, new.generation.id).await.unwrap();
    assert_eq!(found.unwrap().state.status, Status::Queued);
    assert!(place.is_sound().await);
}

#[tokio::test]
async fn a_full_disk_that_has_room_again_goes_on() {
    let place = Place::new();
    let store = SqliteStore::open_with(&place.file, PAGES).await.unwrap();
    let chat = chat(&store).await;
    let count = fill(&store, &chat).await;
    drop(store);
    let store = place.open().await;
    let kept = crate::messages(&store, &chat).await;
    assert_eq!(i64::try_from(kept.len()).unwrap(), count);
    let new = sample::new_generation(chat.owner, chat.id, "Now?", epoch());
    assert!(store.admit(&new, epoch()).await.unwrap().is_created());
    assert_eq!(store.claim(9, epoch(), epoch()).await.unwrap().len(), 1);
    assert!(place.is_sound().await);
}

#[tokio::test]
async fn a_disk_too_full_for_a_new_database_is_named() {
    let place = Place::new();
    let tiny = Options { max_pages: Some(8) };
    let refused = SqliteStore::open_with(&place.file, tiny).await.expect_err("it must not open");
    assert!(matches!(&refused, OpenError::Full(path) if *path == place.file), "{refused}");
    place.open().await;
    assert!(place.is_sound().await);
}
