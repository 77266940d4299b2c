//! Promises of `ports::store::ApiKeys`.

use domain::id::{ApiKeyId, UserId};
use ports::store::{ApiKey, TokenHash};

use super::bench::{StoreUnderTest, t};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::ApiKeys`. Takes the path of an async function that makes
    /// a `testkit::contract::store::StoreUnderTest`.
    api_keys_contract = testkit::contract::store::api_keys:
        a_key_is_found_by_its_hash_until_it_ends,
        a_key_of_somebody_shut_out_is_no_good,
        keys_are_listed_newest_first_and_told_apart_by_owner,
        a_revoked_key_is_gone,
        the_last_use_is_kept,
}

fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

fn key(user_id: UserId, seconds: u64) -> ApiKey {
    ApiKey {
        id: ApiKeyId::generate(t(seconds)),
        user_id,
        name: "Ünïcode \"script\"\n".to_owned(),
        prefix: "slk_abc".to_owned(),
        read_only: seconds.is_multiple_of(2),
        created_at: t(seconds),
        expires_at: (seconds > 5).then(|| t(100)),
        used_at: None,
    }
}

/// With its user, and with everything that was said of it; added twice it is one.
pub async fn a_key_is_found_by_its_hash_until_it_ends(store: StoreUnderTest) {
    let user = store.user().await;
    for (n, key) in [(1, key(user.id, 1)), (2, key(user.id, 6))] {
        store.api_keys.add(&key, hash(n)).await.unwrap();
        store.api_keys.add(&key, hash(n)).await.unwrap();
        let found = store.api_keys.find(hash(n), t(99)).await.unwrap();
        assert_eq!(found, Some((key.clone(), user.clone())));
        let late = store.api_keys.find(hash(n), t(100)).await.unwrap();
        assert_eq!(late.is_some(), key.expires_at.is_none());
    }
    assert_eq!(store.api_keys.find(hash(3), t(1)).await.unwrap(), None);
}

/// As long as they are.
pub async fn a_key_of_somebody_shut_out_is_no_good(store: StoreUnderTest) {
    let user = store.user().await;
    store.api_keys.add(&key(user.id, 1), hash(1)).await.unwrap();
    for disabled in [true, false] {
        store.accounts.set_disabled(&user.email, disabled, t(2)).await.unwrap();
        let found = store.api_keys.find(hash(1), t(3)).await.unwrap();
        assert_eq!(found.is_none(), disabled);
    }
}

/// Nobody sees another's.
pub async fn keys_are_listed_newest_first_and_told_apart_by_owner(store: StoreUnderTest) {
    let (one, other) = (store.user().await.id, store.user().await.id);
    let keys = [key(one, 1), key(one, 2), key(other, 3)];
    for (n, key) in (1..).zip(&keys) {
        store.api_keys.add(key, hash(n)).await.unwrap();
    }
    let [first, second, third] = keys;
    assert_eq!(store.api_keys.list(one).await.unwrap(), [second, first]);
    assert_eq!(store.api_keys.list(other).await.unwrap(), [third]);
}

/// Only its owner can end it.
pub async fn a_revoked_key_is_gone(store: StoreUnderTest) {
    let (one, other) = (store.user().await.id, store.user().await.id);
    let key = key(one, 1);
    store.api_keys.add(&key, hash(1)).await.unwrap();
    assert!(!store.api_keys.revoke(other, key.id).await.unwrap());
    assert!(store.api_keys.find(hash(1), t(2)).await.unwrap().is_some());
    assert!(store.api_keys.revoke(one, key.id).await.unwrap());
    assert!(!store.api_keys.revoke(one, key.id).await.unwrap());
    assert_eq!(store.api_keys.find(hash(1), t(2)).await.unwrap(), None);
    assert_eq!(store.api_keys.list(one).await.unwrap(), []);
}

/// Of this key alone.
pub async fn the_last_use_is_kept(store: StoreUnderTest) {
    let user = store.user().await.id;
    let keys = [key(user, 1), key(user, 2)];
    for (n, key) in (1..).zip(&keys) {
        store.api_keys.add(key, hash(n)).await.unwrap();
    }
    store.api_keys.touch(keys[0].id, t(9)).await.unwrap();
    let keys = store.api_keys.list(user).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.used_at).collect::<Vec<_>>(), [None, Some(t(9))]);
}
