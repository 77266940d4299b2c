//! One line per port.

use std::{sync::Arc, time::Duration};

use embedded::{
    LEASE, MemoryControls, MemoryKeyPool, MemoryLimits, MemoryLog, MemoryNotices, MemoryQueue,
};
use futures_util::FutureExt;
use testkit::{
    clock::TokioClock,
    contract::{live::LiveUnderTest, queue::QueueUnderTest, waiting::Advance},
};

testkit::queue_contract!(crate::contract::queue);
testkit::log_writer_contract!(crate::contract::live);
testkit::event_log_contract!(crate::contract::live);
testkit::cancels_contract!(crate::contract::live);
testkit::key_pool_contract!(crate::contract::live);
testkit::limits_contract!(crate::contract::live);
testkit::controls_contract!(crate::contract::live);
testkit::notices_contract!(crate::contract::live);

/// Time stands still but for what a case waits for.
fn paused() -> (Arc<TokioClock>, Advance) {
    tokio::time::pause();
    let advance = |by: Duration| tokio::time::advance(by).boxed();
    (Arc::new(TokioClock::new()), Box::new(advance))
}

async fn queue() -> QueueUnderTest {
    let (clock, advance) = paused();
    let queue = Arc::new(MemoryQueue::new(clock));
    QueueUnderTest { queue: queue.clone(), operations: queue, advance, guard: Box::new(()) }
}

async fn live() -> LiveUnderTest {
    let (clock, advance) = paused();
    let log = Arc::new(MemoryLog::new(clock.clone()));
    LiveUnderTest {
        log_writer: log.clone(),
        event_log: log.clone(),
        cancels: log,
        keys: Arc::new(MemoryKeyPool::new(clock.clone())),
        limits: Arc::new(MemoryLimits::new(clock.clone())),
        controls: Arc::new(MemoryControls::new(clock)),
        notices: Arc::new(MemoryNotices::default()),
        lease: LEASE,
        advance,
        guard: Box::new(()),
    }
}
