//! Throttles of most keys at once, and who tries whether they are over.

use std::time::Duration;

use domain::{
    key::{NoKeyReason, Verdict},
    model::ProviderName,
};
use ports::live::{LendRequest, Loan};

use super::{
    super::LiveUnderTest,
    bench::{ANY, throttled, wish},
};

const BRIEF: Duration = Duration::from_millis(600);
const A_LITTLE: Duration = Duration::from_millis(100);

/// Most keys throttled at once: the limit is not theirs. None is lent until it is over, then one tries.
pub async fn throttles_of_most_keys_hold_all_of_them(live: LiveUnderTest) {
    let provider = live.provider_with(&["a", "b", "c", "d"], None).await;
    let brief = Duration::from_millis(1500);
    for name in ["a", "b", "c"] {
        live.report(&provider, name, throttled(brief)).await;
    }
    let wait = live.none_for(&provider, NoKeyReason::CoolingDown).await;
    assert!(wait <= brief, "d rests too: {wait:?}");
    live.loan(&wish(&provider, "another")).await;
    (live.advance)(brief + Duration::from_millis(100)).await;
    let trial = live.loan(&wish(&provider, ANY)).await;
    assert!(trial.wants_return, "whether it goes well concerns all");
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    live.keys.give_back(&trial, Verdict::Healthy.into()).await.unwrap();
    for _ in 0..4 {
        live.lent(&provider).await;
    }
}

impl LiveUnderTest {
    /// A provider after a storm, and the loan with which one tries that may take so long to begin.
    async fn trial(&self, first_token: Duration) -> (ProviderName, Loan) {
        let provider = self.provider_with(&["a", "b", "c", "d"], None).await;
        for name in ["a", "b", "c"] {
            self.report(&provider, name, throttled(BRIEF)).await;
        }
        (self.advance)(BRIEF + A_LITTLE).await;
        let trial = self.loan(&LendRequest { first_token, ..wish(&provider, ANY) }).await;
        assert!(trial.is_trial);
        self.none_for(&provider, NoKeyReason::CoolingDown).await;
        (provider, trial)
    }
}

/// Others do not wait for the whole answer.
pub async fn a_storm_is_over_when_the_trial_begins_to_answer(live: LiveUnderTest) {
    let (provider, trial) = live.trial(Duration::from_mins(1)).await;
    live.keys.answering(&trial).await.unwrap();
    for _ in 0..4 {
        assert!(!live.loan(&wish(&provider, ANY)).await.is_trial);
    }
    live.keys.answering(&trial).await.unwrap();
    live.keys.give_back(&trial, throttled(BRIEF).into()).await.unwrap();
    live.lent(&provider).await;
}

/// A worker that died with it holds others up no longer than a first token may take.
pub async fn a_trial_that_says_nothing_leaves_its_place(live: LiveUnderTest) {
    let first_token = Duration::from_millis(1500);
    let (provider, first) = live.trial(first_token).await;
    (live.advance)(first_token + A_LITTLE).await;
    let second = live.loan(&wish(&provider, ANY)).await;
    assert!(second.is_trial, "one tries, not all");
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    live.keys.answering(&first).await.unwrap();
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    live.keys.answering(&second).await.unwrap();
    live.lent(&provider).await;
}

/// Calls that began before the storm say nothing of its end, nor do those for another model.
pub async fn only_the_trial_ends_a_storm(live: LiveUnderTest) {
    let (provider, trial) = live.trial(Duration::from_mins(1)).await;
    let other = live.loan(&wish(&provider, "another")).await;
    assert!(!other.is_trial);
    live.keys.answering(&other).await.unwrap();
    live.keys.answering(&Loan { ticket: trial.ticket - 1, ..trial.clone() }).await.unwrap();
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    live.keys.give_back(&trial, Verdict::NotPermitted.into()).await.unwrap();
    assert!(live.loan(&wish(&provider, ANY)).await.is_trial, "the next one tries");
}

/// A call that failed for another cause, or was broken off, does not tell that the throttles are over.
pub async fn a_silent_trial_is_followed_by_another_one(live: LiveUnderTest) {
    let (provider, trial) = live.trial(Duration::from_mins(1)).await;
    live.keys.give_back(&trial, Verdict::Silent.into()).await.unwrap();
    let next = live.loan(&wish(&provider, ANY)).await;
    assert!(next.is_trial, "at once");
    live.none_for(&provider, NoKeyReason::CoolingDown).await;
    live.keys.give_back(&next, Verdict::Healthy.into()).await.unwrap();
    assert!(!live.loan(&wish(&provider, ANY)).await.is_trial);
}
