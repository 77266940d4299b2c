//! Ends that bear the number of an overtaken attempt, and are the last word all the same.
//!
//! The log gives attempts their numbers. When it is lost together with its worker (or while a job with an early number
//! was on its way), the next one begins with the number that its job bears, which may be smaller than one the row has
//! heard of before: an attempt that was begun anew in the same place has told of itself. The answer would then be there
//! for its viewers, be refused here, and be given up in the end, since no worker adds to a log that is sealed.

use domain::report::Ended;
use ports::{
    live::{LiveError, LogPhase},
    store::Settlement,
};

use crate::{app::App, ending::EndError};

/// `ended` with the number that the row has, if `settlement` refused it for its own number although the log ends with
/// it. What it has spent goes into the books by its own number, so that nothing is booked twice when it comes again.
pub(super) async fn of(
    app: &App,
    ended: &Ended,
    settlement: &Settlement,
) -> Result<Option<Ended>, EndError> {
    let Settlement::Unchanged(generation) = settlement else { return Ok(None) };
    let state = generation.state;
    let is_overtaken = !state.status.is_terminal() && ended.attempt < state.attempt;
    if !is_overtaken || !ended.outcome.is_terminal() || !is_end_of_log(app, ended).await? {
        return Ok(None);
    }
    tracing::warn!(
        generation_id = %generation.id, attempt = ended.attempt, known = state.attempt,
        "an answer has the number of an earlier attempt; its log was lost"
    );
    Ok(Some(Ended { attempt: state.attempt, ..ended.clone() }))
}

/// Whether the log was sealed by `ended`. Numbers tell: a log that begins anew after a loss has none that was used.
async fn is_end_of_log(app: &App, ended: &Ended) -> Result<bool, LiveError> {
    let log = app.ports.event_log.read(ended.generation_id, ended.last_seq, 1).await?;
    Ok(log.phase == LogPhase::Sealed && log.last_seq == ended.last_seq)
}
