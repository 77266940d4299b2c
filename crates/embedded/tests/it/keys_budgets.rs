//! Whatever is lent and given back in whatever order: no window of a shared budget above its limit.

use std::{sync::Arc, time::Duration};

use domain::{
    key::{Budget, KeyId, Measure, Period, Verdict},
    model::ProviderName,
    time::Timestamp,
};
use embedded::MemoryKeyPool;
use futures_util::FutureExt;
use ports::{
    Clock,
    live::{KeyPool, KeySpec, LendRequest, Lending, Loan, Returned},
};
use proptest::prelude::*;
use testkit::{clock::ManualClock, keys::wish};

const WINDOW: Duration = Duration::from_mins(1);

/// What two keys of one account may use together in a minute.
const TOKENS: u64 = 100;
const REQUESTS: u64 = 7;

#[derive(Debug, Clone, Copy)]
enum Step {
    Lend { tokens: u64 },
    LendAfterTheWaitTold { tokens: u64 },
    GiveBack { which: usize, percent: u64 },
    Pass { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..150_u64).prop_map(|tokens| Step::Lend { tokens }),
        2 => (0..150_u64).prop_map(|tokens| Step::LendAfterTheWaitTold { tokens }),
        4 => (any::<usize>(), 0..=100_u64)
            .prop_map(|(which, percent)| Step::GiveBack { which, percent }),
        4 => (0..20_000_u64).prop_map(|millis| Step::Pass { millis }),
    ]
}

/// One loan of the account.
struct Taken {
    at: Timestamp,
    loan: Loan,
    tokens: u64,
}

struct World {
    clock: Arc<ManualClock>,
    pool: MemoryKeyPool,
    provider: ProviderName,
    taken: Vec<Taken>,
}

fn done<T>(answer: impl Future<Output = Result<T, ports::live::LiveError>>) -> T {
    answer.now_or_never().expect("the pool never waits").unwrap()
}

fn budget(measure: Measure, limit: u64) -> Budget {
    let name = format!("account {measure:?}");
    Budget { name, model: None, measure, period: Period::Minute, limit }
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let pool = MemoryKeyPool::new(clock.clone());
        let provider = ProviderName::parse("simulated").unwrap();
        let budgets = vec![budget(Measure::Tokens, TOKENS), budget(Measure::Requests, REQUESTS)];
        let key =
            |name| KeySpec { budgets: budgets.clone(), ..KeySpec::plain(KeyId::new(name), None) };
        done(pool.register(&provider, &[key("a"), key("b")]));
        Self { clock, pool, provider, taken: Vec::new() }
    }

    fn lend(&mut self, tokens: u64) -> Result<Lending, TestCaseError> {
        let at = self.clock.now();
        let lending = done(self.pool.lend(&LendRequest { tokens, ..wish(&self.provider, "any") }));
        if let Lending::Lent(loan) = &lending {
            self.taken.push(Taken { at, loan: loan.clone(), tokens: tokens.min(TOKENS) });
            let recent = || self.taken.iter().filter(|taken| taken.at + WINDOW > at);
            let (spent, count) =
                (recent().map(|taken| taken.tokens).sum::<u64>(), recent().count());
            prop_assert!(spent <= TOKENS, "{spent} tokens in one window");
            prop_assert!(count as u64 <= REQUESTS, "{count} requests in one window");
        }
        Ok(lending)
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Lend { tokens } => drop(self.lend(tokens)?),
            Step::LendAfterTheWaitTold { tokens } => {
                if let Lending::NoneFor(wait, why) = self.lend(tokens)? {
                    self.clock.advance(wait);
                    let lending = self.lend(tokens)?;
                    prop_assert!(matches!(lending, Lending::Lent(_)), "{wait:?} for {why:?}");
                }
            }
            Step::GiveBack { which, percent } => {
                let count = self.taken.len().max(1);
                if let Some(taken) = self.taken.get_mut(which % count) {
                    // No more than was estimated: what is used beyond that, nobody can take back.
                    taken.tokens = taken.tokens * percent / 100;
                    let (verdict, tokens) = (Verdict::Healthy, Some(taken.tokens));
                    done(self.pool.give_back(&taken.loan, Returned { verdict, tokens }));
                }
            }
            Step::Pass { millis } => self.clock.advance(Duration::from_millis(millis)),
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_of_an_account_is_ever_above_its_limits(steps in proptest::collection::vec(step(), 1..200)) {
        let mut world = World::new();
        for step in steps {
            world.take(step)?;
        }
    }
}
