//! Dead letters as several processes look at them, many at a time, and as who gives up leaves them.

use std::time::Duration;

use futures_util::future::{join, join_all};
use lapin::{
    BasicProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use ports::queue::QueueOperations;
use queue_rabbitmq::RabbitQueue;
use tokio::time::sleep;
use uuid::Uuid;

use crate::host::{Host, soon};

impl Host {
    /// Puts letters called `ids` among the dead ones, in this order and all of one time.
    async fn bury(&self, ids: impl Iterator<Item = u128>) {
        let (_connection, channel) = self.stranger().await;
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let burying = ids.map(async |id| {
            let id = Uuid::from_u128(id).to_string();
            let properties = BasicProperties::default().with_message_id(id.into());
            let options = BasicPublishOptions::default();
            let (exchange, key) = ("generation.dead".into(), "openai".into());
            let publishing = channel.basic_publish(exchange, key, options, b"{}", properties);
            publishing.await.unwrap().await.unwrap();
        });
        join_all(burying).await;
    }
}

/// The numbers of the letters that a page shows.
async fn page(queue: &RabbitQueue, after: Option<u128>, limit: u32) -> Vec<u128> {
    let after = after.map(|id| (domain::time::Timestamp::UNIX_EPOCH, Uuid::from_u128(id)));
    let letters = queue.dead_letters_behind(after, limit).await.unwrap();
    letters.iter().map(|letter| letter.envelope.message_id.as_u128()).collect()
}

#[tokio::test]
async fn processes_that_look_at_once_see_everything() {
    let host = Host::new().await;
    let (one, other) = join(host.queue(), host.queue()).await;
    host.bury(1..=20).await;
    let looking = async |queue: &RabbitQueue| {
        for _ in 0..10 {
            assert_eq!(page(queue, None, 1000).await, (1..=20).collect::<Vec<_>>());
        }
    };
    soon(join(looking(&one), looking(&other))).await;
    let ids: Vec<_> = (1..=20).map(Uuid::from_u128).collect();
    let (replayed, purged) = soon(join(one.replay(&ids[..10]), other.purge(&ids[10..]))).await;
    assert_eq!((replayed.unwrap(), purged.unwrap()), (10, 10));
    assert_eq!(one.dead_count().await.unwrap(), 0);
}

/// The broker puts off what is acknowledged fast.
#[tokio::test]
async fn many_letters_that_are_purged_are_gone() {
    let host = Host::new().await;
    let queue = host.queue().await;
    host.bury(1..=2000).await;
    let ids: Vec<_> = (1..=2000).map(Uuid::from_u128).collect();
    for (purged, left) in [(&ids[..1500], 500), (&ids[1500..], 0)] {
        let count = queue.purge(purged).await.unwrap();
        assert_eq!(usize::try_from(count).unwrap(), purged.len());
        assert_eq!(queue.dead_count().await.unwrap(), left);
        sleep(Duration::from_millis(500)).await;
        assert_eq!(queue.dead_count().await.unwrap(), left, "none has come back");
    }
}

/// Those of one time stand by their ids, wherever they are in the queue.
#[tokio::test]
async fn every_letter_is_on_a_page() {
    let host = Host::new().await;
    let queue = host.queue().await;
    host.bury((1..=300).rev()).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = page(&queue, after, 50).await;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        seen.extend(page);
    }
    assert!(seen.iter().copied().eq(1..=300), "{} of 300 are on pages", seen.len());
}
