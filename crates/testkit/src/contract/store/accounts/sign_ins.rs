//! Sign-ins: refresh tokens and their families.

use std::time::Duration;

use domain::{
    account::User,
    id::{EventId, FamilyId, UserId},
    ledger::AuditEvent,
};
use futures_util::future::join_all;
use ports::store::{NewRefreshToken, Presented, Refresh, RefreshRotation, TokenHash};
use secrecy::SecretString;

use super::super::bench::{StoreUnderTest, t};
use crate::{clock::epoch, sample};

const TOLERANCE: Duration = Duration::from_secs(10);

/// When every token of a case ends.
const END: u64 = 3600;

pub(super) fn hash(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// A token for a user without a password.
pub(super) fn new_token(user: UserId, hash: TokenHash) -> NewRefreshToken {
    let family = FamilyId::generate(epoch());
    NewRefreshToken { hash, family, user_id: user, expires_at: t(END), password_hash: None }
}

/// Signs the user in by the password they have.
pub(super) async fn grant(
    store: &StoreUnderTest,
    user: UserId,
    token: TokenHash,
) -> NewRefreshToken {
    let password_hash = store.accounts.by_id(user).await.unwrap().unwrap().password_hash;
    let token = NewRefreshToken { password_hash, ..new_token(user, token) };
    assert!(store.accounts.grant_refresh(token.clone(), epoch()).await.unwrap());
    token
}

pub(super) async fn rotate(
    store: &StoreUnderTest,
    presented: TokenHash,
    successor: TokenHash,
    seconds: u64,
) -> RefreshRotation {
    store.accounts.rotate_refresh(refresh(presented, successor), t(seconds)).await.unwrap()
}

/// A token that does not say its family.
fn plain(hash: TokenHash) -> Presented {
    Presented { hash, family: None }
}

pub(in super::super) fn refresh(presented: TokenHash, successor: TokenHash) -> Refresh {
    Refresh {
        presented: plain(presented),
        successor,
        former: None,
        tolerance: TOLERANCE,
        noted_as: EventId::of_deed(epoch()),
    }
}

async fn revoke(store: &StoreUnderTest, token: TokenHash, seconds: u64) -> Option<UserId> {
    let (noted_as, at) = (EventId::of_deed(epoch()), t(seconds));
    store.accounts.revoke_refresh(plain(token), noted_as, at).await.unwrap()
}

/// Replaced by `by`.
pub(super) fn rotated(user: &User, token: &NewRefreshToken, by: TokenHash) -> RefreshRotation {
    RefreshRotation::Rotated { user: user.clone(), family: token.family, by }
}

/// Token after token, each is good.
pub async fn a_refresh_token_is_replaced_by_its_successor(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    for n in 1..5 {
        let rotation = rotate(&store, hash(n), hash(n + 1), 60 * u64::from(n)).await;
        assert_eq!(rotation, rotated(&user, &token, hash(n + 1)));
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
        let rotation = rotate(&store, hash(1), hash(2), seconds).await;
        assert_eq!(rotation, rotated(&user, &token, hash(2)));
    }
    let rotation = rotate(&store, hash(2), hash(3), 11).await;
    assert_eq!(rotation, rotated(&user, &token, hash(3)), "and it is one token");
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
    assert_eq!(rotate(&store, hash(1), hash(2), END - 2).await, rotated(&user, &token, hash(2)));
    assert_eq!(rotate(&store, hash(2), hash(3), END - 1).await, rotated(&user, &token, hash(3)));
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

/// A write whose answer was lost can be repeated, and does not bring a used token back.
pub async fn a_token_granted_again_is_the_same(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    assert!(store.accounts.grant_refresh(token.clone(), epoch()).await.unwrap());
    assert_eq!(rotate(&store, hash(1), hash(2), 0).await, rotated(&user, &token, hash(2)));
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
    assert_eq!(rotate(&store, hash(10), hash(11), 2).await, rotated(&user, &token, hash(11)));
    assert_eq!(revoke(&store, hash(99), 1).await, None);
    assert_eq!(revoke(&store, hash(2), 3).await, None, "it was revoked before");
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
        assert_eq!(rotation, rotated(&user, &token, hash(2)));
    }
    assert_eq!(rotate(&store, hash(2), hash(3), 1).await, rotated(&user, &token, hash(3)));
}

/// Of simultaneous uses of one token for different successors, one is the first.
///
/// Security case 20.
pub async fn parallel_refreshes_with_many_successors_succeed_once(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    let refreshing = (2..102).map(|n| rotate(&store, hash(1), hash(n), 0));
    let rotations = join_all(refreshing).await;
    let made = (2..102).map(|n| rotated(&user, &token, hash(n)));
    let first = rotations.iter().zip(made).filter(|(rotation, made)| *rotation == made).count();
    assert_eq!(first, 1, "{rotations:?}");
    let reused = RefreshRotation::Reused(user.id);
    let reused = rotations.iter().filter(|rotation| **rotation == reused).count();
    assert_eq!(reused, 1, "{rotations:?}");
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
    let ids = [0; 6].map(|_| EventId::of_deed(epoch()));
    let rotate = async |n: u8, event: usize, seconds: u64| {
        let refresh = Refresh { noted_as: ids[event], ..refresh(hash(n), hash(n + 1)) };
        store.accounts.rotate_refresh(refresh, t(seconds)).await.unwrap()
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
    // Nor is what has ended ended again.
    for (token, event) in [(hash(10), 4), (hash(99), 5), (hash(10), 5), (hash(1), 5)] {
        store.accounts.revoke_refresh(plain(token), ids[event], t(62)).await.unwrap();
    }
    expected.push(AuditEvent::signed_out(ids[4], user.id, t(62)));
    assert_eq!(noted().await, expected);
}
