//! Passwords, and the sign-ins that end with them.

use domain::id::UserId;
use futures_util::future::{join, join_all};
use ports::store::{NewRefreshToken, RefreshRotation};
use secrecy::{ExposeSecret, SecretString};

use super::{
    super::bench::{StoreUnderTest, t},
    sign_ins::{grant, hash, new_token, rotate, rotated},
};
use crate::clock::epoch;

/// Of this account and no other.
pub async fn another_password_ends_all_sign_ins(store: StoreUnderTest) {
    let (one, other) = (store.user().await, store.user().await);
    grant(&store, one.id, hash(1)).await;
    grant(&store, one.id, hash(2)).await;
    grant(&store, other.id, hash(3)).await;
    let password = SecretString::from("$argon2id$another");
    assert!(store.accounts.set_password(one.id, None, &password, t(1)).await.unwrap());
    let kept = store.accounts.by_id(one.id).await.unwrap().unwrap().password_hash;
    assert_eq!(kept.unwrap().expose_secret(), password.expose_secret());
    assert!(store.accounts.by_id(other.id).await.unwrap().unwrap().password_hash.is_none());
    for (n, is_good) in [(1, false), (2, false), (3, true)] {
        let rotated = rotate(&store, hash(n), hash(n + 10), 2).await;
        assert_eq!(matches!(rotated, RefreshRotation::Rotated { .. }), is_good, "{n}");
    }
    let nobody = UserId::generate(epoch());
    assert!(!store.accounts.set_password(nobody, None, &password, t(1)).await.unwrap());
}

/// Who knows another one changes nothing; who does it again does the same.
pub async fn a_password_is_replaced_by_who_knows_it(store: StoreUnderTest) {
    let user = store.user().await;
    let [first, second, third] = ["one", "two", "three"].map(SecretString::from);
    let set = async |was: Option<&SecretString>, hash: &SecretString| {
        store.accounts.set_password(user.id, was, hash, t(1)).await.unwrap()
    };
    let kept = async || store.accounts.by_id(user.id).await.unwrap().unwrap().password_hash;
    assert!(!set(Some(&first), &second).await, "it has none yet");
    assert!(kept().await.is_none());
    assert!(set(None, &first).await && set(Some(&first), &second).await);
    grant(&store, user.id, hash(1)).await;
    assert!(!set(None, &third).await && !set(Some(&first), &third).await);
    assert_eq!(kept().await.unwrap().expose_secret(), "two");
    let rotated = rotate(&store, hash(1), hash(2), 2).await;
    assert!(matches!(rotated, RefreshRotation::Rotated { .. }), "no sign-in was ended");
    assert!(set(Some(&first), &second).await, "an answer may be lost");
    assert_eq!(kept().await.unwrap().expose_secret(), "two");
}

/// However many know the one before.
pub async fn of_simultaneous_passwords_one_is_taken(store: StoreUnderTest) {
    let user = store.user().await;
    let hashes: Vec<_> = (0..20).map(|n| SecretString::from(n.to_string())).collect();
    let setting = hashes.iter().map(|hash| store.accounts.set_password(user.id, None, hash, t(1)));
    let taken = join_all(setting).await.into_iter().map(Result::unwrap);
    let taken: Vec<_> = taken.zip(&hashes).filter(|(is_taken, _)| *is_taken).collect();
    assert_eq!(taken.len(), 1);
    let kept = store.accounts.by_id(user.id).await.unwrap().unwrap().password_hash.unwrap();
    assert_eq!(kept.expose_secret(), taken[0].1.expose_secret());
}

/// Unless the account has had another password since, or is not there.
///
/// Security case 25.
pub async fn another_hash_of_the_same_password_ends_nothing(store: StoreUnderTest) {
    let user = store.user().await;
    let [weak, strong, other] = ["weak", "strong", "other"].map(SecretString::from);
    let rehash = async |id, was: &SecretString, hash: &SecretString| {
        store.accounts.rehash(id, was, hash).await.unwrap()
    };
    let kept = async || store.accounts.by_id(user.id).await.unwrap().unwrap().password_hash;
    assert!(!rehash(user.id, &weak, &strong).await, "it has none yet");
    assert!(kept().await.is_none());
    assert!(store.accounts.set_password(user.id, None, &weak, t(1)).await.unwrap());
    let token = grant(&store, user.id, hash(1)).await;
    for _ in 0..2 {
        assert!(rehash(user.id, &weak, &strong).await, "an answer may be lost");
        assert_eq!(kept().await.unwrap().expose_secret(), "strong");
    }
    assert_eq!(rotate(&store, hash(1), hash(2), 2).await, rotated(&user, &token, hash(2)));
    assert!(!rehash(user.id, &weak, &other).await);
    assert!(!rehash(UserId::generate(epoch()), &strong, &other).await);
    assert_eq!(kept().await.unwrap().expose_secret(), "strong");
}

/// Who was let in by a password that has been replaced since, or by none where there is one now, is not signed in.
pub async fn a_sign_in_that_a_new_password_came_before_is_none(store: StoreUnderTest) {
    let user = store.user().await;
    let [one, other] = ["one", "other"].map(SecretString::from);
    let granted = async |n: u8, by: Option<&SecretString>| {
        let token = NewRefreshToken { password_hash: by.cloned(), ..new_token(user.id, hash(n)) };
        store.accounts.grant_refresh(token, epoch()).await.unwrap()
    };
    assert!(!granted(1, Some(&one)).await);
    assert!(store.accounts.set_password(user.id, None, &one, t(1)).await.unwrap());
    assert!(!granted(2, None).await);
    assert!(granted(3, Some(&one)).await);
    assert!(store.accounts.set_password(user.id, Some(&one), &other, t(2)).await.unwrap());
    assert!(!granted(4, Some(&one)).await);
    for n in [1, 2, 3, 4] {
        assert_eq!(rotate(&store, hash(n), hash(n + 10), 3).await, RefreshRotation::Invalid, "{n}");
    }
}

/// Beside each other the sign-in ends, whichever comes first.
///
/// Security case 14.
pub async fn a_sign_in_beside_a_new_password_is_ended(store: StoreUnderTest) {
    for round in 0..20 {
        let user = store.user().await;
        let token = new_token(user.id, hash(round));
        let password = SecretString::from("one");
        let granting = store.accounts.grant_refresh(token, epoch());
        let changing = store.accounts.set_password(user.id, None, &password, epoch());
        let (granted, changed) = join(granting, changing).await;
        assert!(changed.unwrap());
        let rotated = rotate(&store, hash(round), hash(round + 100), 1).await;
        assert_eq!(rotated, RefreshRotation::Invalid, "granted: {granted:?}");
    }
}
