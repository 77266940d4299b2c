//! Invariants 1, 2, 3, 12 and 13: what was accepted is there, one at a time, and ended once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Evidence, must,
    store::{GenerationRow, StoreState, is_terminal},
    viewers::archived,
};
use crate::client::text;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let store = evidence.store;
    accepted_is_there(evidence, found);
    one_at_a_time(store, found);
    must(found, 11, store.unsent == 0, || format!("{} rows wait in the outbox", store.unsent));
    for row in &store.generations {
        ended_once(store, row, found);
        answer_if_there_is_one(store, row, found);
    }
    let known: BTreeSet<&str> = store.generations.iter().map(|row| row.id.as_str()).collect();
    let strays = store.messages.iter().filter_map(|message| message.generation.as_deref());
    for stray in strays.filter(|generation| !known.contains(generation)) {
        found.push(format!("invariant 3: an answer belongs to no generation: {stray}"));
    }
    one_generation_for_a_request(evidence, found);
}

/// What was accepted is there, and nothing else.
fn accepted_is_there(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let rows: BTreeSet<&str> =
        evidence.store.generations.iter().map(|row| row.id.as_str()).collect();
    let accepted = evidence.history.all_accepted();
    let accepted: BTreeSet<&str> = accepted.iter().map(|one| one.generation.as_str()).collect();
    for missing in accepted.difference(&rows) {
        found.push(format!("invariant 1: {missing} was accepted and is gone"));
    }
    let others = rows.difference(&accepted).count();
    let wanted = evidence.case.asked_beside.unwrap_or(others);
    must(found, 1, others == wanted, || {
        format!("there are {others} generations of nobody's question, not {wanted}")
    });
}

/// Nobody here may have two under way: the next one is made after the one before has ended.
fn one_at_a_time(store: &StoreState, found: &mut Vec<String>) {
    let mut rows: Vec<&GenerationRow> = store.generations.iter().collect();
    rows.sort_by_key(|row| (&row.user, row.created_us));
    for pair in rows.windows(2).filter(|pair| pair[0].user == pair[1].user) {
        let had_ended = pair[0].finished_us.is_some_and(|at| at <= pair[1].created_us);
        must(found, 12, had_ended, || {
            format!("{} was accepted while {} was under way", pair[1].id, pair[0].id)
        });
    }
}

fn ended_once(store: &StoreState, row: &GenerationRow, found: &mut Vec<String>) {
    let (id, status) = (&row.id, &row.status);
    must(found, 2, is_terminal(status), || format!("{id} is still {status}"));
    let of_it = |action: &str| action.strip_prefix("generation.").is_some_and(is_terminal);
    let entries = store.audit.iter().filter(|entry| entry.subject == *id && of_it(&entry.action));
    let endings: Vec<&str> = entries.map(|entry| entry.action.as_str()).collect();
    must(found, 2, endings.len() == 1, || format!("{id} is {status}; its endings: {endings:?}"));
    let agrees = endings.iter().all(|ending| ending.ends_with(status.as_str()));
    must(found, 2, agrees, || format!("{id} is {status}, the books say {endings:?}"));
}

/// A success has one answer, a failure none; what was stopped has one if there was any text.
fn answer_if_there_is_one(store: &StoreState, row: &GenerationRow, found: &mut Vec<String>) {
    let id = &row.id;
    let is_its = |generation: &Option<String>| generation.as_deref() == Some(id.as_str());
    let answers = store.messages.iter().filter(|message| is_its(&message.generation));
    let answers: Vec<_> = answers.filter(|message| message.role == "assistant").collect();
    let wanted = match row.status.as_str() {
        "succeeded" => true,
        "canceled" => !text(&archived(store, id)).is_empty(),
        _ => false,
    };
    let count = answers.len();
    must(found, 3, count == usize::from(wanted), || {
        format!("{id} is {} and has {count} answers", row.status)
    });
    let named = answers.iter().all(|answer| row.answer.as_deref() == Some(answer.id.as_str()));
    must(found, 3, named, || format!("{id} names {:?} as its answer", row.answer));
}

/// Of one request id of a user there is one generation, and every client was told that one.
fn one_generation_for_a_request(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let mut rows: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &evidence.store.generations {
        if let Some(request) = &row.request_id {
            *rows.entry((&row.user, request)).or_default() += 1;
        }
    }
    for ((user, request), count) in rows {
        must(found, 13, count == 1, || format!("{count} generations for {request} of {user}"));
    }
    let mut told: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for accepted in evidence.history.all_accepted() {
        if let Some(request) = accepted.request_id {
            told.entry((accepted.user, request)).or_default().insert(accepted.generation);
        }
    }
    for ((user, request), ids) in told {
        must(found, 13, ids.len() == 1, || format!("{request} of {user} was answered {ids:?}"));
    }
}
