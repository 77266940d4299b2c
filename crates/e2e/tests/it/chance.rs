//! Chance that can be had again: all that a test leaves to chance follows from one number.
//!
//! The number is another one with every run, and is told with everything that goes wrong. What a test covers does not
//! depend on it, only when, where and in which order that happens.

use std::{
    collections::hash_map::RandomState,
    env,
    hash::{BuildHasher, DefaultHasher, Hash, Hasher},
    ops::RangeInclusive,
    sync::OnceLock,
    time::Duration,
};

/// What names the number of an earlier run.
const VARIABLE: &str = "SLUICE_SEED";

/// The number of this run.
fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| match env::var(VARIABLE) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{VARIABLE}={text:?}: no number")),
        // Every one of them is begun somewhere else; small numbers are easier to hand on.
        Err(_) => RandomState::new().hash_one(0) % 1_000_000,
    })
}

/// How to have the same chance again.
pub fn replay() -> String {
    let seed = seed();
    format!(
        "chance was {seed}; to have the same again: {VARIABLE}={seed} target/debug/cluster servers -- \
         cargo test -p e2e --test it <the name of this test>"
    )
}

/// Tells how to have the same chance again if a test fails while it has this.
pub struct Replay;

impl Drop for Replay {
    #[expect(clippy::print_stderr, reason = "the test's output is where a failure is looked at")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", replay());
        }
    }
}

/// What is left to chance in one place of a test.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// That of the place called `name`, whatever others draw meanwhile.
    pub fn of(name: &str) -> Self {
        Self::with(seed(), name)
    }

    fn with(seed: u64, name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (seed, name).hash(&mut hasher);
        Self(hasher.finish())
    }

    /// One of the numbers in `range`, each as likely as any other. (`SplitMix64`.)
    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start() + (mixed ^ (mixed >> 31)) % (range.end() - range.start() + 1)
    }

    /// The same of places in a list.
    pub fn below(&mut self, count: usize) -> usize {
        let last = u64::try_from(count).unwrap() - 1;
        usize::try_from(self.within(0..=last)).unwrap()
    }

    /// No longer than `longest`.
    pub fn pause(&mut self, longest: Duration) -> Duration {
        let most = u64::try_from(longest.as_micros()).unwrap();
        Duration::from_micros(self.within(0..=most))
    }

    /// The same `items` in any order.
    pub fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
        items
    }
}

#[test]
fn the_same_number_brings_the_same_chance() {
    let draw = |seed, name| {
        let mut chance = Chance::with(seed, name);
        let numbers: Vec<u64> = (0..100).map(|_| chance.within(3..=9)).collect();
        (numbers, chance.shuffled((0..20).collect::<Vec<u8>>()))
    };
    assert_eq!(draw(7, "here"), draw(7, "here"));
    assert_ne!(draw(7, "here"), draw(8, "here"));
    assert_ne!(draw(7, "here"), draw(7, "there"));
    let (numbers, mut order) = draw(7, "here");
    assert!((3..=9).all(|number| numbers.contains(&number)), "{numbers:?}");
    assert!(numbers.iter().all(|number| (3..=9).contains(number)), "{numbers:?}");
    order.sort_unstable();
    assert_eq!(order, (0..20).collect::<Vec<u8>>());
}
