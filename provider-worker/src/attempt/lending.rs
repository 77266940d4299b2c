//! Finds a key for the next call.

use std::{sync::Arc, time::Duration};

use ::ports::live::{KeyPool, LendRequest, Lending, Loan, Returned};
use domain::{
    event::Event,
    failure::{CallFailure, ErrorClass},
    id::WishId,
    key::{KeyId, NoKeyReason, Verdict},
    time::{Timestamp, to_micros},
};
use tokio::time::sleep;

use super::{received::prompt_tokens, session::Session, words};
use crate::{calls::Call, disposition, flush::Stop, lane::Lane, patience::persist};

/// Waits shorter than this are not worth telling.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// How long a key is waited for before another model is asked.
const WAIT_BEFORE_FALLBACK: Duration = Duration::from_secs(2);

/// The shortest pause before asking again, so that a pool that says "now" is not asked in a spin.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// How long the pool is told again how a key did when it cannot be reached. A verdict lost is learned
/// again by the next call with the key.
const REPORT_PATIENCE: Duration = Duration::from_secs(2);

/// What became of the wish for a key.
#[derive(Debug)]
pub(super) enum Lent {
    /// Use this one, once.
    Key(Loan),
    /// None for longer than the job may wait here.
    Later(Duration, NoKeyReason),
    /// None, and waiting will not help.
    Never,
}

/// The search for a key, over all calls of one delivery.
#[derive(Debug, Default)]
pub(super) struct Search {
    excluded: Vec<KeyId>,
    waited: Duration,
    loan: Option<(Loan, Call)>,
    found_none: bool,
    has_begun_again: bool,
}

impl Search {
    /// Gives the lent key back, if one is lent.
    pub(super) async fn give_back(&mut self, lane: &Lane, returned: Returned) {
        let Some((loan, _call)) = self.loan.take() else { return };
        if returned.verdict == Verdict::Healthy && !loan.wants_return {
            return;
        }
        let give_back = || lane.ports.keys.give_back(&loan, returned);
        if let Err(error) = persist(REPORT_PATIENCE, "give key back", give_back).await {
            tracing::warn!(%error, key = %loan.key, ?returned, "could not give a key back");
        }
    }

    /// Does not take `key` again in this delivery, unless the failure was one of the moment.
    pub(super) fn exclude(&mut self, failure: &CallFailure, key: Option<&KeyId>) {
        let is_of_the_moment = matches!(
            failure.class,
            ErrorClass::Network | ErrorClass::Truncated | ErrorClass::Malformed
        );
        debug_assert!(!is_of_the_moment || !disposition::is_keys_fault(failure.class));
        self.excluded.extend(key.filter(|_| !is_of_the_moment).cloned());
    }

    /// Takes keys that failed before as well, from now on; true the first time.
    pub(super) fn take_all_again(&mut self) -> bool {
        let is_first = !std::mem::replace(&mut self.has_begun_again, true);
        if is_first {
            self.excluded.clear();
        }
        is_first
    }

    pub(super) fn has_other_keys(&self, lane: &Lane) -> bool {
        lane.keyring().has_others(&self.excluded)
    }

    /// There was no key to call with at all.
    pub(super) fn found_none(&mut self) {
        self.found_none = true;
    }

    /// The stable code of what went wrong.
    pub(super) fn code(&self, trouble: &CallFailure) -> &'static str {
        if self.found_none { words::NO_USABLE_KEY } else { trouble.class.code() }
    }

    /// What people are told went wrong.
    pub(super) fn words(&self, trouble: &CallFailure) -> String {
        if self.found_none { trouble.message.clone() } else { words::explain(trouble) }
    }
}

