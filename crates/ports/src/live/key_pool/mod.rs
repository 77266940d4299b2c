//! Provider keys with their budgets and health, shared by all workers. The secrets stay with the
//! workers: the pool knows keys by their names.

mod loan;
mod status;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    key::{Budget, KeyId},
    model::ProviderName,
};

pub use self::{
    loan::{LendRequest, Lending, Loan, Returned},
    status::{KeyState, KeyStatus, ModelRest, Probe, Spent, Usable},
};
use super::LiveError;

/// How long a revoked key is left alone before somebody looks whether it is well again.
pub const PROBE_EVERY: Duration = Duration::from_hours(24);

/// How long a worker may take to tell what a look has found, before another one is to look.
pub const PROBE_TAKES: Duration = Duration::from_mins(1);

/// How long a loan is remembered for a wish told again: longer than a server is usually away.
pub const WISH_KEPT: Duration = Duration::from_mins(2);

/// How long a key is not lent for a model that it may not be used for; then one call finds out whether that is
/// still so.
pub const BARRED_FOR: Duration = Duration::from_hours(30 * 24);

/// Of how many such models a pool knows for each key, the latest. Users name models as they like; one that is
/// forgotten costs a call that is refused.
pub const MOST_BARRED: usize = 1000;

/// A key that workers have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// Its name.
    pub id: KeyId,
    /// How often it comes, compared with others: one of weight 2 twice as often as one of weight 1; 1 to
    /// 100.
    pub weight: u16,
    /// Keys with the same group are limited by the provider together, and rest together; a key without
    /// is alone.
    pub group: Option<String>,
    /// How many requests it may make in any 60 seconds; any number when absent.
    pub requests_per_minute: Option<u32>,
    /// How many calls it may have under way; any number when absent.
    pub concurrency: Option<u32>,
    /// What else it may use, alone or with others.
    pub budgets: Vec<Budget>,
}

impl KeySpec {
    /// A key of weight 1 with no limit but this.
    #[must_use]
    pub fn plain(id: KeyId, requests_per_minute: Option<u32>) -> Self {
        let budgets = Vec::new();
        Self { id, weight: 1, group: None, requests_per_minute, concurrency: None, budgets }
    }
}

/// Whether a key is lent, as an operator wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is, with its health restored.
    On,
    /// It is not, until it is switched on.
    Off,
    /// It is not for this long.
    OffFor(Duration),
}

/// Provider keys with their budgets and health.
#[async_trait]
pub trait KeyPool: Send + Sync {
    /// Tells the pool which keys of `provider` there are. Known ones keep their health and what they have
    /// used; their limits and weights are the new ones; keys no longer named are not lent any more.
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError>;

    /// Lends a key: one that is active, permitted for the model, not excluded and within all its limits;
    /// of those the one whose turn it is by weight, the least recently lent among equals. What the
    /// request takes of every budget is taken in the same step, so that no limit is exceeded however
    /// many ask at once. A key that could not be lent for a while does not catch up.
    ///
    /// Where no key that is well may be used for the model, it says so ([`Lending::NotPermitted`]); those revoked or
    /// taken out for good do not count, and one that is permitted does, even if it rests or is not wanted.
    ///
    /// Where most keys were throttled for the model at once, which is called a storm, none is lent for it
    /// until they have rested, and then one, the trial. Others wait until it begins to answer or is given
    /// back, for `LendRequest::first_token` at most. The storm is over when it begins to answer, or is given back
    /// healthy; after anything else, or nothing, the next wish gets the next trial.
    ///
    /// A wish told again within [`WISH_KEPT`] of the last time gets the loan that it got before, and takes
    /// nothing more. What it took counts as if taken then, as its call is made only then; so does its lease. It gets
    /// the loan even if that was given back meanwhile: a wish is told again only by who had no answer, and so has
    /// nothing to give back.
    ///
    /// A loan that is never given back no longer counts as under way after `LendRequest::lease`.
    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError>;

    /// Says that the call has begun to answer. If it is the trial after a storm, that is over: others are
    /// lent keys too, while it goes on. May be left out for every other loan (`Loan::is_trial`).
    async fn answering(&self, loan: &Loan) -> Result<(), LiveError>;

    /// Says how the call went and what it used. The tokens used take the place of those estimated. A
    /// longer rest extends a running one, a shorter one does not shorten it. A revoked key stays
    /// revoked. One that is not permitted is not lent for the model for [`BARRED_FOR`], unless [`MOST_BARRED`] other
    /// models were refused to it since. May be left out for a loan that does not want it (`Loan::wants_return`) if
    /// nothing is said against its key.
    async fn give_back(&self, loan: &Loan, returned: Returned) -> Result<(), LiveError>;

    /// The keys of a provider and how they are, by name.
    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError>;

    /// Takes a key out, or brings it back: not revoked, permitted for every model, and not resting,
    /// neither itself nor its group. Calls under way with a key taken out go on.
    ///
    /// `change` is the number of the change: later ones of a key have greater numbers, and one that is not greater than
    /// the last does nothing. So it can be told again and again, and by many who do not know of each other.
    async fn switch(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        switch: Switch,
        change: u64,
    ) -> Result<(), LiveError>;

    /// Asks for a look whether a key is well; a worker that has it will see to it.
    async fn ask_probe(&self, provider: &ProviderName, key: &KeyId) -> Result<(), LiveError>;

    /// One of the keys `own` to be looked at, if there is one: asked for, or revoked for [`PROBE_EVERY`].
    /// It is given to one worker only, and to another one if what was found is not told within [`PROBE_TAKES`].
    async fn next_probe(
        &self,
        provider: &ProviderName,
        own: &[KeyId],
    ) -> Result<Option<KeyId>, LiveError>;

    /// What a look has found, `well` or the class of the failure. A revoked key that is well is lent
    /// again; any other revoked key is looked at again after [`PROBE_EVERY`].
    async fn probed(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        found: &str,
    ) -> Result<(), LiveError>;
}
