//! One line per port.

use std::{sync::Arc, time::Duration};

use embedded::MemoryQueue;
use futures_util::FutureExt;
use testkit::{
    clock::TokioClock,
    contract::{queue::QueueUnderTest, waiting::Advance},
};

testkit::queue_contract!(crate::contract::queue);

/// Time stands still but for what a case waits for.
fn paused() -> (Arc<TokioClock>, Advance) {
    tokio::time::pause();
    let advance = |by: Duration| tokio::time::advance(by).boxed();
    (Arc::new(TokioClock::new()), Box::new(advance))
}

#[expect(clippy::unused_async, reason = "other adapters connect first")]
async fn queue() -> QueueUnderTest {
    let (clock, advance) = paused();
    let queue = Arc::new(MemoryQueue::new(clock));
    QueueUnderTest { queue: queue.clone(), operations: queue, advance, guard: Box::new(()) }
}
