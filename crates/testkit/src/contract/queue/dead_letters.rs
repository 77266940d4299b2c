//! What could not be done waits for an operator.

use std::time::Duration;

use ports::queue::MAX_DELIVERIES;
use uuid::Uuid;

use super::{
    super::waiting::stays_quiet,
    bench::{QueueUnderTest, envelope, taken, topic},
};

/// An operator finds the message, its topic and the reason, and the topic is rid of it.
pub async fn a_dead_letter_tells_where_it_was_and_why(under_test: QueueUnderTest) {
    let topic = topic();
    let buried = under_test.bury(&topic, "bad", "cannot be read: no such version").await;
    let letters = under_test.dead_letters_become(&topic, 1).await;
    assert_eq!(letters[0].envelope, buried);
    assert_eq!(letters[0].topic, topic);
    assert_eq!(letters[0].why, "cannot be read: no such version");
    stays_quiet(&mut under_test.consume(&topic, 1).await).await;
}

/// Looking twice shows the same.
pub async fn dead_letters_are_looked_at_without_taking_them(under_test: QueueUnderTest) {
    let topic = topic();
    under_test.bury(&topic, "bad", "why").await;
    let first = under_test.dead_letters_become(&topic, 1).await;
    assert_eq!(under_test.operations.dead_count().await.unwrap(), 1);
    assert_eq!(under_test.dead_letters(&topic).await, first);
}

/// The oldest are seen first, and no more than asked for.
pub async fn dead_letters_come_oldest_first_up_to_the_limit(under_test: QueueUnderTest) {
    let topic = topic();
    let older = under_test.bury(&topic, "older", "why").await;
    under_test.dead_letters_become(&topic, 1).await;
    // Those of one moment come by their ids.
    (under_test.advance)(Duration::from_millis(1)).await;
    let younger = under_test.bury(&topic, "younger", "why").await;
    let letters = under_test.dead_letters_become(&topic, 2).await;
    let ids: Vec<_> = letters.iter().map(|letter| letter.envelope.message_id).collect();
    assert_eq!(ids, [older.message_id, younger.message_id]);
    assert!(letters[0].since <= letters[1].since);
    assert_eq!(under_test.operations.dead_letters(1).await.unwrap().len(), 1);
}

/// Each is on one page, whichever are taken out meanwhile.
pub async fn dead_letters_come_in_pages(under_test: QueueUnderTest) {
    let topic = topic();
    for text in ["a", "b", "c", "d", "e"] {
        under_test.bury(&topic, text, "why").await;
    }
    let letters = under_test.dead_letters_become(&topic, 5).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = under_test.operations.dead_letters_behind(after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.place());
        let own: Vec<_> = page.into_iter().filter(|letter| letter.topic == topic).collect();
        for letter in own.iter().take(1) {
            let id = letter.envelope.message_id;
            assert_eq!(under_test.operations.purge(&[id]).await.unwrap(), 1);
        }
        seen.extend(own);
    }
    assert_eq!(seen, letters);
}

/// Wherever it stands.
pub async fn a_dead_letter_is_found_by_its_id(under_test: QueueUnderTest) {
    let topic = topic();
    let buried = under_test.bury(&topic, "one", "why").await;
    under_test.bury(&topic, "other", "why").await;
    let letters = under_test.dead_letters_become(&topic, 2).await;
    let found = async |ids: &[Uuid]| under_test.operations.dead_letters_called(ids).await.unwrap();
    let unknown = envelope("never published").message_id;
    let one: Vec<_> = letters
        .iter()
        .filter(|letter| letter.envelope.message_id == buried.message_id)
        .cloned()
        .collect();
    assert_eq!(found(&[unknown, buried.message_id, buried.message_id]).await, one);
    assert_eq!(found(&[]).await, []);
    assert_eq!(under_test.dead_letters(&topic).await, letters, "it is still there");
}

/// A replayed message is where it had been, and no dead letter any more.
pub async fn a_replayed_message_comes_again(under_test: QueueUnderTest) {
    let topic = topic();
    let buried = under_test.bury(&topic, "bad", "why").await;
    let other = under_test.bury(&topic, "other", "why").await;
    under_test.dead_letters_become(&topic, 2).await;
    let replayed = under_test.operations.replay(&[buried.message_id]).await.unwrap();
    assert_eq!(replayed, 1);
    let mut deliveries = under_test.consume(&topic, 1).await;
    let delivery = taken(&mut deliveries).await;
    assert_eq!(delivery.envelope, buried);
    delivery.ack().await.unwrap();
    let left = under_test.dead_letters_become(&topic, 1).await;
    assert_eq!(left[0].envelope, other);
}

/// A replayed message may fail as often as a new one.
pub async fn a_replayed_message_starts_afresh(under_test: QueueUnderTest) {
    let topic = topic();
    let published = under_test.publish(&topic, "poison").await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    for _ in 0..MAX_DELIVERIES {
        taken(&mut deliveries).await.release().await.unwrap();
    }
    under_test.dead_letters_become(&topic, 1).await;
    under_test.operations.replay(&[published.message_id]).await.unwrap();
    for _ in 0..MAX_DELIVERIES - 1 {
        taken(&mut deliveries).await.release().await.unwrap();
    }
    taken(&mut deliveries).await.ack().await.unwrap();
    under_test.dead_letters_become(&topic, 0).await;
}

/// A purged message is neither dead letter nor delivered.
pub async fn a_purged_message_is_gone(under_test: QueueUnderTest) {
    let topic = topic();
    let buried = under_test.bury(&topic, "bad", "why").await;
    under_test.dead_letters_become(&topic, 1).await;
    assert_eq!(under_test.operations.purge(&[buried.message_id]).await.unwrap(), 1);
    under_test.dead_letters_become(&topic, 0).await;
    stays_quiet(&mut under_test.consume(&topic, 1).await).await;
}

/// Only what was there is counted.
pub async fn unknown_dead_letters_are_not_counted(under_test: QueueUnderTest) {
    let topic = topic();
    let buried = under_test.bury(&topic, "bad", "why").await;
    under_test.dead_letters_become(&topic, 1).await;
    let unknown = envelope("never published").message_id;
    assert_eq!(under_test.operations.replay(&[unknown]).await.unwrap(), 0);
    assert_eq!(under_test.operations.purge(&[unknown, buried.message_id]).await.unwrap(), 1);
}
