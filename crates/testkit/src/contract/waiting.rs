//! How cases wait: never for a time, always for an event, and never for ever.

use std::{any::Any, future::Future, time::Duration};

use futures_util::{Stream, StreamExt, future::BoxFuture};
use tokio::time::timeout;

/// Lets time pass, for the adapter and for the case: turns the clock, or really waits.
pub type Advance = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Whatever has to live as long as the case: a server, a directory, a task.
pub type Guard = Box<dyn Any + Send + Sync>;

/// How long anything may take that should come at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a case listens before it believes that nothing comes.
const QUIET: Duration = Duration::from_millis(300);

/// What `future` answers; fails if that takes long.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("waited in vain")
}

/// The next item of `stream`; fails if it takes long or the stream has ended.
pub(crate) async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    soon(stream.next()).await.expect("the stream has ended")
}

/// Fails if `stream` yields anything within a moment.
pub(crate) async fn stays_quiet<T>(stream: &mut (impl Stream<Item = T> + Unpin)) {
    assert!(timeout(QUIET, stream.next()).await.is_err(), "something came that should not");
}

/// Waits until `holds`, looking again and again; fails if it takes long.
pub(crate) async fn eventually(advance: &Advance, mut holds: impl AsyncFnMut() -> bool) {
    const STEP: Duration = Duration::from_millis(50);
    let mut waited = Duration::ZERO;
    while !holds().await {
        assert!(waited < PATIENCE, "it never became true");
        advance(STEP).await;
        waited += STEP;
    }
}
