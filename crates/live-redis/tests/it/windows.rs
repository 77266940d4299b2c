//! No window of 60 seconds above a budget, however many workers ask.
//!
//! Minutes pass by moving the pool's past back: to the scripts it is the same.

use std::time::Duration;

use domain::{key::KeyId, model::ProviderName};
use futures_util::future::join_all;
use live_redis::RedisLive;
use ports::live::{KeyPool, KeySpec, LendRequest, Lending};
use proptest::prelude::*;
use tokio::time::Instant;

use crate::installation::{Prefix, connect, url};

const LENDERS: usize = 8;
const WINDOW: Duration = Duration::from_mins(1);

/// Moves all times of loans, and of keys put off, back.
const AGE: &str = r"
local by = tonumber(ARGV[1])
for _, name in ipairs(redis.call('KEYS', KEYS[1] .. ':loans:*')) do
  for _, loan in ipairs(redis.call('ZRANGE', name, 0, -1)) do
    redis.call('ZINCRBY', name, -by, loan)
  end
end
for _, key in ipairs(redis.call('ZRANGE', KEYS[1] .. ':later', 0, -1)) do
  redis.call('ZINCRBY', KEYS[1] .. ':later', -by, key)
end
";

#[derive(Debug, Clone)]
struct Round {
    /// How often each lender asks.
    wishes: usize,
    /// How much time passes then, in milliseconds.
    pause: u64,
}

fn round() -> impl Strategy<Value = Round> {
    (1..4_usize, 0..20_000_u64).prop_map(|(wishes, pause)| Round { wishes, pause })
}

/// One loan.
#[derive(Debug)]
struct Lent {
    key: KeyId,
    at: Duration,
}

struct World {
    url: String,
    prefix: Prefix,
    provider: ProviderName,
    budgets: Vec<KeySpec>,
    began: Instant,
    /// How much time passed that did not.
    aged: Duration,
    lent: Vec<Lent>,
}

impl World {
    fn new(budgets: &[u32]) -> Self {
        let url = url("TEST_REDIS_URL");
        let prefix = Prefix::new(&url);
        let spec = |(number, budget): (usize, &u32)| {
            KeySpec::plain(KeyId::new(format!("key-{number}")), Some(*budget))
        };
        Self {
            url,
            prefix,
            provider: ProviderName::parse("simulated").unwrap(),
            budgets: budgets.iter().enumerate().map(spec).collect(),
            began: Instant::now(),
            aged: Duration::ZERO,
            lent: Vec::new(),
        }
    }

    /// A lender that has just started: one that remembers real time would take the aged pool for one
    /// that forgot.
    async fn lender(&self) -> RedisLive {
        let live = connect(&self.url, &self.prefix).await;
        live.register(&self.provider, &self.budgets).await.unwrap();
        live
    }

    async fn take(&mut self, round: &Round) {
        let lenders = join_all((0..LENDERS).map(|_| self.lender())).await;
        let each = lenders.iter().flat_map(|lender| std::iter::repeat_n(lender, round.wishes));
        let wish = |lender| (lender, testkit::keys::wish(&self.provider, "any"));
        let wishes: Vec<(&RedisLive, LendRequest)> = each.map(wish).collect();
        let lendings = join_all(wishes.iter().map(|(lender, wish)| lender.lend(wish))).await;
        let at = self.began.elapsed() + self.aged;
        for lending in lendings {
            if let Lending::Lent(loan) = lending.unwrap() {
                self.lent.push(Lent { key: loan.key, at });
            }
        }
        self.pass(Duration::from_millis(round.pause));
    }

    fn pass(&mut self, time: Duration) {
        let mut connection = redis::Client::open(&*self.url).unwrap().get_connection().unwrap();
        let mut age = redis::cmd("EVAL");
        age.arg(AGE).arg(1).arg(format!("{}pool:{{simulated}}", self.prefix.text));
        let _: () = age.arg(time.as_micros().to_string()).query(&mut connection).unwrap();
        self.aged += time;
    }

    /// The most loans of one key in one window, and its budget.
    fn most(&self, spec: &KeySpec) -> (usize, usize) {
        let loans: Vec<Duration> =
            self.lent.iter().filter(|lent| lent.key == spec.id).map(|lent| lent.at).collect();
        let in_window = |from: &Duration| {
            loans.iter().filter(|at| (*from..*from + WINDOW).contains(at)).count()
        };
        let budget = spec.requests_per_minute.unwrap() as usize;
        (loans.iter().map(in_window).max().unwrap_or(0), budget)
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_window_is_ever_above_its_budget(
        budgets in proptest::collection::vec(1..12_u32, 1..4),
        rounds in proptest::collection::vec(round(), 5..25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let world = runtime.block_on(async {
            let mut world = World::new(&budgets);
            for round in &rounds {
                world.take(round).await;
            }
            world
        });
        for spec in &world.budgets {
            let (most, budget) = world.most(spec);
            prop_assert!(most <= budget, "{most} of {budget}");
        }
        prop_assert!(!world.lent.is_empty());
    }
}
