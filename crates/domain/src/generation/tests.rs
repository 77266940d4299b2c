use chrono::{TimeZone, Utc};

use super::{Command::*, *};

fn at(second: i64) -> Timestamp {
    Utc.timestamp_opt(second, 0).unwrap()
}

fn state(status: Status, attempt: u32, retries: u32) -> State {
    State { status, attempt, retries, ..State::NEW }
}

fn parked(attempt: u32, retries: u32, second: i64) -> State {
    State { retry_at: Some(at(second)), ..state(Status::Queued, attempt, retries) }
}

#[test]
fn the_table_of_transitions() {
    use Transition::{AlreadyTerminal, Changed, Stale};
    let streaming = state(Status::Streaming, 2, 1);
    let stopping = State { cancel_requested: true, ..streaming };
    let cases = [
        (State::NEW, Start { attempt: 1 }, Changed(state(Status::Streaming, 1, 0))),
        (State::NEW, Cancel, Changed(state(Status::Canceled, 0, 0))),
        (State::NEW, Wait { attempt: 1, at: at(9) }, Changed(parked(0, 0, 9))),
        (State::NEW, Succeed { attempt: 1 }, Changed(state(Status::Succeeded, 1, 0))),
        (State::NEW, Retry { attempt: 1, at: at(9) }, Changed(parked(1, 1, 9))),
        (parked(0, 0, 9), Wait { attempt: 1, at: at(9) }, Stale),
        (parked(0, 0, 9), Wait { attempt: 1, at: at(19) }, Changed(parked(0, 0, 19))),
        (parked(2, 1, 9), Start { attempt: 2 }, Stale),
        (parked(2, 1, 9), Start { attempt: 3 }, Changed(state(Status::Streaming, 3, 1))),
        (parked(2, 1, 9), Retry { attempt: 2, at: at(9) }, Stale),
        (parked(2, 1, 9), Fail { attempt: 2 }, Changed(state(Status::Failed, 2, 1))),
        (parked(2, 1, 9), Cancel, Changed(state(Status::Canceled, 2, 1))),
        (streaming, Start { attempt: 2 }, Stale),
        (streaming, Start { attempt: 3 }, Changed(state(Status::Streaming, 3, 1))),
        (streaming, Retry { attempt: 1, at: at(9) }, Stale),
        (streaming, Retry { attempt: 2, at: at(9) }, Changed(parked(2, 2, 9))),
        (streaming, Wait { attempt: 2, at: at(9) }, Stale),
        (streaming, Succeed { attempt: 1 }, Stale),
        (streaming, Succeed { attempt: 2 }, Changed(state(Status::Succeeded, 2, 1))),
        (streaming, Fail { attempt: 2 }, Changed(state(Status::Failed, 2, 1))),
        (streaming, Cancel, Changed(stopping)),
        (stopping, Cancel, Stale),
        (state(Status::Succeeded, 2, 0), Cancel, AlreadyTerminal),
        (state(Status::Canceled, 2, 0), Succeed { attempt: 3 }, AlreadyTerminal),
        (state(Status::Failed, 2, 0), Start { attempt: 3 }, AlreadyTerminal),
    ];
    for (from, command, expected) in cases {
        assert_eq!(from.apply(command), expected, "{from:?} {command:?}");
    }
}

#[test]
fn a_stop_keeps_the_wish_that_caused_it() {
    let stopping = State { cancel_requested: true, ..state(Status::Streaming, 1, 0) };
    let Transition::Changed(ended) = stopping.apply(Stop { attempt: 1 }) else {
        panic!("a stop ends a streaming generation")
    };
    assert_eq!(ended.status, Status::Canceled);
    assert!(ended.cancel_requested);
}

#[test]
fn names_go_both_ways() {
    for status in Status::ALL {
        assert_eq!(Status::from_name(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert_eq!(Status::from_name("running"), None);
}
