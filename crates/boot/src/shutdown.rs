//! What a process is asked for by signal: to end, or to read its settings again.

use std::{io, sync::Arc};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::Notify,
};
use tokio_util::sync::CancellationToken;

/// The two ways to end.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Take no more work, finish what is under way within the grace time.
    pub soft: CancellationToken,
    /// Drop everything now; nothing is lost, since every job is handed over again.
    pub hard: CancellationToken,
    /// Told with every SIGHUP: read the settings again.
    pub hangup: Arc<Notify>,
}

impl Shutdown {
    /// Follows SIGTERM and SIGINT: the first one ends softly, the second one at once; and SIGHUP. Call it
    /// before work begins, so that an early signal is not missed, and poll the future beside the work.
    pub fn on_signals(&self) -> io::Result<impl Future<Output = ()> + Send + use<>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let Self { soft, hard, hangup: told } = self.clone();
        Ok(async move {
            while !hard.is_cancelled() {
                let token = if soft.is_cancelled() { &hard } else { &soft };
                tokio::select! {
                    _ = terminate.recv() => token.cancel(),
                    _ = interrupt.recv() => token.cancel(),
                    _ = hangup.recv() => told.notify_one(),
                }
            }
        })
    }
}
