//! Finds a key for the next call.

use std::{sync::Arc, time::Duration};

use ::ports::live::{KeyPool, LendRequest, Lending, Loan, Returned};
use domain::{
    failure::{CallFailure, ErrorClass},
    id::WishId,
    key::{KeyId, NoKeyReason, Verdict},
    ladder::RetryLadder,
};
use tokio::time::{Instant, timeout};

use super::{
    received::prompt_tokens,
    session::Session,
    trouble::{self, Trouble},
};
use crate::{
    calls::Call, disposition, flush::Stop, keyring::Keyring, lane::Lane, lines::Kind,
    patience::persist,
};

/// How long the pool is told again how a key did when it cannot be reached. A verdict lost is learned
/// again by the next call with the key.
const REPORT_PATIENCE: Duration = Duration::from_secs(2);

/// What is said of a key with which no call was made.
const UNUSED: Returned = Returned { verdict: Verdict::Silent, tokens: Some(0) };

/// What became of the wish for a key: use this one, once.
pub(super) type Lent = Result<Loan, NoKey>;

/// There is none.
#[derive(Debug, Clone, Copy)]
pub(super) enum NoKey {
    /// For longer than the job may wait here.
    Later(Duration, NoKeyReason),
    /// Waiting will not help.
    Never,
    /// No key may be used for the model.
    NotPermitted,
}

/// The search for a key of one model, over all its calls of one delivery.
#[derive(Debug, Default)]
pub(super) struct Search {
    excluded: Vec<KeyId>,
    /// The last failure of each key, the newest at the end.
    failures: Vec<(KeyId, CallFailure)>,
    /// How long was waited here so far.
    pub(super) waited: Duration,
    /// Until when viewers know of a wait.
    pub(super) told_until: Option<Instant>,
    /// The wish whose answer has not come yet: it may have got a key.
    asking: Option<LendRequest>,
    loan: Option<(Loan, Call)>,
    has_begun_again: bool,
}

impl Search {
    /// Gives the lent key back, if one is lent; also one that was lent to a wish whose answer nobody waited for.
    pub(super) async fn give_back(&mut self, lane: &Lane, returned: Returned) {
        let unheard = self.hear_answer(lane).await;
        let returned = if unheard { UNUSED } else { returned };
        let Some((loan, _call)) = self.loan.take() else { return };
        let says_nothing = matches!(returned.verdict, Verdict::Healthy | Verdict::Silent);
        if says_nothing && !loan.wants_return {
            return;
        }
        let give_back = || lane.ports.keys.give_back(&loan, returned);
        if let Err(error) = persist(REPORT_PATIENCE, "give key back", give_back).await {
            tracing::warn!(%error, key = %loan.key, ?returned, "could not give a key back");
        }
        lane.lines.key_given_back();
    }

    /// Tells the wish again whose answer nobody waited for, if there is one, and answers whether it has got a key.
    async fn hear_answer(&mut self, lane: &Lane) -> bool {
        let Some(wish) = self.asking.take() else { return false };
        let ask = persist(REPORT_PATIENCE, "lend", || lane.ports.keys.lend(&wish));
        match timeout(REPORT_PATIENCE, ask).await {
            Ok(Ok(Lending::Lent(loan))) => {
                let call = lane.calls.begin(&loan.key);
                self.loan = Some((loan, call));
                true
            }
            Ok(Ok(_)) => false,
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(model = wish.model, "a key may be lent that nobody has");
                false
            }
        }
    }

    /// Gives a key back with which no call was made.
    pub(super) async fn return_unused(&mut self, lane: &Lane) {
        self.give_back(lane, UNUSED).await;
    }

    /// Notes that a call with `key` failed, and does not take it again in this delivery, unless the failure
    /// was one of the moment.
    pub(super) fn failed(&mut self, failure: &CallFailure, key: &KeyId) {
        let is_of_the_moment = matches!(
            failure.class,
            ErrorClass::Network | ErrorClass::Truncated | ErrorClass::Malformed
        );
        debug_assert!(!is_of_the_moment || !disposition::is_keys_fault(failure.class));
        if !is_of_the_moment {
            self.excluded.push(key.clone());
        }
        self.failures.retain(|(known, _)| known != key);
        self.failures.push((key.clone(), failure.clone()));
    }

    /// What stands between the job and an answer: of what each key said last, that which may be over soonest.
    pub(super) fn trouble(&self, ladder: &RetryLadder) -> Option<Trouble> {
        let newest_first = self.failures.iter().rev();
        trouble::soonest(newest_first.map(|(_, last)| Trouble::Refused(last.clone())), ladder)
    }

    /// Whether keys are wished for that refused this job: how long they rest is known from what they said.
    pub(super) fn wishes_for_refused(&self) -> bool {
        self.failures.iter().any(|(key, last)| {
            disposition::is_keys_fault(last.class) && !self.excluded.contains(key)
        })
    }

    /// Takes keys that failed before as well, from now on.
    pub(super) fn take_all_again(&mut self) {
        self.has_begun_again = true;
        self.excluded.clear();
    }

    /// Whether it has done so.
    pub(super) const fn has_begun_again(&self) -> bool {
        self.has_begun_again
    }

    /// Whether there are keys in `keyring`, and each would be taken.
    fn takes_all_of(&self, keyring: &Keyring) -> bool {
        keyring.has_others(&[]) && !self.excluded.iter().any(|key| keyring.has(key))
    }

    pub(super) fn has_other_keys(&self, lane: &Lane) -> bool {
        lane.keyring().has_others(&self.excluded)
    }
}

