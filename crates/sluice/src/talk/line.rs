//! The line on a terminal that says how an answer stands; it gives way to what is printed.

use std::{
    future::Future,
    io::{IsTerminal, Write},
    pin::pin,
    time::Duration,
};

use domain::time::Timestamp;
use ports::{Clock, clock::SystemClock};
use tokio::time::sleep;

/// How often a countdown is drawn.
const TICK: Duration = Duration::from_secs(1);

/// How an answer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody writes it yet.
    Waiting,
    /// This model does, for the nth time.
    Writing { model: String, attempt: u64 },
    /// It is tried again then.
    Retrying { reason: String, due: Option<Timestamp>, attempt: u64 },
    /// Nobody tells.
    Lost,
}

impl Standing {
    /// In words, at `now`.
    fn told(&self, now: Timestamp) -> String {
        let nth = |attempt: u64| {
            if attempt > 1 { format!(" (attempt {attempt})") } else { String::new() }
        };
        match self {
            Self::Waiting => "Queued".to_owned(),
            Self::Writing { model, attempt } => format!("{model} is asked{}", nth(*attempt)),
            Self::Retrying { reason, due, attempt } => {
                let left = due.map_or(0, |due| (due - now).num_seconds().max(0));
                let when = if left == 0 { "now".to_owned() } else { countdown(left) };
                format!("{}, retrying {when}{}", words(reason), nth(*attempt))
            }
            Self::Lost => "Reconnecting, the answer continues on the server".to_owned(),
        }
    }
}

/// The reason of a retry, as the page has it for the most common ones.
fn words(reason: &str) -> String {
    match reason {
        "rate_limited" | "cooling_down" => "Rate limited".to_owned(),
        "keys_busy" => "All keys are busy".to_owned(),
        "worker_lost" => "Its worker was lost".to_owned(),
        "rate_limited_for_the_day" => "Daily limit reached".to_owned(),
        "overloaded" => "Provider overloaded".to_owned(),
        "timeout" => "Provider timed out".to_owned(),
        "network" => "Provider unreachable".to_owned(),
        _ => format!("Provider failed ({})", reason.replace('_', " ")),
    }
}

/// `in 0:41`, `in 12:05`, `in 23:59:30`.
fn countdown(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("in {hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("in {minutes}:{seconds:02}")
    }
}

/// The line, which only a terminal has.
pub(super) struct Line {
    is_there: bool,
    is_drawn: bool,
}

impl Line {
    pub(super) fn new() -> Self {
        Self { is_there: std::io::stderr().is_terminal(), is_drawn: false }
    }

    /// Shows what `standing` says, if it says something, until `work` is done; below the text where that
    /// `is_within_line`.
    pub(super) async fn beside<'a, F: Future>(
        &mut self,
        mut is_within_line: bool,
        standing: impl Fn() -> Option<&'a Standing>,
        work: F,
    ) -> F::Output {
        let mut work = pin!(work);
        loop {
            match standing() {
                Some(standing) => {
                    let below = std::mem::take(&mut is_within_line);
                    self.draw(&standing.told(SystemClock.now()), below);
                }
                None => self.clear(),
            }
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = sleep(TICK) => {}
            }
        }
    }

    fn draw(&mut self, text: &str, below: bool) {
        if self.is_there {
            let begin = if below { "\n" } else { "\r" };
            // With standard error closed there is nobody to tell.
            let _ = write!(std::io::stderr(), "{begin}\x1b[K{text}");
            self.is_drawn = true;
        }
    }

    /// Takes it away, so that something else can be printed.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    /// Says `text` on a line of its own, to a terminal alone.
    pub(super) fn say(&mut self, text: &str) {
        if self.is_there {
            self.clear();
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_with_its_reason_and_its_end() {
        let now = SystemClock.now();
        let told = |reason: &str, wait: Option<u64>, attempt| {
            let (reason, due) =
                (reason.to_owned(), wait.map(|wait| now + Duration::from_secs(wait)));
            Standing::Retrying { reason, due, attempt }.told(now)
        };
        assert_eq!(told("rate_limited", Some(41), 2), "Rate limited, retrying in 0:41 (attempt 2)");
        assert_eq!(
            told("overloaded", Some(3661), 3),
            "Provider overloaded, retrying in 1:01:01 (attempt 3)"
        );
        assert_eq!(told("odd_thing", None, 1), "Provider failed (odd thing), retrying now");
        let writing = Standing::Writing { model: "sim-demo".to_owned(), attempt: 1 };
        assert_eq!(writing.told(now), "sim-demo is asked");
    }
}
