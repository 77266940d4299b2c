//! A run in which nothing moves any more: what is not done by then will never be.

use std::time::{Duration, Instant};

use simulated_provider::Record;
use tokio::time::sleep;

use crate::checker::StoreState;

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Waits until nothing has moved for as long as `limit`; for ever if there is none. The longest wait that
/// is part of the work must be shorter.
pub async fn stands_still(limit: Option<Duration>, database_url: &str, record: &Record) {
    let Some(limit) = limit else { return std::future::pending().await };
    let (mut before, mut since) = (String::new(), Instant::now());
    while since.elapsed() < limit {
        let now = state(database_url, record).await;
        if now != before {
            (before, since) = (now, Instant::now());
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// How far everything has come.
async fn state(database_url: &str, record: &Record) -> String {
    let store = StoreState::read(database_url).await;
    let calls = record.calls();
    let tokens: usize = calls.iter().map(|call| call.tokens).sum();
    let rows = (&store.generations, &store.usage, &store.audit, store.unsent);
    format!("{rows:?} {} {tokens}", calls.len())
}
