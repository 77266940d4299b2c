//! What the cases of the key pool work with.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use domain::{
    key::{KeyId, NoKeyReason, RestCause, Verdict},
    model::ProviderName,
};
use ports::live::{KeySpec, KeyState, KeyStatus, LendRequest, Lending, Loan, Returned, Switch};

use super::super::{LiveUnderTest, bench::generation};
use crate::keys::past_loan;
pub(super) use crate::keys::{another, wish};

/// A provider that no other case uses.
pub(super) fn provider() -> ProviderName {
    let digits = generation().as_uuid().simple().to_string();
    // The last digits are the random ones.
    ProviderName::parse(&format!("p{}", &digits[16..])).unwrap()
}

pub(super) fn key(name: &str) -> KeyId {
    KeyId::new(name)
}

/// Keys called `names`, each with this budget.
pub(super) fn specs(names: &[&str], requests_per_minute: Option<u32>) -> Vec<KeySpec> {
    names.iter().map(|name| KeySpec::plain(key(name), requests_per_minute)).collect()
}

/// The model of every case that does not care.
pub(super) const ANY: &str = "any";

/// A refusal for coming too often.
pub(super) fn throttled(length: Duration) -> Verdict {
    Verdict::Rest(RestCause::Throttled, length)
}

impl LiveUnderTest {
    pub(super) async fn register(
        &self,
        provider: &ProviderName,
        names: &[&str],
        requests_per_minute: Option<u32>,
    ) {
        self.keys.register(provider, &specs(names, requests_per_minute)).await.unwrap();
    }

    /// A new provider with keys called `names`, each with this budget.
    pub(super) async fn provider_with(
        &self,
        names: &[&str],
        requests_per_minute: Option<u32>,
    ) -> ProviderName {
        let provider = provider();
        self.register(&provider, names, requests_per_minute).await;
        provider
    }

    pub(super) async fn lend_but(&self, provider: &ProviderName, exclude: &[&str]) -> Lending {
        let exclude = exclude.iter().map(|name| key(name)).collect();
        self.keys.lend(&LendRequest { exclude, ..wish(provider, ANY) }).await.unwrap()
    }

    pub(super) async fn lend(&self, provider: &ProviderName) -> Lending {
        self.lend_but(provider, &[]).await
    }

    /// The name of the key lent; fails if there is none.
    pub(super) async fn lent(&self, provider: &ProviderName) -> String {
        match self.lend(provider).await {
            Lending::Lent(loan) => {
                assert_eq!(loan.provider, *provider);
                loan.key.to_string()
            }
            none => panic!("a key should have been lent, but {none:?}"),
        }
    }

    /// What becomes of a wish for the same as `wish`; fails if no key is lent.
    pub(super) async fn loan(&self, wish: &LendRequest) -> Loan {
        self.loan_for(&another(wish)).await
    }

    /// What becomes of `wish` itself; fails if no key is lent.
    pub(super) async fn loan_for(&self, wish: &LendRequest) -> Loan {
        match self.keys.lend(wish).await.unwrap() {
            Lending::Lent(loan) => loan,
            none => panic!("a key should have been lent, but {none:?}"),
        }
    }

    /// How long none is lent as `wish` wants it; fails if one is, or for another reason.
    pub(super) async fn no_loan(&self, wish: &LendRequest, why: NoKeyReason) -> Duration {
        match self.keys.lend(&another(wish)).await.unwrap() {
            Lending::NoneFor(wait, reason) => {
                assert_eq!(reason, why);
                wait
            }
            other => panic!("no key should have been lent, but {other:?}"),
        }
    }

    /// How long none is lent; fails if one is, or for another reason.
    pub(super) async fn none_for(&self, provider: &ProviderName, why: NoKeyReason) -> Duration {
        match self.lend(provider).await {
            Lending::NoneFor(wait, reason) => {
                assert_eq!(reason, why);
                assert!(!wait.is_zero(), "none now, but one at once");
                wait
            }
            other => panic!("no key should have been lent, but {other:?}"),
        }
    }

    pub(super) async fn none_usable(&self, provider: &ProviderName) {
        assert_eq!(self.lend(provider).await, Lending::NoneUsable);
    }

    pub(super) async fn not_permitted(&self, provider: &ProviderName) {
        assert_eq!(self.lend(provider).await, Lending::NotPermitted);
    }

    pub(super) async fn report(&self, provider: &ProviderName, name: &str, verdict: Verdict) {
        let loan = past_loan(provider, key(name), ANY);
        self.keys.give_back(&loan, Returned::from(verdict)).await.unwrap();
    }

    pub(super) async fn set_enabled(&self, provider: &ProviderName, name: &str, enabled: bool) {
        let switch = if enabled { Switch::On } else { Switch::Off };
        self.switch(provider, name, switch).await;
    }

    /// Makes a change later than all before, and answers its number.
    pub(super) async fn switch(&self, provider: &ProviderName, name: &str, switch: Switch) -> u64 {
        static CHANGES: AtomicU64 = AtomicU64::new(1_800_000_000_000_000);
        let change = CHANGES.fetch_add(1, Ordering::Relaxed);
        self.tell(provider, name, switch, change).await;
        change
    }

    /// Tells of the change with this number.
    pub(super) async fn tell(
        &self,
        provider: &ProviderName,
        name: &str,
        switch: Switch,
        change: u64,
    ) {
        self.keys.switch(provider, &key(name), switch, change).await.unwrap();
    }

    pub(super) async fn statuses(&self, provider: &ProviderName) -> Vec<KeyStatus> {
        self.keys.keys(provider).await.unwrap()
    }

    /// How one key is.
    pub(super) async fn state(&self, provider: &ProviderName, name: &str) -> KeyState {
        let status = self.statuses(provider).await;
        status.into_iter().find(|status| status.key == key(name)).unwrap().state
    }
}
