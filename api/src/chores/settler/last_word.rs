//! Ends that bear the number of an overtaken attempt, and count all the same.
//!
//! The log gives attempts their numbers. When it is lost together with its worker (or while a job with an early number
//! was on its way), the next one begins with a number near that of its job, which may be smaller than one the row has
//! heard of before: attempts that were begun anew in the same place have told of themselves. An answer would then be
//! there for its viewers, be refused here, and be given up in the end, since no worker adds to a log that is sealed. An
//! attempt that waits for the next one would count as under way until that ends, and what viewers saw of it be missing in
//! the archive.

use domain::{
    attempt::Outcome,
    generation::{State, Status},
    report::Ended,
};
use ports::{
    live::{LiveError, LogPhase},
    store::Settlement,
};

use crate::{app::App, ending::EndError};

/// `ended` with a number that the row takes, if `settlement` refused it for its own number although the log ends with
/// it. What it has spent goes into the books by its own number, so that nothing is booked twice when it comes again.
pub(super) async fn of(
    app: &App,
    ended: &Ended,
    settlement: &Settlement,
) -> Result<Option<Ended>, EndError> {
    let Settlement::Unchanged(generation) = settlement else { return Ok(None) };
    let state = generation.state;
    // What the row has heard of before came again.
    let is_known = ended.last_seq <= generation.last_seq;
    let attempt = number(&ended.outcome, state);
    if state.status.is_terminal()
        || is_known
        || attempt <= ended.attempt
        || !is_end_of_log(app, ended).await?
    {
        return Ok(None);
    }
    tracing::warn!(
        generation_id = %generation.id, attempt = ended.attempt, known = state.attempt,
        "an attempt ended with the number of an earlier one; its log was lost"
    );
    Ok(Some(Ended { attempt, ..ended.clone() }))
}

/// The smallest number by which a generation in this `state` takes `outcome` for news.
const fn number(outcome: &Outcome, state: State) -> u32 {
    let is_over = match outcome {
        Outcome::Succeeded { .. } | Outcome::Failed(_) | Outcome::Canceled => false,
        Outcome::RetryIn { uses_rung: true, .. } => matches!(state.status, Status::Queued),
        Outcome::RetryIn { uses_rung: false, .. } => true,
    };
    state.attempt + is_over as u32
}

/// Whether `ended` tells of all that is in the log. Numbers say it: a log that begins anew after a loss has none that was
/// used.
async fn is_end_of_log(app: &App, ended: &Ended) -> Result<bool, LiveError> {
    let log = app.ports.event_log.read(ended.generation_id, ended.last_seq, 1).await?;
    let phase = if ended.outcome.is_terminal() { LogPhase::Sealed } else { LogPhase::Open };
    Ok(log.phase == phase && log.last_seq == ended.last_seq)
}
