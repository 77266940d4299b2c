//! What services of version 1 wrote is read by every later one, and the other way round: a job may wait for a day
//! while its installation is replaced.
//!
//! The files in `v1` stay as they are. Whoever adds a member makes it optional, and adds a file.

use std::fmt::Debug;

use domain::{
    attempt::Outcome,
    job::{JOB_VERSION, Job},
    ledger::{AuditEvent, UsageEvent},
    notice::Notice,
    report::{REPORT_VERSION, Report},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value, json, to_value};

/// Reads the file called so in `v1`.
macro_rules! v1 {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("v1/", $name, ".json"))).unwrap()
    };
}

/// The same with members that nobody knows, wherever there are members.
fn with_more(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, with_more(value)));
            let later = ("addedLater".to_owned(), json!({ "by": ["a later version"] }));
            Value::Object(members.chain([later]).collect())
        }
        Value::Array(items) => items.into_iter().map(with_more).collect(),
        other => other,
    }
}

/// `written` is read, with and without what a later version adds, and written again as it is.
fn holds<T: Serialize + DeserializeOwned + PartialEq + Debug>(written: &Value) -> T {
    let read: T = from_value(written.clone()).unwrap_or_else(|error| panic!("{error}: {written}"));
    let later: T = from_value(with_more(written.clone())).unwrap();
    assert_eq!(later, read, "what is not known is left out");
    assert_eq!(to_value(&read).unwrap(), *written);
    read
}

#[test]
fn a_job_of_the_first_version_is_read_and_written() {
    let minimal: Job = holds(&v1!("job_minimal"));
    let full: Job = holds(&v1!("job_full"));
    assert_eq!((minimal.v, full.v), (JOB_VERSION, JOB_VERSION));
    assert_eq!((minimal.attempt, minimal.retries, minimal.last_seq), (1, 0, 0));
    assert_eq!((full.attempt, full.retries, full.last_seq), (3, 2, 40));
    assert_eq!(full.turns.last().unwrap().content, "Hello?\n\"🦀\"");
}

#[test]
fn a_report_of_the_first_version_is_read_and_written() {
    let Report::Started(started) = holds(&v1!("started")) else { panic!("another report") };
    assert_eq!(started.v, REPORT_VERSION);
    for spent in [v1!("spent_minimal"), v1!("spent_full")] {
        let Report::Spent(spent) = holds(&spent) else { panic!("another report") };
        assert_eq!((spent.usage.input_tokens, spent.usage.output_tokens), (11, 6));
    }
    let Report::Ended(minimal) = holds(&v1!("ended_minimal")) else { panic!("another report") };
    assert_eq!((minimal.key, minimal.usage), (None, None));
    let Report::Ended(full) = holds(&v1!("ended_full")) else { panic!("another report") };
    assert_eq!(full.text(), "Hello.");
}

#[test]
fn every_outcome_of_the_first_version_is_read_and_written() {
    for (written, name) in [
        (json!({"kind": "succeeded", "finish": "length"}), "succeeded"),
        (json!({"kind": "succeeded", "finish": "blocked"}), "succeeded"),
        (json!({"kind": "succeeded", "finish": "a provider's own word"}), "succeeded"),
        (json!({"kind": "failed", "code": "overloaded", "message": "busy"}), "failed"),
        (json!({"kind": "canceled"}), "canceled"),
        (
            json!({
                "kind": "retry_in", "at": "2026-11-21T08:01:00Z", "reason": "overloaded",
                "uses_rung": true,
            }),
            "retry",
        ),
        (
            json!({
                "kind": "retry_in", "at": "2026-11-21T08:01:00Z", "reason": "no_key",
                "uses_rung": false,
            }),
            "wait",
        ),
    ] {
        assert_eq!(holds::<Outcome>(&written).name(), name);
    }
}

#[test]
fn entries_of_the_books_of_the_first_version_are_read_and_written() {
    let minimal: UsageEvent = holds(&v1!("usage_minimal"));
    let full: UsageEvent = holds(&v1!("usage_full"));
    assert_eq!((minimal.usage.cached_input_tokens, minimal.cost), (0, None));
    assert_eq!((full.usage.cached_input_tokens, full.cost), (4, Some(1250)));
    let nobody: AuditEvent = holds(&v1!("audit_minimal"));
    let somebody: AuditEvent = holds(&v1!("audit_full"));
    assert_eq!((nobody.actor.is_none(), somebody.actor.is_some()), (true, true));
}

#[test]
fn a_notice_of_the_first_version_is_read_and_written() {
    holds::<Notice>(&v1!("notice"));
    for news in [
        json!({"type": "chat", "chatId": "019aa0c1-0000-7000-8000-000000000003", "title": "A"}),
        json!({"type": "deleted", "chatId": "019aa0c1-0000-7000-8000-000000000003"}),
    ] {
        let user = "019aa0c1-0000-7000-8000-000000000002";
        holds::<Notice>(&json!({ "userId": user, "news": news }));
    }
}
