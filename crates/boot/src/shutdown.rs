//! The end of a process, asked for by signal.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The two ways to end.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Take no more work, finish what is under way within the grace time.
    pub soft: CancellationToken,
    /// Drop everything now; nothing is lost, since every job is handed over again.
    pub hard: CancellationToken,
}

impl Shutdown {
    /// Follows SIGTERM and SIGINT: the first one ends softly, the second one at once. Call it before
    /// work begins, so that an early signal is not missed, and poll the future beside the work.
    pub fn on_signals(&self) -> io::Result<impl Future<Output = ()> + Send + use<>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let Self { soft, hard } = self.clone();
        Ok(async move {
            for token in [soft, hard] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                token.cancel();
            }
        })
    }
}
