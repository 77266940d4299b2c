//! Invariant 18: when a fault is over, work goes on soon.

use super::{Evidence, history::Mark, must};

/// From the end of every fault to the next end of an answer that somebody is told. There has to be one.
pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let marks = evidence.history.all_marks();
    let limit = evidence.case.progress_within;
    let over = marks.iter().filter(|(_, mark)| *mark == Mark::FaultOver);
    for (over, _) in over {
        let next = marks.iter().find(|(at, mark)| *mark == Mark::Answered && at >= over);
        let took = next.map(|(at, _)| at.duration_since(*over));
        must(found, 18, took.is_some_and(|took| took <= limit), || match took {
            Some(took) => {
                format!("nobody was answered for {took:?} after a fault; {limit:?} are allowed")
            }
            None => "nobody was answered any more after a fault".to_owned(),
        });
    }
}
