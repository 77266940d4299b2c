//! Promises of `ports::store::Pools`.

use domain::{key::KeyId, model::ProviderName, pool::PoolWish, time::Timestamp};
use ports::store::{BROUGHT_BACK_FOR, SwitchedTo};

use super::bench::{StoreUnderTest, t};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::Pools`. Takes the path of an async function that makes a
    /// `testkit::contract::store::StoreUnderTest`.
    pools_contract = testkit::contract::store::pools:
        without_a_wish_there_is_none,
        the_last_wish_is_kept,
        keys_are_out_until_they_are_brought_back,
        keys_brought_back_are_told_for_a_while,
        changes_of_a_key_are_numbered,
}

/// Workers go by their configuration.
pub async fn without_a_wish_there_is_none(store: StoreUnderTest) {
    assert_eq!(store.pools.pools().await.unwrap(), []);
}

/// For each pool by itself, by name.
pub async fn the_last_wish_is_kept(store: StoreUnderTest) {
    let pool = |name| ProviderName::parse(name).unwrap();
    let wish = |paused, concurrency: Option<u16>| {
        let requests_per_minute = concurrency.map(|count| u32::from(count) * 2);
        PoolWish { paused, concurrency, requests_per_minute }
    };
    let said = [
        ("b", wish(true, None)),
        ("a", wish(false, Some(7))),
        ("b", wish(true, Some(u16::MAX))),
        ("b", wish(false, Some(1))),
    ];
    for (second, (name, wish)) in (0..).zip(said) {
        store.pools.set_pool(&pool(name), wish, t(second)).await.unwrap();
    }
    let kept = store.pools.pools().await.unwrap();
    assert_eq!(kept, [(pool("a"), wish(false, Some(7))), (pool("b"), wish(false, Some(1)))]);
}

fn provider() -> ProviderName {
    ProviderName::parse("p").unwrap()
}

impl StoreUnderTest {
    async fn switch(&self, key: &str, to: SwitchedTo, at: Timestamp) -> u64 {
        self.pools.switch_key(&provider(), &KeyId::new(key), to, at).await.unwrap()
    }

    /// What was said of keys, as it is told at `at`.
    async fn switched(&self, at: Timestamp) -> Vec<(String, SwitchedTo)> {
        let all = self.pools.switched_keys(at).await.unwrap();
        assert!(all.iter().all(|switched| switched.provider == provider()));
        all.into_iter().map(|switched| (switched.key.to_string(), switched.to)).collect()
    }
}

/// Or until their time has come.
pub async fn keys_are_out_until_they_are_brought_back(store: StoreUnderTest) {
    assert_eq!(store.switched(t(0)).await, []);
    let until = SwitchedTo::OffUntil(t(100));
    store.switch("b", SwitchedTo::Off, t(1)).await;
    store.switch("a", SwitchedTo::Off, t(2)).await;
    store.switch("a", until, t(3)).await;
    let year = 365 * 24 * 3600;
    let (a, b) = (("a".to_owned(), until), ("b".to_owned(), SwitchedTo::Off));
    assert_eq!(store.switched(t(99)).await, [a, b.clone()]);
    assert_eq!(store.switched(t(100)).await, std::slice::from_ref(&b));
    assert_eq!(store.switched(t(year)).await, [b]);
}

/// Then everybody knows.
pub async fn keys_brought_back_are_told_for_a_while(store: StoreUnderTest) {
    store.switch("a", SwitchedTo::Off, t(1)).await;
    store.switch("a", SwitchedTo::On, t(2)).await;
    assert_eq!(store.switched(t(3)).await, [("a".to_owned(), SwitchedTo::On)]);
    assert_eq!(store.switched(t(2) + BROUGHT_BACK_FOR).await, []);
}

/// Also by processes whose clocks differ.
pub async fn changes_of_a_key_are_numbered(store: StoreUnderTest) {
    let mut last = 0;
    for (second, to) in [(50, SwitchedTo::Off), (10, SwitchedTo::On), (10, SwitchedTo::Off)] {
        let change = store.switch("a", to, t(second)).await;
        assert!(change > last, "{change} after {last}");
        last = change;
    }
    let kept = store.pools.switched_keys(t(60)).await.unwrap();
    assert_eq!((kept[0].change, kept[0].to), (last, SwitchedTo::Off));
}
