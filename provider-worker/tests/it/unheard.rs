//! A pool of keys whose answers get lost on the way.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::{id::WishId, key::KeyId, model::ProviderName};
use embedded::MemoryKeyPool;
use ports::live::{
    KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan, Returned, Switch,
};
use testkit::sample;
use tokio::time::Instant;

use crate::{
    scripted::{Say, Scripted},
    world::{World, config},
};

/// Lends as it should, but only the third answer to a wish arrives.
struct Unheard {
    pool: Arc<MemoryKeyPool>,
    wishes: Mutex<Vec<WishId>>,
}

impl Unheard {
    fn new(pool: &Arc<MemoryKeyPool>) -> Arc<Self> {
        Arc::new(Self { pool: Arc::clone(pool), wishes: Mutex::default() })
    }

    /// How often this wish was told, this time included.
    fn told(&self, wish: WishId) -> usize {
        let mut wishes = self.wishes.lock().unwrap();
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
        if self.told(request.wish) < 3 { Err(LiveError("lost".into())) } else { lending }
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
    ) -> Result<(), LiveError> {
        self.pool.switch(provider, key, switch).await
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
    let keys = Unheard::new(&world.keys);
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
