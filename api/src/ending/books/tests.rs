use domain::{report::REPORT_VERSION, usage::Usage};
use testkit::{clock::epoch, sample};

use super::*;
use crate::ending::worker_lost;

const CLAIM: Duration = Duration::from_secs(10);

fn ended(outcome: Outcome, usage: Option<Usage>) -> Ended {
    let message = sample::message(domain::id::ChatId::generate(epoch()), "?", epoch());
    let generation = sample::generation(sample::user(epoch()).id, &message, epoch());
    Ended {
        v: REPORT_VERSION,
        generation_id: generation.id,
        user_id: generation.user_id,
        attempt: 1,
        outcome,
        provider: generation.provider,
        model: generation.model,
        key: None,
        usage,
        usage_before: None,
        started_at: epoch(),
        ended_at: epoch(),
        last_seq: 0,
        events: Vec::new(),
    }
}

fn topics(outcome: Outcome, usage: Option<Usage>) -> Vec<String> {
    let rows = booking_rows(&ended(outcome, usage), epoch(), CLAIM);
    rows.iter().map(|row| row.topic.to_string()).collect()
}

#[test]
fn every_attempt_books_its_usage_and_the_last_one_its_end() {
    let usage = Usage::by_provider(1, 2);
    let retry = Outcome::RetryIn { at: epoch(), reason: "network".into(), uses_rung: true };
    let (spent, done) = ("accounting.usage_event", "accounting.audit_event");
    assert_eq!(topics(Outcome::Canceled, Some(usage)), [spent, done]);
    assert_eq!(topics(Outcome::Canceled, None), [done]);
    assert_eq!(topics(retry.clone(), Some(usage)), [spent]);
    assert_eq!(topics(retry, None), Vec::<String>::new());
}

#[test]
fn only_a_stop_has_an_actor() {
    for (outcome, action, by_user) in [
        (Outcome::Canceled, "generation.canceled", true),
        (worker_lost(), "generation.failed", false),
    ] {
        let rows = booking_rows(&ended(outcome, None), epoch(), CLAIM);
        let event: AuditEvent = serde_json::from_slice(&rows[0].envelope.body).unwrap();
        assert_eq!((event.action.as_str(), event.actor.is_some()), (action, by_user));
        assert_eq!(rows[0].envelope.message_id, event.event_id.as_uuid());
    }
}

/// It would go on the bill of a day to come, and count for no limit of today.
#[test]
fn nothing_is_booked_on_a_later_day_than_it_was_heard_of() {
    let usage = Usage::by_provider(1, 2);
    let hour = Duration::from_hours(1);
    for (said, heard, booked) in [
        (epoch(), epoch() + hour, epoch()),
        (epoch() + hour, epoch() + hour, epoch() + hour),
        (epoch() + 24 * hour, epoch() + hour, epoch() + hour),
    ] {
        let ended = Ended { ended_at: said, ..ended(Outcome::Canceled, Some(usage)) };
        let spent = Spent {
            v: REPORT_VERSION,
            generation_id: ended.generation_id,
            user_id: ended.user_id,
            attempt: 1,
            opening: Some(1),
            part: None,
            provider: ended.provider.clone(),
            model: ended.model.clone(),
            usage,
            at: said,
        };
        let at_the_end = booking_rows(&ended, heard, CLAIM).remove(0);
        for row in [at_the_end, spent_row(&spent, heard, CLAIM)] {
            let event: UsageEvent = serde_json::from_slice(&row.envelope.body).unwrap();
            assert_eq!(event.at, booked, "{said} {heard}");
        }
    }
}