impl Session<'_> {
    /// Lends a key, waiting for one as long as a job may wait in the worker's hands.
    pub(super) async fn lend(&mut self) -> Result<Lent, Stop> {
        let lane = self.task.lane;
        loop {
            match self.ask().await? {
                Lending::Lent(loan) if !lane.keyring().has(&loan.key) => {
                    // A key that other workers have and this one does not.
                    self.search.excluded.push(loan.key.clone());
                    self.search.loan = Some((loan.clone(), lane.calls.begin(&loan.key)));
                    let unused = Returned { verdict: Verdict::Healthy, tokens: Some(0) };
                    self.search.give_back(lane, unused).await;
                }
                Lending::Lent(loan) => {
                    self.key = Some(loan.key.clone());
                    self.search.loan = Some((loan.clone(), lane.calls.begin(&loan.key)));
                    return Ok(Lent::Key(loan));
                }
                Lending::NoneUsable => return Ok(Lent::Never),
                Lending::NoneFor(wait, why) => {
                    if !self.may_wait_here(wait) {
                        return Ok(Lent::Later(wait, why));
                    }
                    self.wait_here(wait.max(SHORTEST_PAUSE), why.code()).await?;
                }
            }
        }
    }

    /// The call has begun to answer. If others wait for that, the pool is told, beside whatever comes next.
    pub(super) fn answers(&mut self) {
        let Some((loan, _call)) = &mut self.search.loan else { return };
        if std::mem::take(&mut loan.is_trial) {
            let keys = Arc::clone(&self.task.lane.ports.keys);
            self.desk.tell_answering(tell_answering(keys, loan.clone()));
        }
    }

    /// Whether a job may wait for so long here: not for long if there is another model to ask.
    pub(super) fn may_wait_here(&self, wait: Duration) -> bool {
        let usual = self.task.lane.limits.key_wait;
        let longest = if self.has_fallback() { usual.min(WAIT_BEFORE_FALLBACK) } else { usual };
        self.search.waited + wait <= longest
    }

    async fn ask(&mut self) -> Result<Lending, Stop> {
        let lane = self.task.lane;
        let request = LendRequest {
            wish: WishId::generate(lane.now()),
            provider: lane.name.clone(),
            model: self.task.model.to_owned(),
            tokens: self.expected_tokens(),
            lease: lane.lease,
            first_token: lane.first_token,
            exclude: self.search.excluded.clone(),
        };
        let ask = persist(lane.limits.patience, "lend", || lane.ports.keys.lend(&request));
        self.desk.during(ask).await?.map_err(|error| {
            tracing::error!(%error, "cannot lend a key");
            Stop::Unavailable
        })
    }

    /// How many tokens a call will use, as far as one can tell.
    fn expected_tokens(&self) -> u64 {
        prompt_tokens(self.task.job).saturating_add(self.length().expected())
    }

    pub(super) async fn wait_here(
        &mut self,
        wait: Duration,
        why: &'static str,
    ) -> Result<(), Stop> {
        if wait > WORTH_TELLING {
            let retry_at = Some(after(self.task.lane.now(), wait));
            // Keys that rest because this job was refused: viewers are told of the refusal.
            let refused = self.trouble.as_ref().map(|trouble| trouble.class.code());
            let (attempt, reason) = (self.attempt(), refused.unwrap_or(why).to_owned());
            let event = Event::Retry { attempt, discard_from_seq: None, reason, retry_at };
            self.desk.journal.add(event);
        }
        self.search.waited += wait;
        self.desk.during(sleep(wait)).await
    }
}

/// Tells the pool that the call with `loan` has begun to answer. If that fails, others wait until the loan
/// is given back, or a first token may take no longer.
async fn tell_answering(keys: Arc<dyn KeyPool>, loan: Loan) {
    let tell = || keys.answering(&loan);
    if let Err(error) = persist(REPORT_PATIENCE, "tell that a key answers", tell).await {
        tracing::warn!(%error, key = %loan.key, "could not tell that a key answers");
    }
}

/// `wait` after `now`, as every store can keep it.
pub(super) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX);
    to_micros(now.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC))
}
