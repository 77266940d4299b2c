//! A pool of keys that is away while keys and limits change.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{key::KeyId, model::ProviderName, pool::PoolWish};
use embedded::MemoryKeyPool;
use ports::live::{
    Controls, KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan, Returned, Switch,
};
use provider_worker::{Reloads, key_id};
use secrecy::SecretString;
use testkit::sample;
use tokio::{sync::Notify, time::sleep};

use crate::{
    scripted::{Say, Scripted},
    world::{World, config},
};

/// Learns of no keys while it is away.
struct Deaf {
    pool: Arc<MemoryKeyPool>,
    is_away: AtomicBool,
}

#[async_trait]
impl KeyPool for Deaf {
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(LiveError("away".into()));
        }
        self.pool.register(provider, keys).await
    }

    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError> {
        self.pool.lend(request).await
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
async fn the_last_word_of_keys_and_limits_is_the_newest() {
    let ms = Duration::from_millis;
    let mut world = World::virtual_time().await;
    let pool = Deaf { pool: Arc::clone(&world.keys), is_away: AtomicBool::new(false) };
    let (pool, asked) = (Arc::new(pool), Arc::new(Notify::new()));
    let ports = provider_worker::Ports { keys: Arc::<Deaf>::clone(&pool), ..world.ports() };
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    let mut changed = config.providers.clone();
    changed[0].keys = vec![SecretString::from("k2").into()];
    config.reloads = Reloads::new(move || Ok(changed.clone()), Arc::clone(&asked));
    world.start_on(ports, config, Arc::new(Scripted::new(&[Say::Text(&["hi"])])));
    sleep(ms(700)).await;

    pool.is_away.store(true, Ordering::Relaxed);
    let wish = PoolWish { requests_per_minute: Some(7), ..PoolWish::default() };
    world.controls.tell(&sample::provider(), wish).await.unwrap();
    // The limit is noticed within half a second, and told to the pool in vain every second.
    sleep(ms(900)).await;
    asked.notify_one();
    sleep(ms(950)).await;
    pool.is_away.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(5)).await;
    let keys = world.keys.keys(&sample::provider()).await.unwrap();
    let newest = key_id(&sample::provider(), &SecretString::from("k2"));
    let known: Vec<_> = keys.into_iter().map(|key| (key.key, key.requests_per_minute)).collect();
    assert_eq!(known, [(newest, Some(7))]);
    world.stop_softly().await;
}
