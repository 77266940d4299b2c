//! Invariants 8, 9 and 10: what the provider was spared.
//!
//! Every question of a run has words of its own, so that a call tells which generation it is for.

use std::time::Duration;

use domain::event::Event;
use simulated_provider::{CallView, End, judge};

use super::{Evidence, history::Accepted, must};

/// The window for which a budget is given, in microseconds.
const WINDOW_US: u64 = 60_000_000;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    keys_were_spared(evidence, found);
    let hung_up = |call: &CallView| call.end == Some(End::ClientGone);
    let late = evidence.record.calls_after_giving_up();
    for late in late.iter().filter(|call| !evidence.case.had_sleeper || !hung_up(call)) {
        found.push(format!(
            "invariant 8: call {} for {:?} began although nobody waited for it",
            late.number, late.question
        ));
    }
    nothing_was_asked_twice(evidence, found);
    for accepted in evidence.history.all_accepted() {
        pauses_were_kept(evidence, &accepted, found);
    }
}

fn keys_were_spared(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let (limit, at_once) = (evidence.case.key_limit, evidence.case.key_concurrency);
    for (key, judged) in judge(&evidence.record.calls(), limit, WINDOW_US) {
        must(found, 9, judged.over_limit == 0, || {
            format!(
                "{key} was used {} times in a minute; {limit} are allowed",
                judged.most_in_window
            )
        });
        let most = at_once.unwrap_or(usize::MAX);
        must(found, 9, judged.most_at_once <= most, || {
            format!("{key} was in use {} times at once; {most} are allowed", judged.most_at_once)
        });
        must(found, 9, judged.after_rejection == 0, || {
            format!("{key} was used {} times after it was rejected", judged.after_rejection)
        });
        must(found, 9, judged.while_resting == 0, || {
            format!("{key} was used {} times while it was to rest", judged.while_resting)
        });
    }
}

/// Where every answer goes on, no question has more than one call that was answered; and none has one
/// after a whole answer, where no whole answer is lost.
fn nothing_was_asked_twice(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let calls = evidence.record.calls();
    let answered = calls.iter().filter(|call| !matches!(call.end, Some(End::Refused { .. })));
    let mut answered: Vec<_> = answered.collect();
    answered.sort_by_key(|call| (&call.question, call.started_us));
    for pair in answered.windows(2).filter(|pair| pair[0].question == pair[1].question) {
        let had_answer = evidence.case.loses_no_answer && pair[0].end == Some(End::Completed);
        must(found, 8, !evidence.case.ends_no_answer && !had_answer, || {
            format!("{:?} was asked again", pair[1].question)
        });
    }
}

/// Between two calls for one question that were a retry apart, there is at least the wait of the
/// retry's rung. Fast retries on other keys lie between; so only the longest waits are compared.
fn pauses_were_kept(evidence: &Evidence<'_>, accepted: &Accepted, found: &mut Vec<String>) {
    let id = &accepted.generation;
    let Some(row) = evidence.store.generations.iter().find(|row| row.id == *id) else { return };
    let climbed = usize::try_from(row.retries).unwrap_or(usize::MAX);
    must(found, 10, climbed <= evidence.case.ladder.len(), || {
        format!("{id} climbed {climbed} rungs")
    });
    let calls = evidence.record.calls();
    let calls: Vec<_> = calls.iter().filter(|call| accepted.is_put_in(call)).collect();
    let mut pauses: Vec<Duration> = calls.windows(2).map(|pair| pause(pair[0], pair[1])).collect();
    pauses.sort_unstable_by(|a, b| b.cmp(a));
    // The last wait of one that was stopped may have been cut short, without a call after it.
    let cut_short = usize::from(row.status == "canceled");
    let waits = announced_waits(evidence, id).min(climbed).min(evidence.case.ladder.len());
    let waits = waits.saturating_sub(cut_short);
    let attempts = evidence.store.attempts.iter().filter(|row| row.generation == *id);
    let (ended, lost): (Vec<_>, Vec<_>) = attempts.partition(|row| row.ended);
    let silent: Vec<_> = ended.iter().filter(|row| !row.called).map(|row| row.attempt).collect();
    if !lost.is_empty() && !silent.is_empty() {
        // A lost attempt has a number and no wait: nobody knows which wait was before which attempt.
        return;
    }
    let mut waits = between_calls(&evidence.case.ladder[..waits], &silent);
    waits.sort_unstable_by(|a, b| b.cmp(a));
    for (wait, pause) in waits.into_iter().zip(pauses) {
        must(found, 10, pause >= wait, || format!("{id}: a wait of {wait:?} took {pause:?}"));
    }
}

/// How long it is at least from one attempt with a call to the next. An attempt that finds an overloaded provider left
/// alone calls nobody, and the wait before it goes on in the one behind it. The first wait is before the second attempt.
pub(super) fn between_calls(ladder: &[Duration], silent: &[i64]) -> Vec<Duration> {
    let mut between = Vec::new();
    let mut so_far = Duration::ZERO;
    for (attempt, wait) in (2..).zip(ladder) {
        so_far += *wait;
        if !silent.contains(&attempt) {
            between.push(so_far);
            so_far = Duration::ZERO;
        }
    }
    between
}

fn pause(earlier: &CallView, later: &CallView) -> Duration {
    let ended = earlier.ended_us.unwrap_or(earlier.started_us);
    // The wait counts from the worker's decision, a moment after the call's end as seen from here.
    Duration::from_micros(later.started_us.saturating_sub(ended) + 50_000)
}

fn announced_waits(evidence: &Evidence<'_>, generation: &str) -> usize {
    let rows = evidence.store.events.iter().filter(|row| row.generation == generation);
    let is_wait = |row: &&super::store::EventRow| {
        let event = Event::from_json(row.json.as_bytes());
        matches!(event, Ok(Event::Retry { retry_at: Some(_), .. }))
    };
    rows.filter(is_wait).count()
}