impl Session<'_> {
    /// Lends a key, waiting for one as long as a job may wait in the worker's hands: in line, unless there are keys
    /// that it does not take, since then it does not wait for what the others do.
    pub(super) async fn lend(&mut self) -> Result<Lent, Stop> {
        let lane = self.task.lane;
        let tokens = self.expected_tokens();
        let kind = Kind::of(self.task.model, tokens);
        let mut place = lane.lines.join_others(&kind);
        loop {
            place = place.filter(|_| self.search.excluded.is_empty());
            if let Some(place) = &mut place
                && let Some(none) = self.come_first(place).await?
            {
                return Ok(Err(none));
            }
            let wish = WishId::generate(lane.now());
            match self.ask(wish, tokens).await? {
                Lending::Lent(loan) if !lane.keyring().has(&loan.key) => {
                    // A key that other workers have and this one does not.
                    lane.registering.missed();
                    self.search.excluded.push(loan.key.clone());
                    self.search.loan = Some((loan.clone(), lane.calls.begin(&loan.key)));
                    self.search.return_unused(lane).await;
                }
                Lending::Lent(loan) => {
                    lane.registering.found();
                    self.search.loan = Some((loan.clone(), lane.calls.begin(&loan.key)));
                    if let Some(place) = &place {
                        place.served();
                    }
                    return Ok(Ok(loan));
                }
                Lending::NoneUsable => {
                    if self.search.takes_all_of(&lane.keyring()) {
                        lane.registering.missed();
                    }
                    return Ok(Err(NoKey::Never));
                }
                Lending::NotPermitted => return Ok(Err(NoKey::NotPermitted)),
                Lending::NoneFor(wait, why) => {
                    if !self.may_wait_here(wait) {
                        return Ok(Err(NoKey::Later(wait, why)));
                    }
                    if self.search.excluded.is_empty() {
                        let place = place.get_or_insert_with(|| lane.lines.join(kind.clone()));
                        if !place.is_first() {
                            continue;
                        }
                        place.note(wait, why);
                    }
                    self.pause(place.as_ref(), (wait, why), wish).await?;
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

    async fn ask(&mut self, wish: WishId, tokens: u64) -> Result<Lending, Stop> {
        let lane = self.task.lane;
        let request = LendRequest {
            wish,
            provider: lane.name.clone(),
            model: self.task.model.to_owned(),
            tokens,
            lease: lane.lease,
            first_token: lane.first_token(self.task.model),
            exclude: self.search.excluded.clone(),
        };
        self.search.asking = Some(request.clone());
        let ask = persist(lane.limits.patience, "lend", || lane.ports.keys.lend(&request));
        let lending = self.desk.during(ask).await?.map_err(|error| {
            tracing::error!(%error, "cannot lend a key");
            Stop::Unavailable
        })?;
        self.search.asking = None;
        Ok(lending)
    }

    /// How many tokens a call will use, as far as one can tell.
    fn expected_tokens(&self) -> u64 {
        prompt_tokens(self.task.job).saturating_add(self.length().expected())
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
