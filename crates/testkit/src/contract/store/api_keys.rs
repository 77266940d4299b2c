//! Promises of `ports::store::ApiKeys`.

use domain::id::{ApiKeyId, UserId};
use futures_util::future::join_all;
use ports::store::{ApiKey, ApiKeyAdded, TokenHash};

use super::bench::{ALL, StoreUnderTest, t};
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
        nobody_has_more_keys_than_allowed,
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

async fn add(store: &StoreUnderTest, key: &ApiKey, n: u8) {
    let added = store.api_keys.add(key, hash(n), ALL).await.unwrap();
    assert_eq!(added, ApiKeyAdded::Added);
}

/// With its user, and with everything that was said of it; added twice it is one.
pub async fn a_key_is_found_by_its_hash_until_it_ends(store: StoreUnderTest) {
    let user = store.user().await;
    for (n, key) in [(1, key(user.id, 1)), (2, key(user.id, 6))] {
        add(&store, &key, n).await;
        add(&store, &key, n).await;
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
    add(&store, &key(user.id, 1), 1).await;
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
        add(&store, key, n).await;
    }
    let [first, second, third] = keys;
    assert_eq!(store.api_keys.list(one).await.unwrap(), [second, first]);
    assert_eq!(store.api_keys.list(other).await.unwrap(), [third]);
}

/// Only its owner can end it.
pub async fn a_revoked_key_is_gone(store: StoreUnderTest) {
    let (one, other) = (store.user().await.id, store.user().await.id);
    let key = key(one, 1);
    add(&store, &key, 1).await;
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
        add(&store, key, n).await;
    }
    store.api_keys.touch(keys[0].id, t(9)).await.unwrap();
    let keys = store.api_keys.list(user).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.used_at).collect::<Vec<_>>(), [None, Some(t(9))]);
}

/// However many are added at once; others have theirs, and one that is there may be added again.
pub async fn nobody_has_more_keys_than_allowed(store: StoreUnderTest) {
    const MOST: u32 = 50;
    let (user, other) = (store.user().await.id, store.user().await.id);
    let keys: Vec<_> = (0..60).map(|seconds| key(user, seconds)).collect();
    let add = async |key: &ApiKey, n| store.api_keys.add(key, hash(n), MOST).await.unwrap();
    let added = join_all((0..).zip(&keys).map(|(n, key)| add(key, n))).await;
    let is_there = |added: &&ApiKeyAdded| **added == ApiKeyAdded::Added;
    assert_eq!(added.iter().filter(is_there).count(), 50, "{added:?}");
    assert_eq!(store.api_keys.list(user).await.unwrap().len(), 50);
    assert_eq!(add(&key(other, 1), 100).await, ApiKeyAdded::Added);
    for ((n, key), before) in (0..).zip(&keys).zip(added) {
        assert_eq!(add(key, n).await, before, "the same again");
    }
    let kept = store.api_keys.list(user).await.unwrap();
    assert_eq!(kept.len(), 50);
    assert!(store.api_keys.revoke(user, kept[0].id).await.unwrap());
    assert_eq!(add(&key(user, 99), 101).await, ApiKeyAdded::Added, "there is room again");
}
