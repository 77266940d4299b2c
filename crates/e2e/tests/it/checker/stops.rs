//! Invariants 2 and 8: who stops an answer is told how it ended, and its call ends at once.

use std::time::Duration;

use super::{Evidence, history::Stopped, must, store::is_terminal};

/// How long the provider may be kept busy by a call that nobody wants any more.
pub const STOP_TAKES: Duration = Duration::from_secs(1);

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for stopped in evidence.history.all_stopped() {
        is_as_told(evidence, &stopped, found);
        // Where the wish itself was lost, or not read, the answer goes on.
        if !evidence.case.lost_keys && !evidence.case.had_sleeper {
            ends_its_call(evidence, &stopped, found);
        }
    }
}

/// An end that somebody was told is the end.
fn is_as_told(evidence: &Evidence<'_>, stopped: &Stopped, found: &mut Vec<String>) {
    let (id, told) = (&stopped.generation, &stopped.status);
    let row = evidence.store.generations.iter().find(|row| row.id == *id);
    let kept = row.map(|row| row.status.as_str());
    must(found, 2, !is_terminal(told) || kept == Some(told), || {
        format!("whoever stopped {id} was told that it is {told}; it is {kept:?}")
    });
}

fn ends_its_call(evidence: &Evidence<'_>, stopped: &Stopped, found: &mut Vec<String>) {
    let (question, at_us) = (&stopped.question, stopped.at_us);
    let until_us = at_us + u64::try_from(STOP_TAKES.as_micros()).unwrap();
    let calls = evidence.record.calls();
    let of_it = calls.iter().filter(|call| call.question.ends_with(question.as_str()));
    for call in of_it.filter(|call| call.started_us < until_us) {
        must(found, 8, call.ended_us.is_some_and(|ended| ended <= until_us), || {
            let late =
                call.ended_us.map(|ended| Duration::from_micros(ended.saturating_sub(at_us)));
            format!("call {} for {question:?} ended {late:?} after it was stopped", call.number)
        });
    }
}
