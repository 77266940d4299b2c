//! Refresh tokens that were used, and are not kept for ever.

use std::time::Duration;

use domain::{
    id::{EventId, FamilyId},
    ledger::AuditEvent,
};
use ports::store::{NewRefreshToken, Presented, Refresh, RefreshRotation, TokenHash};

use super::{
    super::bench::{StoreUnderTest, t},
    sign_ins::{grant, hash, refresh, rotate, rotated},
};
use crate::clock::epoch;

/// A token that says its family.
fn told(token: &NewRefreshToken, hash: TokenHash) -> Presented {
    Presented { hash, family: Some(token.family) }
}

/// Replaces the token number `n` of the sign-in that began with `first`, which says so, by the next.
async fn told_rotate(
    store: &StoreUnderTest,
    first: &NewRefreshToken,
    n: u8,
    seconds: u64,
) -> RefreshRotation {
    let refresh = Refresh { presented: told(first, hash(n)), ..refresh(hash(n), hash(n + 1)) };
    store.accounts.rotate_refresh(refresh, t(seconds)).await.unwrap()
}

/// The last one and the one before it, which may come again for a moment.
///
/// Security case 106.
pub async fn of_a_family_that_its_tokens_tell_two_are_kept(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    for n in 1..8 {
        let rotation = told_rotate(&store, &token, n, u64::from(n)).await;
        assert_eq!(rotation, rotated(&user, &token, hash(n + 1)));
    }
    for forgotten in 1..7 {
        let rotation = rotate(&store, hash(forgotten), hash(forgotten + 1), 8).await;
        assert_eq!(rotation, RefreshRotation::Invalid, "{forgotten}");
    }
    for n in [7, 8] {
        let rotation = told_rotate(&store, &token, n, 9).await;
        assert_eq!(rotation, rotated(&user, &token, hash(n + 1)));
    }
}

/// However often whoever has a copy has refreshed it since.
///
/// Security cases 15, 106.
pub async fn a_used_token_that_is_not_kept_ends_its_sign_in(store: StoreUnderTest) {
    let user = store.user().await;
    let [token, other] =
        [grant(&store, user.id, hash(1)).await, grant(&store, user.id, hash(100)).await];
    for n in 1..8 {
        told_rotate(&store, &token, n, 1).await;
    }
    let of = |family| Presented { hash: hash(1), family };
    let noted_as = EventId::of_deed(t(2));
    let present = async |presented, seconds| {
        let refresh = Refresh { presented, noted_as, ..refresh(hash(1), hash(2)) };
        store.accounts.rotate_refresh(refresh, t(seconds)).await.unwrap()
    };
    let unknown = of(Some(FamilyId::generate(epoch())));
    assert_eq!(present(unknown, 2).await, RefreshRotation::Invalid);
    assert!(store.accounts.is_signed_in(token.family, t(2)).await.unwrap());
    assert_eq!(present(of(Some(token.family)), 2).await, RefreshRotation::Reused(user.id));
    assert_eq!(told_rotate(&store, &token, 8, 3).await, RefreshRotation::Invalid);
    assert_eq!(present(of(Some(token.family)), 3).await, RefreshRotation::Invalid);
    assert!(store.accounts.is_signed_in(other.family, t(3)).await.unwrap());
    let noted = store.ledger.audit(None, 100).await.unwrap().items;
    let reused = AuditEvent::refresh_reused(noted_as, user.id, t(2));
    assert_eq!(noted.iter().filter(|event| event.action == reused.action).count(), 1);
    assert!(noted.contains(&reused), "{noted:?}");
}

/// It is over for all of its tokens.
pub async fn a_used_token_of_a_sign_in_that_has_ended_is_invalid(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    for n in 1..5 {
        told_rotate(&store, &token, n, 1).await;
    }
    let end = token.expires_at - epoch();
    let end = end.to_std().unwrap_or(Duration::ZERO).as_secs();
    assert_eq!(told_rotate(&store, &token, 1, end).await, RefreshRotation::Invalid);
    store.accounts.set_disabled(&user.email, true, t(2)).await.unwrap();
    assert_eq!(told_rotate(&store, &token, 1, 3).await, RefreshRotation::Invalid);
}

/// A page that has been closed for long may sign out by what it has.
///
/// Security case 14.
pub async fn a_used_token_that_is_not_kept_signs_out(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    for n in 1..5 {
        told_rotate(&store, &token, n, 1).await;
    }
    let revoke = async |seconds| {
        let (token, noted_as) = (told(&token, hash(1)), EventId::of_deed(epoch()));
        store.accounts.revoke_refresh(token, noted_as, t(seconds)).await.unwrap()
    };
    assert_eq!(revoke(2).await, Some(user.id));
    assert_eq!(told_rotate(&store, &token, 5, 3).await, RefreshRotation::Invalid);
    assert_eq!(revoke(4).await, None, "it has ended");
}

/// Successors are made with a secret; one that was made with the one before is the same refresh.
///
/// Security case 11.
pub async fn a_refresh_is_the_same_with_another_secret(store: StoreUnderTest) {
    let user = store.user().await;
    let token = grant(&store, user.id, hash(1)).await;
    rotate(&store, hash(1), hash(2), 0).await;
    let again = async |former, seconds| {
        let refresh = Refresh { former, ..refresh(hash(1), hash(3)) };
        store.accounts.rotate_refresh(refresh, t(seconds)).await.unwrap()
    };
    assert_eq!(again(Some(hash(2)), 10).await, rotated(&user, &token, hash(2)));
    assert_eq!(again(Some(hash(2)), 11).await, RefreshRotation::Reused(user.id));
    let token = grant(&store, user.id, hash(5)).await;
    let refresh = Refresh { former: Some(hash(7)), ..refresh(hash(5), hash(6)) };
    let rotation = store.accounts.rotate_refresh(refresh, t(1)).await.unwrap();
    assert_eq!(rotation, rotated(&user, &token, hash(6)), "new ones are made with the new one");
}
