//! Work that goes on when nobody waits for it any more.

use std::panic::resume_unwind;

use tracing::Instrument;

use crate::error::Trouble;

/// Does `work` to its end, whether or not the caller is still there for it: a request whose client is gone is dropped wherever it
/// stands.
pub(crate) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
) -> Result<T, Trouble> {
    #[expect(clippy::disallowed_methods, reason = "ends by itself: the broker answers, or is gone")]
    let task = tokio::spawn(work.in_current_span());
    task.await.unwrap_or_else(|ended| match ended.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => Err(Trouble::Stopped),
    })
}
