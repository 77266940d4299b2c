//! Promises of `ports::store::Accounts`.

use std::time::Duration;

use domain::{
    account::{Role, User},
    email::Email,
    id::{EventId, FamilyId, UserId},
    ledger::AuditEvent,
};
use futures_util::future::{join, join_all};
use ports::store::{AccountCreated, NewAccount, NewRefreshToken, RefreshRotation, TokenHash};
use secrecy::{ExposeSecret, SecretString};

use super::bench::{StoreUnderTest, t};
use crate::{clock::epoch, contract::contract, sample};

contract! {
    /// One test per promise of `ports::store::Accounts`. Takes the path of an async function that
    /// makes a `testkit::contract::store::StoreUnderTest`.
    accounts_contract = testkit::contract::store::accounts:
        an_account_is_found_by_address_and_by_id,
        an_unknown_account_is_not_found,
        of_accounts_with_one_address_one_is_made,
        an_account_made_again_is_the_same,
        a_role_can_be_changed,
        another_password_ends_all_sign_ins,
        a_password_is_replaced_by_who_knows_it,
        of_simultaneous_passwords_one_is_taken,
        another_hash_of_the_same_password_ends_nothing,
        somebody_shut_out_has_no_sign_ins,
        a_refresh_token_is_replaced_by_its_successor,
        a_second_use_after_the_tolerance_revokes_the_family,
        two_tabs_may_refresh_at_once,
        another_successor_revokes_the_family,
        a_replaced_successor_ends_the_tolerance,
        a_successor_ends_with_its_family,
        a_token_that_is_not_good_is_invalid,
        a_sign_in_that_a_new_password_came_before_is_none,
        a_sign_in_beside_a_new_password_is_ended,
        a_token_granted_again_is_the_same,
        revoking_ends_the_whole_family_and_no_other,
        a_sign_in_goes_on_until_it_is_ended,
        parallel_refreshes_with_one_successor_all_succeed,
        parallel_refreshes_with_many_successors_succeed_once,
        a_sign_in_ended_beside_a_refresh_is_ended,
        what_becomes_of_a_sign_in_is_noted_with_it,
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
        assert_eq!(matches!(rotated, RefreshRotation::Rotated(..)), is_good, "{n}");
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
    assert!(matches!(rotated, RefreshRotation::Rotated(..)), "no sign-in was ended");
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
    assert_eq!(rotate(&store, hash(1), hash(2), 2).await, rotated(&user, &token));
    assert!(!rehash(user.id, &weak, &other).await);
    assert!(!rehash(UserId::generate(epoch()), &strong, &other).await);
    assert_eq!(kept().await.unwrap().expose_secret(), "strong");
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
        assert_eq!(matches!(rotated, RefreshRotation::Rotated(..)), is_good, "{n}");
    }
    let unknown = Email::parse("nobody@example.org").unwrap();
    assert_eq!(store.accounts.set_disabled(&unknown, true, t(1)).await.unwrap(), None);
}

const TOLERANCE: Duration = Duration::from_secs(10);

/// When every token of a case ends.
const END: u64 = 3600;

fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// A token for a user without a password.
fn new_token(user: UserId, hash: TokenHash) -> NewRefreshToken {
    let family = FamilyId::generate(epoch());
    NewRefreshToken { hash, family, user_id: user, expires_at: t(END), password_hash: None }
}

/// Signs the user in by the password they have.
async fn grant(store: &StoreUnderTest, user: UserId, token: TokenHash) -> NewRefreshToken {
    let password_hash = store.accounts.by_id(user).await.unwrap().unwrap().password_hash;
    let token = NewRefreshToken { password_hash, ..new_token(user, token) };
    assert!(store.accounts.grant_refresh(token.clone(), epoch()).await.unwrap());
    token
}

