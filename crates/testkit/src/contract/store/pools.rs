//! Promises of `ports::store::Pools`.

use domain::{model::ProviderName, pool::PoolWish};

use super::bench::{StoreUnderTest, t};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::Pools`. Takes the path of an async function that makes a
    /// `testkit::contract::store::StoreUnderTest`.
    pools_contract = testkit::contract::store::pools:
        without_a_wish_there_is_none,
        the_last_wish_is_kept,
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
