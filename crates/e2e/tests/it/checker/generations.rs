//! Invariants 1, 2, 3, 12 and 13: what was accepted is there, and ended once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Evidence, must,
    store::{GenerationRow, StoreState, is_terminal},
};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let store = evidence.store;
    accepted_is_there(evidence, found);
    must(found, 11, store.unsent == 0, || format!("{} rows wait in the outbox", store.unsent));
    for row in &store.generations {
        ended_once(store, row, found);
        answer_if_succeeded(store, row, found);
    }
    let known: BTreeSet<&str> = store.generations.iter().map(|row| row.id.as_str()).collect();
    let strays = store.messages.iter().filter_map(|message| message.generation.as_deref());
    for stray in strays.filter(|generation| !known.contains(generation)) {
        found.push(format!("invariant 3: an answer belongs to no generation: {stray}"));
    }
    one_generation_for_a_request(evidence, found);
}

fn accepted_is_there(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let rows: BTreeSet<&str> =
        evidence.store.generations.iter().map(|row| row.id.as_str()).collect();
    for accepted in evidence.history.all_accepted() {
        let is_there = rows.contains(accepted.generation.as_str());
        must(found, 1, is_there, || format!("{} was accepted and is gone", accepted.generation));
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

fn answer_if_succeeded(store: &StoreState, row: &GenerationRow, found: &mut Vec<String>) {
    let id = &row.id;
    let is_its = |generation: &Option<String>| generation.as_deref() == Some(id.as_str());
    let answers = store.messages.iter().filter(|message| is_its(&message.generation));
    let answers: Vec<_> = answers.filter(|message| message.role == "assistant").collect();
    let most = usize::from(row.status != "failed");
    let least = usize::from(row.status == "succeeded");
    let count = answers.len();
    must(found, 3, (least..=most).contains(&count), || {
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