async fn rotate(
    store: &StoreUnderTest,
    presented: TokenHash,
    successor: TokenHash,
    seconds: u64,
) -> RefreshRotation {
    let (noted_as, at) = (EventId::of_deed(epoch()), t(seconds));
    let rotating = store.accounts.rotate_refresh(presented, successor, TOLERANCE, noted_as, at);
    rotating.await.unwrap()
}

async fn revoke(store: &StoreUnderTest, token: TokenHash, seconds: u64) -> Option<UserId> {
    let (noted_as, at) = (EventId::of_deed(epoch()), t(seconds));
    store.accounts.revoke_refresh(token, noted_as, at).await.unwrap()
}

fn rotated(user: &User, token: &NewRefreshToken) -> RefreshRotation {
    RefreshRotation::Rotated(user.clone(), token.family)
}

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

/// Token after token, each is good.
pub async fn a_refresh_token_is_replaced_by_its_successor(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    for n in 1..5 {
        assert_eq!(
            rotate(&store, hash(n), hash(n + 1), 60 * u64::from(n)).await,
            rotated(&user, &token)
        );
    }
}

/// A copy in other hands is noticed, and what it made is worth nothing.
pub async fn a_second_use_after_the_tolerance_revokes_the_family(store: StoreUnderTest) {
    let user = store.user().await;
    grant(&store, user.id, hash(1)).await;
    rotate(&store, hash(1), hash(2), 0).await;
    assert_eq!(rotate(&store, hash(1), hash(2), 11).await, RefreshRotation::Reused(user.id));
    assert_eq!(rotate(&store, hash(2), hash(3), 12).await, RefreshRotation::Invalid);
    assert_eq!(rotate(&store, hash(1), hash(2), 12).await, RefreshRotation::Invalid);
}

/// Up to the tolerance the same refresh is answered the same.
pub async fn two_tabs_may_refresh_at_once(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    for seconds in [0, 1, 10] {
        assert_eq!(rotate(&store, hash(1), hash(2), seconds).await, rotated(&user, &token));
    }
    assert_eq!(
        rotate(&store, hash(2), hash(3), 11).await,
        rotated(&user, &token),
        "and it is one token"
    );
}

/// A refresh that wants another successor is not the same refresh.
pub async fn another_successor_revokes_the_family(store: StoreUnderTest) {
    let user = store.user().await;
    grant(&store, user.id, hash(1)).await;
    rotate(&store, hash(1), hash(2), 0).await;
    assert_eq!(rotate(&store, hash(1), hash(9), 1).await, RefreshRotation::Reused(user.id));
    assert_eq!(rotate(&store, hash(2), hash(3), 1).await, RefreshRotation::Invalid);
    assert_eq!(rotate(&store, hash(9), hash(3), 1).await, RefreshRotation::Invalid);
}

/// Whoever has used the successor has no need of the old token.
///
/// Security case 16.
pub async fn a_replaced_successor_ends_the_tolerance(store: StoreUnderTest) {
    let user = store.user().await;
    grant(&store, user.id, hash(1)).await;
    rotate(&store, hash(1), hash(2), 0).await;
    rotate(&store, hash(2), hash(3), 1).await;
    assert_eq!(rotate(&store, hash(1), hash(2), 2).await, RefreshRotation::Reused(user.id));
    assert_eq!(rotate(&store, hash(3), hash(4), 2).await, RefreshRotation::Invalid);
}

/// Refreshing does not lengthen a sign-in.
///
/// Security case 18.
pub async fn a_successor_ends_with_its_family(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    assert_eq!(rotate(&store, hash(1), hash(2), END - 2).await, rotated(&user, &token));
    assert_eq!(rotate(&store, hash(2), hash(3), END - 1).await, rotated(&user, &token));
    assert_eq!(rotate(&store, hash(3), hash(4), END).await, RefreshRotation::Invalid);
}

