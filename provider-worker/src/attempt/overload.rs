//! Leaves a provider alone that is overloaded.

use std::time::Duration;

use domain::{
    breaker::CallEnd,
    failure::{CallFailure, ErrorClass},
};

use super::{call::Called, session::Session, trouble::Trouble};
use crate::{breakers::Calling, disposition::Disposition, flush::Stop};

/// A job that would have to wait longer than this is tried all the same: it has waited enough, and there
/// are few like it.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

impl Called {
    /// What the end of the call tells of the strength of the provider.
    pub(super) fn strength(&self) -> CallEnd {
        match self {
            Self::Finished(_) | Self::TooLarge => CallEnd::Well,
            Self::Failed(failure) if failure.class == ErrorClass::Overloaded => CallEnd::Overloaded,
            Self::Failed(_) | Self::Stopped(_) => CallEnd::Neither,
        }
    }
}

impl<'a> Session<'a> {
    /// The next call, or none if it is left out, as if the provider had said that it is overloaded. That
    /// uses a rung of the ladder like any failed call, so that the ladder ends also when the provider
    /// never recovers.
    pub(super) async fn may_call(&mut self) -> Result<Option<Calling<'a>>, Stop> {
        let (lane, model) = (self.task.lane, self.task.model);
        loop {
            let hold = match lane.breakers.begin(model, lane.now()) {
                Ok(calling) => return Ok(Some(calling)),
                Err(hold) => hold,
            };
            let is_repeated = self.trouble.is_some();
            if !is_repeated && self.may_wait_here(hold) {
                self.wait_here(hold, ErrorClass::Overloaded.code()).await?;
            } else if !is_repeated && self.may_be_left_out() {
                return Ok(None);
            } else {
                return Ok(Some(lane.breakers.begin_anyway(model, lane.now())));
            }
        }
    }

    /// Makes it the trouble of the job that the provider is overloaded, unless the wait would be long.
    fn may_be_left_out(&mut self) -> bool {
        let failure = CallFailure::new(ErrorClass::Overloaded, "not asked, since it is overloaded");
        let trouble = Trouble::Refused(failure);
        let is_short = match self.at_last(&trouble, false) {
            Disposition::Park(wait) => wait <= LONGEST_WAIT,
            _ => false,
        };
        let is_left_out = is_short || self.has_fallback();
        self.trouble = Some(trouble).filter(|_| is_left_out);
        is_left_out
    }
}
