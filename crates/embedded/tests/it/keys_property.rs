//! Whatever happens in whatever order: no window above its budget, no key lent that should rest.

use std::{sync::Arc, time::Duration};

use domain::{
    key::{KeyId, RestCause, Verdict},
    model::ProviderName,
    time::Timestamp,
};
use embedded::MemoryKeyPool;
use futures_util::FutureExt;
use ports::{
    Clock,
    live::{KeyPool, KeySpec, LendRequest, Lending, Switch},
};
use proptest::prelude::*;
use testkit::clock::ManualClock;

const KEYS: usize = 3;
const WINDOW: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy)]
enum Step {
    Lend { exclude: [bool; KEYS] },
    LendAfterTheWaitTold,
    CoolDown { key: usize, seconds: u64 },
    Revoke { key: usize },
    Enable { key: usize, enabled: bool },
    Register { named: [bool; KEYS], budget: u32 },
    Pass { millis: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..KEYS;
    prop_oneof![
        12 => any::<[bool; KEYS]>().prop_map(|exclude| Step::Lend { exclude }),
        12 => Just(Step::Lend { exclude: [false; KEYS] }),
        3 => Just(Step::LendAfterTheWaitTold),
        3 => (key.clone(), 0..90u64).prop_map(|(key, seconds)| Step::CoolDown { key, seconds }),
        1 => key.clone().prop_map(|key| Step::Revoke { key }),
        2 => (key, any::<bool>()).prop_map(|(key, enabled)| Step::Enable { key, enabled }),
        1 => (any::<[bool; KEYS]>(), 1..6u32)
            .prop_map(|(named, budget)| Step::Register { named, budget }),
        8 => (0..15_000u64).prop_map(|millis| Step::Pass { millis }),
    ]
}

/// What a key may and may not, told in the simplest way.
#[derive(Default)]
struct Model {
    lent: Vec<Timestamp>,
    cooling_until: Option<Timestamp>,
    revoked: bool,
    disabled: bool,
    named: bool,
}

struct World {
    /// How often an operator said something of a key.
    changes: u64,
    clock: Arc<ManualClock>,
    pool: MemoryKeyPool,
    provider: ProviderName,
    models: [Model; KEYS],
    budget: u32,
}

fn id(key: usize) -> KeyId {
    KeyId::new(format!("key-{key}"))
}

fn done<T>(answer: impl Future<Output = Result<T, ports::live::LiveError>>) -> T {
    answer.now_or_never().expect("the pool never waits").unwrap()
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let pool = MemoryKeyPool::new(clock.clone());
        let provider = ProviderName::parse("simulated").unwrap();
        let models = Default::default();
        let mut world = Self { changes: 0, clock, pool, provider, models, budget: 0 };
        world.register([true; KEYS], 3);
        world
    }

    fn register(&mut self, named: [bool; KEYS], budget: u32) {
        let keys: Vec<KeySpec> = (0..KEYS)
            .filter(|key| named[*key])
            .map(|key| KeySpec::plain(id(key), Some(budget)))
            .collect();
        done(self.pool.register(&self.provider, &keys));
        self.budget = budget;
        self.models.iter_mut().zip(named).for_each(|(model, named)| model.named = named);
    }

    fn lend(&mut self, exclude: [bool; KEYS]) -> Result<Lending, TestCaseError> {
        let now = self.clock.now();
        let excluded = (0..KEYS).filter(|key| exclude[*key]).map(id).collect();
        let wish = LendRequest { exclude: excluded, ..testkit::keys::wish(&self.provider, "any") };
        let lending = done(self.pool.lend(&wish));
        if let Lending::Lent(loan) = &lending {
            let key = (0..KEYS).find(|key| id(*key) == loan.key).expect("a known key");
            let model = &mut self.models[key];
            prop_assert!(model.named && !model.revoked && !model.disabled && !exclude[key]);
            prop_assert!(model.cooling_until.is_none_or(|until| until <= now));
            model.lent.push(now);
            let in_window = model.lent.iter().filter(|lent| **lent + WINDOW > now).count();
            prop_assert!(in_window <= self.budget as usize, "{in_window} in one window");
        }
        Ok(lending)
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Lend { exclude } => drop(self.lend(exclude)?),
            Step::LendAfterTheWaitTold => self.lend_after_the_wait_told()?,
            Step::CoolDown { key, seconds } => self.cool_down(key, seconds),
            Step::Revoke { key } => {
                self.report(key, Verdict::Revoked);
                self.models[key].revoked = true;
            }
            Step::Enable { key, enabled } => self.enable(key, enabled),
            Step::Register { named, budget } => self.register(named, budget),
            Step::Pass { millis } => self.clock.advance(Duration::from_millis(millis)),
        }
        Ok(())
    }

    fn lend_after_the_wait_told(&mut self) -> Result<(), TestCaseError> {
        if let Lending::NoneFor(wait, why) = self.lend([false; KEYS])? {
            self.clock.advance(wait);
            let lending = self.lend([false; KEYS])?;
            prop_assert!(matches!(lending, Lending::Lent(_)), "{wait:?} for {why:?}: {lending:?}");
        }
        Ok(())
    }

    fn cool_down(&mut self, key: usize, seconds: u64) {
        let wait = Duration::from_secs(seconds);
        self.report(key, Verdict::Rest(RestCause::MoneyOut, wait));
        let model = &mut self.models[key];
        model.cooling_until = model.cooling_until.max(Some(self.clock.now() + wait));
    }

    fn report(&mut self, key: usize, verdict: Verdict) {
        let loan = testkit::keys::past_loan(&self.provider, id(key), "any");
        done(self.pool.give_back(&loan, verdict.into()));
    }

    fn enable(&mut self, key: usize, enabled: bool) {
        let switch = if enabled { Switch::On } else { Switch::Off };
        self.changes += 1;
        done(self.pool.switch(&self.provider, &id(key), switch, self.changes));
        let model = &mut self.models[key];
        model.disabled = !enabled;
        if enabled {
            (model.revoked, model.cooling_until) = (false, None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_is_ever_above_its_budget(steps in proptest::collection::vec(step(), 1..300)) {
        let mut world = World::new();
        for step in steps {
            world.take(step)?;
        }
    }
}
