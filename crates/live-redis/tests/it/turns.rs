//! Keys are lent by weight, whatever held them before, and those that rest are in nobody's way.
//!
//! Rests pass by being deleted: to the scripts it is the same.

use std::time::Duration;

use domain::{
    key::{KeyId, RestCause, Verdict},
    model::ProviderName,
};
use live_redis::RedisLive;
use ports::live::{KeyPool, KeySpec, Lending, Loan};
use proptest::prelude::*;
use testkit::keys::{past_loan, wish};

use crate::installation::{Prefix, connect, url};

/// How many loans are counted, and how many a key may have more or less of them than its share.
const LOANS: u32 = 60;
const OFF: u32 = 2;

#[derive(Debug, Clone)]
enum Step {
    /// This key rests for the model until the next time all rests are over.
    Rest { key: usize },
    /// So many loans, of which every other is kept until all are given back.
    Lend { loans: usize },
    /// All rests are over, and all loans are given back.
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_usize).prop_map(|key| Step::Rest { key }),
        3 => (1..12_usize).prop_map(|loans| Step::Lend { loans }),
        1 => Just(Step::Pass),
    ]
}

struct World {
    live: RedisLive,
    prefix: Prefix,
    provider: ProviderName,
    specs: Vec<KeySpec>,
    kept: Vec<Loan>,
}

fn id(number: usize) -> KeyId {
    KeyId::new(format!("key-{number}"))
}

impl World {
    /// Keys of these weights; every other has one call under way at most.
    async fn new(weights: &[u16]) -> Self {
        let url = url("TEST_REDIS_URL");
        let prefix = Prefix::new(&url);
        let live = connect(&url, &prefix).await;
        let provider = ProviderName::parse("simulated").unwrap();
        let spec = |(number, weight): (usize, &u16)| KeySpec {
            weight: *weight,
            concurrency: (number % 2 == 1).then_some(1),
            ..KeySpec::plain(id(number), None)
        };
        let specs: Vec<KeySpec> = weights.iter().enumerate().map(spec).collect();
        live.register(&provider, &specs).await.unwrap();
        Self { live, prefix, provider, specs, kept: Vec::new() }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Rest { key } => self.rest(*key).await,
            Step::Lend { loans } => {
                for number in 0..*loans {
                    self.lend(number % 2 == 0).await;
                }
            }
            Step::Pass => self.pass().await,
        }
    }

    /// The day used up of one model is no storm, however many keys say so.
    async fn rest(&self, key: usize) {
        let loan = past_loan(&self.provider, id(key), "any");
        let day = Verdict::Rest(RestCause::DayUsed, Duration::from_hours(24));
        self.live.give_back(&loan, day.into()).await.unwrap();
    }

    async fn lend(&mut self, is_kept: bool) -> Option<KeyId> {
        let lending = self.live.lend(&wish(&self.provider, "any")).await.unwrap();
        let Lending::Lent(loan) = lending else { return None };
        let key = loan.key.clone();
        if is_kept {
            self.kept.push(loan);
        } else {
            self.live.give_back(&loan, Verdict::Healthy.into()).await.unwrap();
        }
        Some(key)
    }

    async fn pass(&mut self) {
        let rests = format!("{}pool:{{simulated}}:rests", self.prefix.text);
        self.prefix.number(redis::cmd("DEL").arg(rests));
        for loan in self.kept.drain(..) {
            self.live.give_back(&loan, Verdict::Healthy.into()).await.unwrap();
        }
    }

    /// How often each key is lent when nothing holds any.
    async fn shares(&mut self) -> Vec<u32> {
        self.pass().await;
        let mut lent = Vec::new();
        for _ in 0..LOANS {
            lent.push(self.lend(false).await.expect("all keys are free"));
        }
        let count = |spec: &KeySpec| lent.iter().filter(|key| **key == spec.id).count();
        self.specs.iter().map(|spec| u32::try_from(count(spec)).unwrap()).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn shares_are_by_weight_whatever_was_before(
        weights in proptest::collection::vec(1..4_u16, 4),
        steps in proptest::collection::vec(step(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shares = runtime.block_on(async {
            let mut world = World::new(&weights).await;
            for step in &steps {
                world.take(step).await;
            }
            world.shares().await
        });
        let all: u32 = weights.iter().map(|weight| u32::from(*weight)).sum();
        for (share, weight) in shares.iter().zip(&weights) {
            let fair = LOANS * u32::from(*weight) / all;
            prop_assert!(share.abs_diff(fair) <= OFF, "{shares:?} for {weights:?}");
        }
    }
}

/// Otherwise every wish would look at all of them.
#[tokio::test]
async fn a_resting_key_is_passed_over_once_a_turn() {
    let mut world = World::new(&[1, 1, 1, 1]).await;
    world.rest(0).await;
    let order = format!("{}pool:{{simulated}}:order", world.prefix.text);
    let mut first = 0;
    for _ in 0..12 {
        let rank = world.prefix.number(redis::cmd("ZRANK").arg(&order).arg("key-0"));
        first += u32::from(rank == 0);
        world.lend(false).await.expect("three keys are free");
    }
    assert!((3..=5).contains(&first), "{first} of 12");
}
