use super::*;

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

const ALL: [ErrorClass; 13] = [
    ErrorClass::InvalidKey,
    ErrorClass::NoPermission,
    ErrorClass::NoModel,
    ErrorClass::MoneyOut,
    ErrorClass::RateMinute,
    ErrorClass::RateDay,
    ErrorClass::Overloaded,
    ErrorClass::Truncated,
    ErrorClass::Malformed,
    ErrorClass::BadRequest,
    ErrorClass::Network,
    ErrorClass::Timeout,
    ErrorClass::Unknown,
];

fn situation(class: ErrorClass) -> Situation {
    Situation {
        class,
        hint: None,
        has_text: false,
        has_other_keys: false,
        blameless_retries: 0,
        retries: 0,
        is_late: false,
    }
}

fn decide(situation: Situation) -> Disposition {
    let next = super::at_once(&situation);
    next.unwrap_or_else(|| super::at_last(&situation, &RetryLadder::default()))
}

/// Class by class: with another key, with none, and with none after a blameless retry.
#[test]
fn the_table_of_dispositions() {
    use Disposition::{Fail, OtherKey, Park};
    let minute = Park(secs(60));
    let table = [
        (ErrorClass::InvalidKey, OtherKey, minute, minute),
        (ErrorClass::NoPermission, OtherKey, Fail, Fail),
        (ErrorClass::NoModel, Fail, Fail, Fail),
        (ErrorClass::MoneyOut, OtherKey, Park(secs(86_400)), Park(secs(86_400))),
        (ErrorClass::RateMinute, OtherKey, minute, minute),
        (ErrorClass::RateDay, OtherKey, Park(secs(3600)), Park(secs(3600))),
        (ErrorClass::Overloaded, OtherKey, minute, minute),
        (ErrorClass::Truncated, OtherKey, OtherKey, minute),
        (ErrorClass::Malformed, OtherKey, OtherKey, minute),
        (ErrorClass::BadRequest, Fail, Fail, Fail),
        (ErrorClass::Network, OtherKey, OtherKey, minute),
        (ErrorClass::Timeout, OtherKey, minute, minute),
        (ErrorClass::Unknown, minute, minute, minute),
    ];
    assert_eq!(table.map(|row| row.0), ALL);
    for (class, with_others, alone, after_retry) in table {
        let alone_now = situation(class);
        let others_now = Situation { has_other_keys: true, ..alone_now };
        let retried = Situation { blameless_retries: 1, ..alone_now };
        assert_eq!(decide(others_now), with_others, "{class}, other keys");
        assert_eq!(decide(alone_now), alone, "{class}, no other key");
        assert_eq!(decide(retried), after_retry, "{class}, tried again");
    }
}

#[test]
fn text_that_was_seen_is_never_gone_on_with() {
    for class in ALL {
        for has_other_keys in [false, true] {
            let silent = Situation { has_other_keys, ..situation(class) };
            let with_text = decide(Situation { has_text: true, ..silent });
            let expected = match decide(silent) {
                Disposition::OtherKey => Disposition::Restart,
                other => other,
            };
            assert_eq!(with_text, expected, "{class}");
        }
    }
}

/// Nothing is begun then that might take longer than the queue waits.
#[test]
fn when_the_time_is_over_a_job_only_waits_or_fails() {
    for class in ALL {
        for (has_text, has_other_keys) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let now = Situation { has_text, has_other_keys, is_late: true, ..situation(class) };
            let expected = match class {
                ErrorClass::BadRequest | ErrorClass::NoModel => Disposition::Fail,
                ErrorClass::NoPermission if !has_other_keys => Disposition::Fail,
                ErrorClass::MoneyOut => Disposition::Park(secs(86_400)),
                ErrorClass::RateDay => Disposition::Park(secs(3600)),
                _ => Disposition::Park(secs(60)),
            };
            assert_eq!(decide(now), expected, "{class} {has_text} {has_other_keys}");
            let used_up = decide(Situation { retries: 4, ..now });
            assert!(matches!(used_up, Disposition::Fail | Disposition::Exhausted), "{class}");
        }
    }
}

#[test]
fn a_provider_in_trouble_is_tried_twice_at_most() {
    for class in [ErrorClass::Overloaded, ErrorClass::Network, ErrorClass::Timeout] {
        let now = Situation { has_other_keys: true, blameless_retries: 1, ..situation(class) };
        assert_eq!(decide(now), Disposition::Park(secs(60)), "{class}");
    }
}

#[test]
fn the_ladder_is_climbed_to_its_end_and_hints_lengthen_the_waits() {
    let wait = |retries, hint: Option<u64>| {
        let hint = hint.map(secs);
        decide(Situation { hint, retries, ..situation(ErrorClass::RateMinute) })
    };
    assert_eq!(wait(0, Some(61)), Disposition::Park(secs(600)));
    assert_eq!(wait(1, Some(5)), Disposition::Park(secs(600)));
    assert_eq!(wait(3, None), Disposition::Park(secs(86_400)));
    assert_eq!(wait(4, None), Disposition::Exhausted);
}

#[test]
fn a_key_is_blamed_only_for_what_is_its_fault() {
    use RestCause::{DayUsed, MoneyOut, Throttled};
    let verdict = |class, hint: Option<u64>| {
        let failure = CallFailure { retry_after: hint.map(secs), ..CallFailure::new(class, "") };
        super::verdict(&failure, secs(45))
    };
    for class in ALL {
        let expected = match class {
            ErrorClass::InvalidKey => Verdict::Revoked,
            ErrorClass::NoPermission => Verdict::NotPermitted,
            ErrorClass::RateMinute => Verdict::Rest(Throttled, secs(45)),
            ErrorClass::RateDay => Verdict::Rest(DayUsed, secs(3600)),
            ErrorClass::MoneyOut => Verdict::Rest(MoneyOut, secs(3600)),
            _ => Verdict::Silent,
        };
        assert_eq!(verdict(class, None), expected, "{class}");
    }
    assert_eq!(verdict(ErrorClass::RateMinute, Some(7)), Verdict::Rest(Throttled, secs(7)));
    assert_eq!(verdict(ErrorClass::RateDay, Some(9000)), Verdict::Rest(DayUsed, secs(9000)));
    assert_eq!(verdict(ErrorClass::MoneyOut, Some(7)), Verdict::Rest(MoneyOut, secs(3600)));
    assert_eq!(verdict(ErrorClass::Overloaded, Some(7)), Verdict::Silent);
}
