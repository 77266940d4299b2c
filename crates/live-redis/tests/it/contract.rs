//! One line per port.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt;
use testkit::contract::live::LiveUnderTest;

use crate::installation::{Prefix, Process, options, url};

testkit::log_writer_contract!(crate::contract::live);
testkit::event_log_contract!(crate::contract::live);
testkit::cancels_contract!(crate::contract::live);
testkit::key_pool_contract!(crate::contract::live);
testkit::limits_contract!(crate::contract::live);
testkit::controls_contract!(crate::contract::live);
testkit::notices_contract!(crate::contract::live);

async fn live() -> LiveUnderTest {
    live_at(url("TEST_REDIS_URL")).await
}

/// The adapter on the servers at `url`.
pub async fn live_at(url: String) -> LiveUnderTest {
    let prefix = Prefix::new(&url);
    let options = options(&url, &prefix);
    let lease = options.lease;
    let process = Process::start(options).await;
    let live = Arc::new(process.live.clone());
    LiveUnderTest {
        log_writer: live.clone(),
        event_log: live.clone(),
        cancels: live.clone(),
        keys: live.clone(),
        limits: live.clone(),
        controls: live.clone(),
        notices: live,
        lease,
        // The server has a clock of its own, so time really passes.
        advance: Box::new(|by: Duration| tokio::time::sleep(by).boxed()),
        guard: Box::new((process, prefix)),
    }
}
