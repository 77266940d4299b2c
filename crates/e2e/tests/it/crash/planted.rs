//! The checker is no ornament: bugs planted on purpose are found.
//!
//! Each in a run that, without the bug, is a test of its own and finds nothing wrong.

use std::time::Duration;

use super::{
    deaths::beside_answers,
    engines::{cut_off, flushed, left_behind, misled},
    fault::{Fault, Place},
    run::{keep_outputs, run},
    sleepers::asleep,
    wishes::told_to_rest,
};
use crate::chance::Replay;

/// Whoever has waited so long while nothing moved waits for something that is lost. Nothing that is only
/// put off is put off for so long.
const STILLNESS: Duration = Duration::from_secs(15);

/// What only a bug, and no slowness, leaves behind.
#[derive(Clone, Copy)]
struct Signs {
    /// One of these is found at least.
    some: &'static [&'static str],
    /// None of these is found: then it would be another bug.
    none: &'static [&'static str],
}

/// Runs `fault` with `bug`, and fails unless just its `signs` are found.
async fn is_caught(bug: &'static str, signs: Signs, fault: Fault) {
    let _replay = Replay;
    let fault = Fault { bugs: bug, ..fault };
    let (found, outputs) = Box::pin(run(fault)).await;
    let is_found =
        |sign: &&'static str| found.iter().any(|violation: &String| violation.contains(sign));
    // Whose patience ended may have met with slowness alone.
    let is_slow = is_found(&"people still wait after") || is_found(&"not quiet after");
    let is_caught = signs.some.iter().any(is_found) && !signs.none.iter().any(is_found) && !is_slow;
    if !is_caught {
        keep_outputs(&outputs);
    }
    assert!(is_caught, "{bug} is not what was found: {found:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_a_fence() {
    let fault = Fault { stillness: Some(STILLNESS), ..asleep() };
    // Who is overtaken ends what is another's: two texts in one, or an end that nobody takes for one.
    let some = &["invariant 4:", "came after", "is kept as", "invariant 6:", "is still streaming"];
    let none = &["is still queued", "invariant 11:"];
    is_caught("drop_fence", Signs { some, none }, fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ack_before_the_commit() {
    let places = vec![Place { service: "api", name: "settler.before_commit", within: 3 }];
    let fault = Fault { places, stillness: Some(STILLNESS), ..beside_answers() };
    // The answer is there, and the report of it gone: that of its beginning as well, where both were in one hand.
    let (some, none) = (&["is still streaming", "is still queued"], &["invariant 11:"]);
    is_caught("ack_before_commit", Signs { some, none }, fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outbox_read_by_number() {
    // Nothing moves while the broker takes nothing, either.
    let stillness = Some(STILLNESS + Duration::from_secs(10));
    // Every process tries what is left behind, and would go on behind it.
    let fault = Fault { stillness, ..left_behind() };
    let some = &["rows wait in the outbox"];
    is_caught("outbox_id_cursor", Signs { some, none: &["is still streaming"] }, fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_taken_for_data() {
    let fault = Fault { stillness: Some(STILLNESS), ..cut_off() };
    // All is done, but viewers do not hear of it.
    let some = &["invariant 4:", "came after", "nothing moves any more"];
    let none = &["invariant 2:", "invariant 11:"];
    is_caught("pubsub_as_data", Signs { some, none }, fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_lead_nowhere() {
    let fault = Fault { stillness: Some(STILLNESS), ..misled() };
    // The job is neither with the broker nor here.
    let (some, none) = (&["is still queued"], &["is still streaming", "invariant 11:"]);
    is_caught("skip_mandatory", Signs { some, none }, fault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_forgotten_with_its_loans() {
    let some = &["times in a minute; 3 are allowed"];
    is_caught("careless_pool", Signs { some, none: &["invariant 2:"] }, flushed()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rest_that_is_cut_short() {
    let some = &["while it was to rest"];
    is_caught("min_cooldown", Signs { some, none: &["invariant 2:"] }, told_to_rest()).await;
}
