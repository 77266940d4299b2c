//! What a generation without a worker leaves in its log.

use std::time::Duration;

use domain::{
    event::{Event, SeqEvent, beyond_all},
    id::GenerationId,
    time::Timestamp,
};
use ports::{
    live::{LiveError, LogEntry, LogPhase},
    store::{Rest, Segment},
};

use crate::{app::App, error::chain};

/// How many entries of a log are read at once.
const PAGE: u32 = 500;

/// How far the clock of the live side may be ahead of this one: a log that goes on after a loss has its numbers by that
/// clock.
const AHEAD: Duration = Duration::from_mins(10);

/// The last number that anybody can have seen in a log of which nothing is known at `now`.
fn last_of_a_lost_log(now: Timestamp) -> u64 {
    beyond_all(now + AHEAD)
}

/// What is left, behind `after`, of the log of a generation without a worker.
pub(crate) async fn rest_of_log(
    app: &App,
    id: GenerationId,
    after: u64,
) -> Result<Rest, LiveError> {
    let mut rest = Rest { events: Segment::new(), last_seq: after };
    loop {
        let log = app.ports.event_log.read(id, rest.last_seq, PAGE).await?;
        let Some(last) = log.entries.last() else {
            rest.last_seq = rest.last_seq.max(match log.phase {
                // It may have been lost, and viewers have seen what nobody else knows of any more.
                LogPhase::Missing => last_of_a_lost_log(app.now()),
                _ => log.last_seq,
            });
            return Ok(rest);
        };
        rest.last_seq = last.seq;
        rest.events.extend(log.entries.iter().filter_map(|entry| event(id, entry)));
    }
}

/// The same of the whole log, for somebody who does not wait for one that is away: as if it was lost.
pub(crate) async fn rest_at_hand(app: &App, id: GenerationId) -> Rest {
    rest_of_log(app, id, 0).await.unwrap_or_else(|error| {
        tracing::warn!(generation_id = %id, error = chain(&error), "the rest of a log is not archived");
        Rest { events: Segment::new(), last_seq: last_of_a_lost_log(app.now()) }
    })
}

fn event(id: GenerationId, entry: &LogEntry) -> Option<SeqEvent> {
    match Event::from_json(&entry.json) {
        Ok(event) => Some(SeqEvent { seq: entry.seq, event }),
        Err(error) => {
            tracing::error!(generation_id = %id, seq = entry.seq, %error, "a log holds what is no event");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn ends_follow_what_was_numbered_by_a_clock_that_is_ahead() {
        let ours = epoch();
        for ahead in [Duration::ZERO, Duration::from_secs(5), Duration::from_mins(9)] {
            // As logs do that go on after a loss; a few events more were told since.
            let told = beyond_all(ours + ahead) + 1_000;
            assert!(last_of_a_lost_log(ours) > told, "{ahead:?}");
        }
    }
}
