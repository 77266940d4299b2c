//! Sign-ins that have lasted for long, and have had thousands of tokens.

use std::time::Duration;

use domain::id::{EventId, FamilyId};
use ports::store::{Accounts, NewRefreshToken, RefreshRotation, TokenHash};
use sqlx::Connection;
use testkit::{clock::epoch, sample};
use tokio::time::timeout;

use crate::place::Place;

fn hash(number: u8) -> TokenHash {
    TokenHash([number; 32])
}

#[tokio::test]
async fn a_refresh_locks_no_token_of_before() {
    let place = Place::new().await;
    let store = place.open().await;
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
    let rotate = async |presented: u8| {
        let (presented, successor) = (hash(presented), hash(presented + 1));
        let (tolerance, noted_as) = (Duration::from_secs(10), EventId::of_deed(epoch()));
        let rotating = store.rotate_refresh(presented, successor, tolerance, noted_as, epoch());
        timeout(Duration::from_secs(10), rotating).await.expect("nothing is waited for").unwrap()
    };
    let rotated = RefreshRotation::Rotated(user, token.family);
    assert_eq!(rotate(1).await, rotated);
    // Somebody has the first token, and the user's row for something else.
    let mut shell = place.shell().await;
    let mut holding = shell.begin().await.unwrap();
    let tokens = "SELECT FROM refresh_tokens WHERE replaced_by IS NOT NULL FOR UPDATE";
    for held in [tokens, "SELECT FROM users FOR NO KEY UPDATE"] {
        sqlx::query(held).execute(&mut *holding).await.unwrap();
    }
    assert_eq!(rotate(2).await, rotated);
    holding.rollback().await.unwrap();
}
