//! What a process is asked for by signal: to end, or to read its settings again.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

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
    /// Told with every SIGHUP that means so: read the settings again.
    pub hangup: Arc<Notify>,
}

/// What SIGHUP means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hangup {
    /// Read the settings again, as it does to a service.
    Reloads,
    /// End softly: the terminal is gone, and whoever worked at it.
    Ends,
}

impl Hangup {
    /// What it means to a process that people start from a terminal: its end, unless whoever started the process
    /// has it outlive that, as `nohup` does. Ask before anybody listens for signals.
    #[must_use]
    pub fn from_terminal() -> Self {
        let is_from_terminal = io::stdin().is_terminal() && !is_ignored(SignalKind::hangup());
        if is_from_terminal { Self::Ends } else { Self::Reloads }
    }
}

/// Whether whoever started us has us ignore a signal (`SigIgn` of `proc_pid_status(5)`).
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    ignored.is_some_and(|set| set >> (kind.as_raw_value() - 1) & 1 == 1)
}

impl Shutdown {
    /// Follows SIGTERM and SIGINT: the first one ends softly, the second one at once; and SIGHUP, which means
    /// what `means` says. Call it before work begins, so that an early signal is not missed, and poll the
    /// future beside the work.
    pub fn on_signals(&self, means: Hangup) -> io::Result<impl Future<Output = ()> + Send + use<>> {
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
                    _ = hangup.recv() => match means {
                        Hangup::Reloads => told.notify_one(),
                        // Not at once if it comes again: a terminal that is closed may say so twice.
                        Hangup::Ends => soft.cancel(),
                    },
                }
            }
        })
    }
}
