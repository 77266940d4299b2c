//! A pool of keys whose answers get lost on the way.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use domain::{attempt::Outcome, id::WishId, job::Job, key::KeyId, model::ProviderName};
use embedded::MemoryKeyPool;
use ports::live::{
    Cancels, KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan, Returned, Switch,
};
use testkit::sample;
use tokio::time::Instant;

use crate::{
    scripted::{Say, Scripted},
    world::{World, config, eventually},
};

/// What becomes of the pool's answer to a wish.
pub enum Answer {
    Arrives,
    IsLost,
    NeverComes,
}

/// Lends as it should, but not every answer to a wish arrives.
pub struct Unheard {
    pool: Arc<MemoryKeyPool>,
    wishes: Mutex<Vec<WishId>>,
    answer: fn(usize) -> Answer,
}

impl Unheard {
    /// What becomes of an answer depends on how often the wish was told, that time included.
    pub fn new(pool: &Arc<MemoryKeyPool>, answer: fn(usize) -> Answer) -> Arc<Self> {
        Arc::new(Self { pool: Arc::clone(pool), wishes: Mutex::default(), answer })
    }

    /// All wishes, as they were told.
    pub fn wishes(&self) -> MutexGuard<'_, Vec<WishId>> {
        self.wishes.lock().unwrap()
    }

    /// How often this wish was told, this time included.
    fn told(&self, wish: WishId) -> usize {
        let mut wishes = self.wishes();
        wishes.push(wish);
        wishes.iter().filter(|told| **told == wish).count()
    }
}

#[async_trait]
impl KeyPool for Unheard {
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError> {
        self.pool.register(provider, keys).await
    }

    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError> {
        let lending = self.pool.lend(request).await;
        match (self.answer)(self.told(request.wish)) {
            Answer::Arrives => lending,
            Answer::IsLost => Err(LiveError("lost".into())),
            Answer::NeverComes => pending().await,
        }
    }

    async fn answering(&self, loan: &Loan) -> Result<(), LiveError> {
        self.pool.answering(loan).await
    }

    async fn give_back(&self, loan: &Loan, returned: Returned) -> Result<(), LiveError> {
        self.pool.give_back(loan, returned).await
    }

    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError> {
        self.pool.keys(provider).await
    }

    async fn switch(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        switch: Switch,
        change: u64,
    ) -> Result<(), LiveError> {
        self.pool.switch(provider, key, switch, change).await
    }

    async fn ask_probe(&self, provider: &ProviderName, key: &KeyId) -> Result<(), LiveError> {
        self.pool.ask_probe(provider, key).await
    }

    async fn next_probe(
        &self,
        provider: &ProviderName,
        own: &[KeyId],
    ) -> Result<Option<KeyId>, LiveError> {
        self.pool.next_probe(provider, own).await
    }

    async fn probed(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        found: &str,
    ) -> Result<(), LiveError> {
        self.pool.probed(provider, key, found).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_wish_told_again_does_not_stand_in_its_own_way() {
    let mut world = World::virtual_time().await;
    let third = |told: usize| if told < 3 { Answer::IsLost } else { Answer::Arrives };
    let keys = Unheard::new(&world.keys, third);
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    let ports = provider_worker::Ports { keys, ..world.ports() };
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.providers[0].keys[0].concurrency = Some(1);
    world.start_on(ports, config, provider);
    let begun = Instant::now();
    for _ in 0..2 {
        assert_eq!(world.answer("m").await.text(), "hi");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    world.idle().await;
    let status = world.keys.keys(&sample::provider()).await.unwrap().remove(0);
    assert_eq!((status.used_in_window, status.under_way), (2, 0));
    world.stop_softly().await;
}

/// A worker with one key for one call at a time, whose first wish is granted without its hearing of it.
async fn granted_unheard() -> (World, Arc<Unheard>, Job) {
    let mut world = World::virtual_time().await;
    let second = |told: usize| if told < 2 { Answer::NeverComes } else { Answer::Arrives };
    let keys = Unheard::new(&world.keys, second);
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    let ports = provider_worker::Ports { keys: Arc::<Unheard>::clone(&keys), ..world.ports() };
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.providers[0].keys[0].concurrency = Some(1);
    world.start_on(ports, config, provider);
    let job = world.ask("m").await;
    eventually("the wish is granted", async || under_way(&world).await == 1).await;
    (world, keys, job)
}

async fn under_way(world: &World) -> u32 {
    world.keys.keys(&sample::provider()).await.unwrap().first().map_or(0, |key| key.under_way)
}

#[tokio::test(start_paused = true)]
async fn a_key_lent_while_the_user_stops_is_given_back() {
    let (mut world, keys, job) = granted_unheard().await;
    world.log.request(job.generation_id).await.unwrap();
    assert_eq!(world.ended().await.outcome, Outcome::Canceled);
    world.idle().await;
    assert_eq!(under_way(&world).await, 0);
    let wishes = keys.wishes().clone();
    assert_eq!(wishes, [wishes[0]; 2], "the same wish, told again");
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_lent_while_the_worker_ends_is_given_back() {
    let (mut world, keys, _job) = granted_unheard().await;
    world.stop_softly().await;
    assert_eq!((under_way(&world).await, keys.wishes().len()), (0, 2));
    assert!(!world.is_idle().await, "the job is back in the queue");
}
