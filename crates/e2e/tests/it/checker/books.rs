//! Invariant 7: the books add up, to the token.

use std::collections::BTreeMap;

use super::{Evidence, must};

/// Tokens and entries of one day.
type Sum = (i64, i64, i64);

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let store = evidence.store;
    let mut booked: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    // In a chain each model that spent has an entry of its own.
    let mut attempts: BTreeMap<(&str, i64, &str), usize> = BTreeMap::new();
    for row in &store.usage {
        let sum = booked.entry((&row.user, &row.day)).or_default();
        *sum = (sum.0 + row.input, sum.1 + row.output, sum.2 + 1);
        *attempts.entry((&row.generation, row.attempt, &row.model)).or_default() += 1;
    }
    // Behind a worker that stands still, when the logs are lost as well, another one begins with the same
    // number. Both have spent.
    let most = if evidence.had_sleeper { 2 } else { 1 };
    for ((generation, attempt, model), count) in attempts {
        must(found, 7, count <= most, || {
            format!("attempt {attempt} of {generation} at {model} is booked {count} times")
        });
    }
    let mut days: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    for row in &store.days {
        days.insert((&row.user, &row.day), (row.input, row.output, row.attempts));
    }
    must(found, 7, booked == days, || format!("entries say {booked:?}, days say {days:?}"));
    billed_is_booked(evidence, found);
}

/// What an answer cost is what the provider counted: the tagged tokens of the call that brought it.
fn billed_is_booked(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let store = evidence.store;
    for row in store.generations.iter().filter(|row| row.status == "succeeded") {
        let id = &row.id;
        let entries: Vec<_> = store.usage.iter().filter(|entry| entry.generation == *id).collect();
        must(found, 7, !entries.is_empty(), || format!("{id} succeeded and cost nothing"));
        let Some(exact) = entries.iter().find(|entry| entry.source == "provider") else { continue };
        let is_answer =
            |message: &&super::store::MessageRow| Some(&message.id) == row.answer.as_ref();
        let Some(answer) = store.messages.iter().find(is_answer) else { continue };
        let Some(tags) = simulated_provider::parse_tags(&answer.content) else { continue };
        let tokens = i64::try_from(tags.len()).unwrap_or(i64::MAX);
        must(found, 7, exact.output >= tokens, || {
            format!("{id}: {tokens} tokens came, {} are booked", exact.output)
        });
        let calls = i64::try_from(evidence.record.calls().len()).unwrap_or(i64::MAX);
        must(found, 7, exact.output <= tokens.saturating_mul(calls.max(1)), || {
            format!("{id}: {tokens} tokens came, {} are booked", exact.output)
        });
    }
}
