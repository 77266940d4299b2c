//! Sign-ins that have lasted for long, and have had thousands of tokens.

use std::time::Duration;

use domain::{
    account::User,
    id::{EventId, FamilyId},
};
use ports::store::{Accounts, NewRefreshToken, Presented, Refresh, RefreshRotation, TokenHash};
use secrecy::SecretString;
use sqlx::Connection;
use store_postgres::PostgresStore;
use testkit::{clock::epoch, sample};
use tokio::time::timeout;

use crate::place::Place;

fn hash(number: u8) -> TokenHash {
    TokenHash([number; 32])
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), work).await.expect("nothing is waited for")
}

/// A user, and the first token of a sign-in.
async fn signed_in(store: &PostgresStore) -> (User, NewRefreshToken) {
    let user = sample::user(epoch());
    store.create(sample::account(user.clone())).await.unwrap();
    let token = NewRefreshToken {
        hash: hash(1),
        family: FamilyId::generate(epoch()),
        user_id: user.id,
        expires_at: epoch() + Duration::from_hours(1),
        password_hash: None,
    };
    assert!(store.grant_refresh(token.clone(), epoch()).await.unwrap());
    (user, token)
}

#[tokio::test]
async fn a_refresh_locks_no_token_of_before() {
    let place = Place::new().await;
    let store = place.open().await;
    let (user, token) = signed_in(&store).await;
    let rotate = async |presented: u8| {
        let refresh = Refresh {
            presented: Presented { hash: hash(presented), family: Some(token.family) },
            successor: hash(presented + 1),
            former: None,
            tolerance: Duration::from_secs(10),
            noted_as: EventId::of_deed(epoch()),
        };
        in_time(store.rotate_refresh(refresh, epoch())).await.unwrap()
    };
    let rotated = |by: u8| {
        let (user, family) = (user.clone(), token.family);
        RefreshRotation::Rotated { user, family, by: hash(by) }
    };
    assert_eq!(rotate(1).await, rotated(2));
    // Somebody has the first token, and the user's row for something else.
    let mut shell = place.shell().await;
    let mut holding = shell.begin().await.unwrap();
    let tokens = "SELECT FROM refresh_tokens WHERE replaced_by IS NOT NULL FOR UPDATE";
    for held in [tokens, "SELECT FROM users FOR NO KEY UPDATE"] {
        sqlx::query(held).execute(&mut *holding).await.unwrap();
    }
    assert_eq!(rotate(2).await, rotated(3));
    holding.rollback().await.unwrap();
}

/// The more tokens there are the longer it takes to change them all: an account is shut out without.
///
/// Security case 106.
#[tokio::test]
async fn who_is_shut_out_is_out_whatever_becomes_of_the_tokens() {
    let place = Place::new().await;
    let store = place.open().await;
    let (user, token) = signed_in(&store).await;
    let mut shell = place.shell().await;
    let mut holding = shell.begin().await.unwrap();
    sqlx::query("SELECT FROM refresh_tokens FOR UPDATE").execute(&mut *holding).await.unwrap();
    let shut_out = in_time(store.set_disabled(&user.email, true, epoch())).await.unwrap();
    assert_eq!(shut_out, Some(User { disabled: true, ..user.clone() }));
    assert!(!store.is_signed_in(token.family, epoch()).await.unwrap());
    holding.rollback().await.unwrap();
    store.set_disabled(&user.email, false, epoch()).await.unwrap();
    assert!(!store.is_signed_in(token.family, epoch()).await.unwrap(), "nor when let in again");
}

const MANY: &str = "INSERT INTO refresh_tokens (hash, family, user_id, expires_at) \
     SELECT sha256(gen_random_uuid()::text::bytea), family, user_id, expires_at \
     FROM refresh_tokens, generate_series(1, 50000)";

/// Those of an earlier version, which kept all that was ever used.
///
/// Security case 106.
#[tokio::test]
async fn tokens_without_number_end_with_the_password() {
    let place = Place::new().await;
    let store = place.open().await;
    let (user, token) = signed_in(&store).await;
    let mut shell = place.shell().await;
    sqlx::query(MANY).execute(&mut shell).await.unwrap();
    let good = "SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NULL";
    let [one, other] = ["one", "other"].map(SecretString::from);
    for (was, is_good) in [(Some(&other), 50_001_i64), (None, 0)] {
        let changed = store.set_password(user.id, was, &one, epoch()).await.unwrap();
        assert_eq!(changed, is_good == 0);
        let left: i64 = sqlx::query_scalar(good).fetch_one(&mut shell).await.unwrap();
        assert_eq!(left, is_good);
    }
    assert!(!store.is_signed_in(token.family, epoch()).await.unwrap());
}
