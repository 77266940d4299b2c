//! What was answered is there after a restart, however the process ended.

use domain::id::MessageId;
use ports::store::{Accounts, Chats, Generations, Ledger, Outbox, Progress, Settle};
use testkit::{clock::epoch, sample};

use crate::{Place, queued};

#[tokio::test]
async fn everything_is_there_after_a_drop_without_close() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    let events = sample::events(1, 1, &["Hi"]);
    let ended = sample::ended(&generation, 1, sample::succeeded(), events.clone(), epoch());
    let outbox = vec![sample::usage_row(&generation, epoch())];
    let message_id = MessageId::generate(epoch());
    let settle = Settle { ended: &ended, message_id, outbox };
    let settled = store.settle(&settle, epoch()).await.unwrap().into_generation().unwrap();
    let usage = domain::ledger::UsageEvent::of(&ended).unwrap();
    store.post_usage(&[usage]).await.unwrap();
    drop(store);

    let store = place.open().await;
    let (owner, id) = (generation.user_id, generation.id);
    assert_eq!(Generations::find(&store, owner, id).await.unwrap(), Some(settled));
    assert!(store.by_id(owner).await.unwrap().is_some());
    let said = store.messages(owner, generation.chat_id, None, 9).await.unwrap().unwrap();
    assert_eq!(said.items[0].message.content, "Hi");
    assert_eq!(store.archived_events(id, 0, 9).await.unwrap(), events);
    assert_eq!(store.claim(9, epoch(), epoch()).await.unwrap().len(), 2);
    let days = store.daily_usage(owner, epoch().date_naive()).await.unwrap();
    assert_eq!(days[0].input_tokens, 11);
    assert!(place.is_sound().await);
}

/// A copy of the files, log and all, as a power cut would leave them.
#[tokio::test]
async fn what_was_answered_is_in_the_files_at_once() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    let copy = Place::new();
    for suffix in ["", "-wal"] {
        let file = |place: &Place| format!("{}{suffix}", place.file.display());
        std::fs::copy(file(&place), file(&copy)).unwrap();
    }
    let copied = copy.open().await;
    let found = Generations::find(&copied, generation.user_id, generation.id).await.unwrap();
    assert_eq!(found, Some(generation));
}

#[tokio::test]
async fn a_closed_store_says_so_and_leaves_no_log() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    store.close().await;
    store.close().await;
    let find = Generations::find(&store, generation.user_id, generation.id).await;
    assert!(matches!(find, Err(ports::store::StoreError::Unavailable(_))), "{find:?}");
    let claim = store.claim(1, epoch(), epoch()).await;
    assert!(matches!(claim, Err(ports::store::StoreError::Unavailable(_))), "{claim:?}");
    let log = format!("{}-wal", place.file.display());
    assert!(!std::path::Path::new(&log).exists());
}
