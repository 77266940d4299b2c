//! Whatever happens to a generation, in whatever order, it ends at most once.

use chrono::{TimeZone, Utc};
use domain::generation::{Command, State, Status, Transition};
use proptest::prelude::*;

fn command() -> impl Strategy<Value = Command> {
    let at = |second: i64| Utc.timestamp_opt(second, 0).unwrap();
    (0..7u8, 1..6u32, 0..100i64).prop_map(move |(kind, attempt, second)| match kind {
        0 => Command::Start { attempt },
        1 => Command::Retry { attempt, at: at(second) },
        2 => Command::Wait { attempt, at: at(second) },
        3 => Command::Succeed { attempt },
        4 => Command::Fail { attempt },
        5 => Command::Stop { attempt },
        _ => Command::Cancel,
    })
}

proptest! {
    #[test]
    fn any_sequence_ends_in_at_most_one_terminal_state(commands in prop::collection::vec(command(), 0..40)) {
        let mut state = State::NEW;
        let mut ended: Option<State> = None;
        for command in commands {
            match state.apply(command) {
                Transition::Changed(next) => {
                    prop_assert!(ended.is_none(), "{ended:?} was left by {command:?}");
                    prop_assert!(next.attempt >= state.attempt, "attempts went back");
                    prop_assert!(next.retries >= state.retries, "retries went back");
                    prop_assert!(next.retry_at.is_none() || next.status == Status::Queued);
                    ended = next.status.is_terminal().then_some(next);
                    state = next;
                }
                Transition::AlreadyTerminal => prop_assert_eq!(ended, Some(state)),
                Transition::Stale => prop_assert!(ended.is_none()),
            }
        }
    }

    #[test]
    fn saying_the_same_thing_twice_changes_nothing_more(commands in prop::collection::vec(command(), 0..20), last in command()) {
        let fold = |state: State, command| match state.apply(command) {
            Transition::Changed(next) => next,
            Transition::Stale | Transition::AlreadyTerminal => state,
        };
        let before = commands.into_iter().fold(State::NEW, fold);
        // A cancel wish is the one thing whose effect depends on what a repeat finds.
        let once = fold(before, last);
        prop_assert_eq!(fold(once, last), once);
    }
}
