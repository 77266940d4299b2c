//! The broker cuts a worker's connection, and hands what it had to whoever asks: an answer whose worker
//! lives is not begun anew.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::{failure::ErrorClass, pool::PoolWish};
use embedded::MemoryQueue;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use ports::{
    live::Controls,
    queue::{Acknowledge, Deliveries, Delivery, Envelope, Queue, QueueError, Topic},
};
use tokio_util::sync::CancellationToken;

use crate::{
    scripted::{Say, Scripted},
    world::{World, config},
};

/// A delivery as the broker has it: gone when it was ended, or taken away.
type Slot = Arc<Mutex<Option<Delivery>>>;

/// A connection to the queue that can be cut.
struct Connection {
    queue: Arc<MemoryQueue>,
    out: Arc<Mutex<Vec<Slot>>>,
    cut: Mutex<CancellationToken>,
}

impl Connection {
    fn new(queue: &Arc<MemoryQueue>) -> Arc<Self> {
        Arc::new(Self { queue: Arc::clone(queue), out: Arc::default(), cut: Mutex::default() })
    }

    /// Ends all subscriptions, and takes back what is out.
    fn cut(&self) {
        std::mem::take(&mut *self.cut.lock().unwrap()).cancel();
        for slot in std::mem::take(&mut *self.out.lock().unwrap()) {
            drop(slot.lock().unwrap().take());
        }
    }
}

#[async_trait]
impl Queue for Connection {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        self.queue.publish(topic, envelope, delay).await
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        let deliveries = self.queue.consume(topic, prefetch).await?;
        let (out, cut) = (Arc::clone(&self.out), self.cut.lock().unwrap().clone());
        let token = cut.clone();
        let handed = deliveries.map(move |delivery| Ok(hand_over(delivery?, &out, &token)));
        let broken = futures_util::stream::iter([Err(gone())]);
        Ok(handed.take_until(cut.cancelled_owned()).chain(broken).boxed())
    }
}

fn gone() -> QueueError {
    QueueError::Unavailable("the connection was cut".into())
}

fn hand_over(delivery: Delivery, out: &Mutex<Vec<Slot>>, cut: &CancellationToken) -> Delivery {
    let (envelope, redelivered) = (delivery.envelope.clone(), delivery.redelivered);
    let slot: Slot = Arc::new(Mutex::new(Some(delivery)));
    out.lock().unwrap().push(Arc::clone(&slot));
    Delivery::new(envelope, redelivered, Box::new(Theirs(slot, cut.clone())))
}

/// The worker's side of a delivery.
struct Theirs(Slot, CancellationToken);

impl Theirs {
    fn take(&self) -> Result<Delivery, QueueError> {
        self.0.lock().unwrap().take().ok_or_else(gone)
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        drop(self.0.lock().unwrap().take());
    }
}

#[async_trait]
impl Acknowledge for Theirs {
    async fn ack(self: Box<Self>) -> Result<(), QueueError> {
        self.take()?.ack().await
    }

    async fn release(self: Box<Self>) -> Result<(), QueueError> {
        self.take()?.release().await
    }

    async fn dead_letter(self: Box<Self>, why: &str) -> Result<(), QueueError> {
        self.take()?.dead_letter(why).await
    }

    fn lost(&self) -> BoxFuture<'static, ()> {
        self.1.clone().cancelled_owned().boxed()
    }
}

const SLOWLY: Say = Say::Slowly(&["one ", "two ", "three"], Duration::from_secs(2));

/// A worker with room for one answer that is under way, and the connection its job came by.
async fn under_way(script: &[Say]) -> (World, Arc<Connection>, Arc<Scripted>) {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(script));
    let connection = Connection::new(&world.queue);
    let queue = Arc::<Connection>::clone(&connection);
    let ports = provider_worker::Ports { queue, ..world.ports() };
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1", "k2"]);
    config.providers[0].concurrency = 1;
    world.start_on(ports, config, Arc::<Scripted>::clone(&provider));
    world.ask("m").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    (world, connection, provider)
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_on_when_its_job_is_handed_to_another_worker() {
    let (mut world, connection, provider) = under_way(&[SLOWLY]).await;
    let other = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    world.start_with(other, Arc::<Scripted>::clone(&provider));
    connection.cut();
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (1, "one two three"));
    assert_eq!(world.ended().await, ended, "the copy of the job finds it answered");
    world.idle().await;
    assert_eq!(provider.calls().len(), 1);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_on_when_its_job_comes_back_to_the_same_worker() {
    let (mut world, connection, provider) = under_way(&[SLOWLY]).await;
    connection.cut();
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (1, "one two three"));
    assert_eq!(world.ended().await, ended);
    world.idle().await;
    assert_eq!(provider.calls().len(), 1);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_its_job_may_begin_again_with_another_key() {
    let breaks = Say::BreakAfter("one", Duration::from_secs(5), ErrorClass::Truncated);
    let (mut world, connection, provider) = under_way(&[breaks, SLOWLY]).await;
    connection.cut();
    let ended = world.finished().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "one two three"));
    world.idle().await;
    assert_eq!(provider.calls().len(), 2);
    world.stop_softly().await;
}

/// Deliveries outlive the subscription that they came by.
#[tokio::test(start_paused = true)]
async fn an_answer_goes_on_that_came_by_an_earlier_subscription() {
    let (mut world, connection, provider) = under_way(&[SLOWLY]).await;
    let wish = PoolWish { concurrency: Some(2), ..PoolWish::default() };
    world.controls.tell(&testkit::sample::provider(), wish).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let other = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    world.start_with(other, Arc::<Scripted>::clone(&provider));
    connection.cut();
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (1, "one two three"));
    assert_eq!(provider.calls().len(), 1);
    world.crash().await;
}
