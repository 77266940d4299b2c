//! A broker that takes long to count. It is one of the test's own: what happens inside is staged.

use std::{sync::Arc, time::Duration};

use cluster::servers::RabbitMq;
use futures_util::StreamExt;
use ports::{
    clock::SystemClock,
    queue::{Queue, QueueOperations},
};
use queue_rabbitmq::{Options, RabbitQueue};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::host::{envelope, soon, topic};

/// Who is asked next, after a quarter of a second, how many dead letters there are, gets no answer in time, and tells
/// that there are none.
const STAGED: &str = "Queue = '%2F_generation.dead',     spawn(fun() ->         sys:suspend(Queue),         Wait = fun(Again) -> case process_info(whereis(Queue), message_queue_len) of             {_, 0} -> timer:sleep(5), Again(Again);             _ -> timer:sleep(270)         end end,         Wait(Wait),         sys:resume(Queue)     end).";

#[tokio::test]
async fn a_slow_queue_is_not_taken_for_an_empty_one() {
    let folder = TempDir::new().unwrap();
    let broker = RabbitMq::start(folder.path()).await.unwrap();
    let mut options = Options::new(broker.url().into(), "test@host:1");
    options.management = Some(broker.management_url().into());
    let queue = RabbitQueue::connect(options, Arc::new(SystemClock)).await.unwrap();
    queue.publish(&topic(), envelope("a"), None).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let delivery = soon(deliveries.next()).await.unwrap().unwrap();
    delivery.dead_letter("for the test").await.unwrap();
    while queue.dead_count().await.unwrap() == 0 {
        sleep(Duration::from_millis(50)).await;
    }
    broker.control(&["eval", STAGED]).await.unwrap();
    assert_eq!(queue.dead_count().await.unwrap(), 1);
    broker.control(&["eval", STAGED]).await.unwrap();
    assert_eq!(queue.dead_letters(10).await.unwrap().len(), 1);
}
