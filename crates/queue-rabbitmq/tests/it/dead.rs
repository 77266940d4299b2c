//! Dead letters as several processes look at them, many at a time, and as who gives up leaves them.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use futures_util::{
    StreamExt,
    future::{join, join_all},
};
use lapin::{
    BasicProperties,
    options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions},
    types::FieldTable,
};
use ports::queue::{Queue, QueueOperations};
use queue_rabbitmq::RabbitQueue;
use tokio::time::sleep;
use uuid::Uuid;

use crate::host::{Host, envelope, soon, topic};

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

#[tokio::test]
async fn letters_that_somebody_looks_at_are_counted() {
    let host = Host::new().await;
    let queue = host.queue().await;
    host.bury(1..=3).await;
    let (_connection, channel) = host.stranger().await;
    let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
    let looking = channel.basic_consume("generation.dead".into(), "".into(), options, none);
    let mut letters = looking.await.unwrap();
    soon(letters.next()).await.unwrap().unwrap();
    let giving_back = async {
        sleep(Duration::from_millis(500)).await;
        channel.close(200, "done".into()).await.unwrap();
    };
    let (count, ()) = join(queue.dead_count(), giving_back).await;
    assert_eq!(count.unwrap(), 3);
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

#[tokio::test]
async fn a_replay_nobody_waits_for_doubles_nothing() {
    const LETTERS: u64 = 50;
    let host = Host::new().await;
    let queue = host.queue().await;
    host.bury(1..=LETTERS.into()).await;
    let ids: Vec<_> = (1..=LETTERS).map(|id| Uuid::from_u128(id.into())).collect();
    let there = async || queue.depth(&topic()).await.unwrap().ready;
    let cut = async { while there().await == 0 {} };
    tokio::select! {
        replayed = queue.replay(&ids) => panic!("too fast to be cut: {replayed:?}"),
        () = cut => {}
    }
    // It waits for its turn.
    queue.dead_letters(1).await.unwrap();
    let left = queue.dead_count().await.unwrap();
    assert_eq!((there().await, left), (LETTERS, 0));
}

/// `future` as it is dropped when it has been polled so often; `None` when it was.
async fn cut<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut polled = 0;
    poll_fn(|context| {
        polled += 1;
        if polled > polls { Poll::Ready(None) } else { future.as_mut().poll(context).map(Some) }
    })
    .await
}

/// An operator whose connection is gone, a worker that is told to stop: whatever they were waiting for.
#[tokio::test]
async fn who_gives_up_leaves_no_consumer() {
    let host = Host::new().await;
    let queue = host.queue().await;
    host.bury(1..=3).await;
    let mut polls = 0;
    while cut(polls, queue.consume(&topic(), 1)).await.is_none() {
        polls += 1;
    }
    polls = 0;
    while cut(polls, queue.dead_letters(10)).await.is_none() {
        polls += 1;
    }
    host.list_consumers(0).await;
    queue.publish(&topic(), envelope("x"), None).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let depth = queue.depth(&topic()).await.unwrap();
    assert_eq!((depth.ready, depth.unsettled), (1, 0));
    assert_eq!(page(&queue, None, 10).await, [1, 2, 3]);
}
