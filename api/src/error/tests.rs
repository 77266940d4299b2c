use axum::response::IntoResponse;
use chrono::TimeDelta;
use http_body_util::BodyExt;
use serde_json::Value;
use testkit::{clock::epoch, sample};

use super::*;

async fn problem(error: ApiError) -> (u16, Option<String>, Value) {
    let response = error.into_response();
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    let instance = body["instance"].take();
    assert!(instance.as_str().unwrap().starts_with("urn:uuid:"), "{instance}");
    (status, retry_after, body)
}

#[tokio::test]
async fn a_fault_is_told_field_by_field() {
    let mut faults = Faults::one("/email", "must look like name@example.org");
    faults.add("/password", "must be 8 to 1024 bytes long");
    let (.., body) = problem(ApiError::Invalid(faults)).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn the_generation_in_the_way_is_named() {
    let message = sample::message(domain::id::ChatId::generate(epoch()), "?", epoch());
    let generation = sample::generation(sample::user(epoch()).id, &message, epoch());
    let (status, _, body) = problem(ApiError::InFlight(generation.id)).await;
    assert_eq!(status, 409);
    assert_eq!(body["code"], "generation_in_flight");
    assert_eq!(body["generationId"], generation.id.to_string());
}

#[tokio::test]
async fn a_wait_is_told_as_seconds_and_as_a_time() {
    let after = Duration::from_millis(1500);
    let until = epoch() + TimeDelta::milliseconds(1500);
    let (status, retry_after, body) = problem(ApiError::TooMany(Wait { after, until })).await;
    assert_eq!((status, retry_after.as_deref()), (429, Some("2")));
    assert_eq!(body["retryAt"], "2026-01-01T00:00:01.500Z");
}

/// Security case 92.
#[tokio::test]
async fn a_surprise_tells_the_caller_nothing() {
    let secret = "connection to postgres://user:secret@db failed";
    for (error, expected) in [
        (ApiError::Internal(secret.into()), 500),
        (StoreError::Inconsistent(secret.into()).into(), 500),
        (StoreError::Unavailable(secret.into()).into(), 503),
        (LiveError(secret.into()).into(), 503),
        (QueueError::Unavailable(secret.into()).into(), 503),
    ] {
        let (status, retry_after, body) = problem(error).await;
        assert_eq!(status, expected);
        assert_eq!(retry_after.is_some(), expected == 503);
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}

#[test]
fn the_log_gets_every_cause() {
    let error = StoreError::Unavailable("disk full".into());
    assert_eq!(chain(&error), "the store is unavailable: disk full");
}
