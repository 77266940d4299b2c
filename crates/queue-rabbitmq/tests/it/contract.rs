//! One line per port.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use testkit::contract::queue::QueueUnderTest;

use crate::host::Host;

testkit::queue_contract!(crate::contract::queue);

async fn queue() -> QueueUnderTest {
    let host = Host::new().await;
    let queue = Arc::new(host.queue().await);
    QueueUnderTest {
        queue: queue.clone(),
        operations: queue,
        // The broker has a clock of its own, so time really passes.
        advance: Box::new(|by: Duration| tokio::time::sleep(by).boxed()),
        guard: Box::new(host),
    }
}