/// Unknown, expired, revoked, or of a disabled account.
pub async fn a_token_that_is_not_good_is_invalid(store: StoreUnderTest) {
    let user = store.user().await;
    assert_eq!(rotate(&store, hash(1), hash(2), 0).await, RefreshRotation::Invalid, "unknown");
    grant(&store, user.id, hash(1)).await;
    assert_eq!(rotate(&store, hash(1), hash(2), END).await, RefreshRotation::Invalid, "expired");
    revoke(&store, hash(1), 0).await;
    assert_eq!(rotate(&store, hash(1), hash(2), 0).await, RefreshRotation::Invalid, "revoked");
    let disabled = User { disabled: true, ..sample::user(epoch()) };
    store.accounts.create(sample::account(disabled.clone())).await.unwrap();
    let token = new_token(disabled.id, hash(5));
    assert!(!store.accounts.grant_refresh(token, epoch()).await.unwrap());
    assert_eq!(rotate(&store, hash(5), hash(6), 0).await, RefreshRotation::Invalid, "disabled");
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

/// A write whose answer was lost can be repeated, and does not bring a used token back.
pub async fn a_token_granted_again_is_the_same(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    assert!(store.accounts.grant_refresh(token.clone(), epoch()).await.unwrap());
    assert_eq!(rotate(&store, hash(1), hash(2), 0).await, rotated(&user, &token));
    assert!(store.accounts.grant_refresh(token.clone(), epoch()).await.unwrap());
    assert_eq!(rotate(&store, hash(1), hash(9), 1).await, RefreshRotation::Reused(user.id));
}

/// Signing out works with any token of the sign-in, and leaves other devices alone.
pub async fn revoking_ends_the_whole_family_and_no_other(store: StoreUnderTest) {
    let user = store.user().await;
    grant(&store, user.id, hash(1)).await;
    let token = grant(&store, user.id, hash(10)).await;
    rotate(&store, hash(1), hash(2), 0).await;
    let owner = revoke(&store, hash(1), 1).await;
    assert_eq!(owner, Some(user.id));
    for token in [hash(1), hash(2)] {
        assert_eq!(rotate(&store, token, hash(3), 2).await, RefreshRotation::Invalid);
    }
    assert_eq!(rotate(&store, hash(10), hash(11), 2).await, rotated(&user, &token));
    assert_eq!(revoke(&store, hash(99), 1).await, None);
}

/// Whatever its tokens were replaced by; and others go on.
///
/// Security case 14.
pub async fn a_sign_in_goes_on_until_it_is_ended(store: StoreUnderTest) {
    let (one, other) = (store.user().await, store.user().await);
    let goes_on = async |token: &NewRefreshToken, seconds| {
        store.accounts.is_signed_in(token.family, t(seconds)).await.unwrap()
    };
    let [out, kept] = [grant(&store, one.id, hash(1)).await, grant(&store, one.id, hash(2)).await];
    let others = grant(&store, other.id, hash(3)).await;
    rotate(&store, hash(1), hash(4), 0).await;
    for token in [&out, &kept, &others] {
        assert!(goes_on(token, END - 1).await);
        assert!(!goes_on(token, END).await, "it has ended");
    }
    assert!(!store.accounts.is_signed_in(FamilyId::generate(epoch()), t(1)).await.unwrap());
    revoke(&store, hash(1), 1).await;
    assert_eq!((goes_on(&out, 2).await, goes_on(&kept, 2).await), (false, true));
    let password = SecretString::from("$argon2id$another");
    store.accounts.set_password(one.id, None, &password, t(2)).await.unwrap();
    assert_eq!((goes_on(&kept, 3).await, goes_on(&others, 3).await), (false, true));
    let reused = grant(&store, one.id, hash(5)).await;
    rotate(&store, hash(5), hash(6), 0).await;
    rotate(&store, hash(5), hash(6), 60).await;
    assert!(!goes_on(&reused, 60).await, "somebody else had a copy");
    store.accounts.set_disabled(&other.email, true, t(3)).await.unwrap();
    assert!(!goes_on(&others, 4).await);
    store.accounts.set_disabled(&other.email, false, t(4)).await.unwrap();
    assert!(!goes_on(&others, 5).await, "let in again, one signs in anew");
}

/// Any number of tabs end up with one successor, good for one further refresh.
pub async fn parallel_refreshes_with_one_successor_all_succeed(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    let refreshing = (0..20).map(|_| rotate(&store, hash(1), hash(2), 0));
    for rotation in join_all(refreshing).await {
        assert_eq!(rotation, rotated(&user, &token));
    }
    assert_eq!(rotate(&store, hash(2), hash(3), 1).await, rotated(&user, &token));
}

/// Of simultaneous uses of one token for different successors, one is the first.
///
/// Security case 20.
pub async fn parallel_refreshes_with_many_successors_succeed_once(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    let refreshing = (2..102).map(|n| rotate(&store, hash(1), hash(n), 0));
    let rotations = join_all(refreshing).await;
    let count = |wanted: &RefreshRotation| rotations.iter().filter(|r| *r == wanted).count();
    assert_eq!(count(&rotated(&user, &token)), 1, "{rotations:?}");
    assert_eq!(count(&RefreshRotation::Reused(user.id)), 1, "{rotations:?}");
    let later = join_all((2..102).map(|n| rotate(&store, hash(n), hash(n + 100), 1))).await;
    assert_eq!(later.into_iter().filter(|r| *r != RefreshRotation::Invalid).count(), 0);
}

/// A successor that is being made as its sign-in ends is no good either.
///
/// Security case 14.
pub async fn a_sign_in_ended_beside_a_refresh_is_ended(store: StoreUnderTest) {
    let user = store.user().await;
    let password = SecretString::from("$argon2id$another");
    for n in (0..200).step_by(2) {
        let token = grant(&store, user.id, hash(n)).await;
        let ending = async {
            if n % 4 == 0 {
                revoke(&store, hash(n), 1).await;
            } else {
                store.accounts.set_password(user.id, None, &password, t(1)).await.unwrap();
            }
        };
        tokio::join!(rotate(&store, hash(n), hash(n + 1), 0), ending);
        assert!(!store.accounts.is_signed_in(token.family, t(2)).await.unwrap(), "round {n}");
    }
}

/// What changes nothing is not noted.
///
/// Security case 15.
pub async fn what_becomes_of_a_sign_in_is_noted_with_it(store: StoreUnderTest) {
    let user = store.user().await;
    let mut expected = Vec::new();
    let noted = async || {
        let mut noted = store.ledger.audit(None, 100).await.unwrap().items;
        noted.reverse();
        noted
    };
    let ids = [0; 5].map(|_| EventId::of_deed(epoch()));
    let rotate = async |n: u8, event: usize, seconds: u64| {
        let (id, at) = (ids[event], t(seconds));
        store.accounts.rotate_refresh(hash(n), hash(n + 1), TOLERANCE, id, at).await.unwrap()
    };
    grant(&store, user.id, hash(1)).await;
    rotate(1, 0, 1).await;
    expected.push(AuditEvent::refreshed(ids[0], user.id, t(1)));
    assert_eq!(noted().await, expected);
    rotate(1, 1, 2).await;
    assert_eq!(noted().await, expected, "the other tab");
    assert_eq!(rotate(1, 2, 60).await, RefreshRotation::Reused(user.id));
    expected.push(AuditEvent::refresh_reused(ids[2], user.id, t(60)));
    assert_eq!(noted().await, expected);
    assert_eq!(rotate(1, 3, 61).await, RefreshRotation::Invalid);
    grant(&store, user.id, hash(10)).await;
    for token in [hash(10), hash(99)] {
        store.accounts.revoke_refresh(token, ids[4], t(62)).await.unwrap();
    }
    expected.push(AuditEvent::signed_out(ids[4], user.id, t(62)));
    assert_eq!(noted().await, expected);
}
