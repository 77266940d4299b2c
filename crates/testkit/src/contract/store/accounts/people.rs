//! Who there is, and what they may.

use domain::{
    account::{Role, User},
    email::Email,
};
use futures_util::future::join_all;
use ports::store::{AccountCreated, NewAccount, RefreshRotation};
use secrecy::ExposeSecret;

use super::{
    super::bench::{StoreUnderTest, t},
    sign_ins::{grant, hash, rotate},
};
use crate::{clock::epoch, sample};

/// What was kept is what was given.
pub async fn an_account_is_found_by_address_and_by_id(store: StoreUnderTest) {
    for (name, role, disabled) in [("ada", Role::Admin, false), ("bob", Role::User, true)] {
        let email = Email::parse(&format!("{name}@example.org")).unwrap();
        let user = User { email: email.clone(), role, disabled, ..sample::user(t(5)) };
        let new = NewAccount { user: user.clone(), password_hash: Some("$argon2id$x".into()) };
        assert_eq!(store.accounts.create(new).await.unwrap(), AccountCreated::Created);
        for found in [store.accounts.by_email(&email).await, store.accounts.by_id(user.id).await] {
            let found = found.unwrap().unwrap();
            assert_eq!(found.user, user);
            assert_eq!(found.password_hash.unwrap().expose_secret(), "$argon2id$x");
        }
    }
    let guest = store.user().await;
    assert!(store.accounts.by_id(guest.id).await.unwrap().unwrap().password_hash.is_none());
}

/// Nobody is made up.
pub async fn an_unknown_account_is_not_found(store: StoreUnderTest) {
    store.user().await;
    let stranger = sample::user(epoch());
    assert!(store.accounts.by_email(&stranger.email).await.unwrap().is_none());
    assert!(store.accounts.by_id(stranger.id).await.unwrap().is_none());
}

/// Of any number of simultaneous sign-ups with one address, one succeeds.
pub async fn of_accounts_with_one_address_one_is_made(store: StoreUnderTest) {
    let email = Email::parse("ada@example.org").unwrap();
    let users: Vec<_> =
        (0..10).map(|_| User { email: email.clone(), ..sample::user(epoch()) }).collect();
    let creating = users.iter().map(|user| store.accounts.create(sample::account(user.clone())));
    let created: Vec<_> = join_all(creating).await.into_iter().map(Result::unwrap).collect();
    let made = created.iter().filter(|created| **created == AccountCreated::Created).count();
    assert_eq!(made, 1, "{created:?}");
    let winner = created.iter().position(|created| *created == AccountCreated::Created).unwrap();
    let found = store.accounts.by_email(&email).await.unwrap().unwrap();
    assert_eq!(found.user, users[winner]);
}

/// A write whose answer was lost can be repeated.
pub async fn an_account_made_again_is_the_same(store: StoreUnderTest) {
    let user = store.user().await;
    let again = store.accounts.create(sample::account(user.clone())).await.unwrap();
    assert_eq!(again, AccountCreated::Created);
    assert_eq!(store.accounts.by_id(user.id).await.unwrap().unwrap().user, user);
}

/// Of this account and no other.
pub async fn a_role_can_be_changed(store: StoreUnderTest) {
    let (one, other) = (sample::user(epoch()), sample::user(epoch()));
    for user in [&one, &other] {
        let new = NewAccount { user: user.clone(), password_hash: None };
        store.accounts.create(new).await.unwrap();
    }
    let changed = store.accounts.set_role(&one.email, Role::Operator).await.unwrap();
    let expected = User { role: Role::Operator, ..one.clone() };
    assert_eq!(changed, Some(expected.clone()));
    assert_eq!(store.accounts.by_id(one.id).await.unwrap().unwrap().user, expected);
    assert_eq!(store.accounts.by_id(other.id).await.unwrap().unwrap().user, other);
    let unknown = Email::parse("nobody@example.org").unwrap();
    assert_eq!(store.accounts.set_role(&unknown, Role::Admin).await.unwrap(), None);
}

/// Let in again, one has to sign in anew.
pub async fn somebody_shut_out_has_no_sign_ins(store: StoreUnderTest) {
    let (one, other) = (store.user().await, store.user().await);
    grant(&store, one.id, hash(1)).await;
    grant(&store, other.id, hash(2)).await;
    let shut_out = User { disabled: true, ..one.clone() };
    for (disabled, expected) in [(true, shut_out), (false, one.clone())] {
        let changed = store.accounts.set_disabled(&one.email, disabled, t(1)).await.unwrap();
        assert_eq!(changed, Some(expected.clone()));
        assert_eq!(store.accounts.by_id(one.id).await.unwrap().unwrap().user, expected);
    }
    for (n, is_good) in [(1, false), (2, true)] {
        let rotated = rotate(&store, hash(n), hash(n + 10), 2).await;
        assert_eq!(matches!(rotated, RefreshRotation::Rotated { .. }), is_good, "{n}");
    }
    let unknown = Email::parse("nobody@example.org").unwrap();
    assert_eq!(store.accounts.set_disabled(&unknown, true, t(1)).await.unwrap(), None);
}

/// Letting in is done as often as one likes.
pub async fn who_is_let_in_and_was_not_shut_out_stays_signed_in(store: StoreUnderTest) {
    let user = store.user().await;
    grant(&store, user.id, hash(1)).await;
    let changed = store.accounts.set_disabled(&user.email, false, t(1)).await.unwrap();
    assert_eq!(changed, Some(user));
    let rotated = rotate(&store, hash(1), hash(2), 2).await;
    assert!(matches!(rotated, RefreshRotation::Rotated { .. }), "{rotated:?}");
}
