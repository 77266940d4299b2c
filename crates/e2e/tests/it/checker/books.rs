//! Invariant 7: the books add up, to the token.

use std::collections::BTreeMap;

use simulated_provider::{CallView, End};

use super::{
    Accepted, Evidence, must,
    store::{GenerationRow, UsageRow},
};
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
    let most = if evidence.case.had_sleeper { 2 } else { 1 };
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
    let calls = evidence.record.calls();
    for row in &store.generations {
        let entries: Vec<_> =
            store.usage.iter().filter(|entry| entry.generation == row.id).collect();
        text_costs(evidence, row, &entries, found);
        let asked = evidence.history.all_accepted();
        let is_its = |accepted: &&Accepted| accepted.generation == row.id;
        if let Some(asked) = asked.iter().find(is_its) {
            let calls: Vec<_> = calls.iter().filter(|call| asked.is_put_in(call)).collect();
            billed_is_booked(row, &entries, &calls, found);
        }
    }
}

/// Whoever has text of a provider has spent something. What a worker had not told before it died, nobody
/// knows.
fn text_costs(
    evidence: &Evidence<'_>,
    row: &GenerationRow,
    entries: &[&UsageRow],
    found: &mut Vec<String>,
) {
    let has_lost_one = evidence.has_lost_a("provider-worker");
    let must_cost = row.status == "succeeded" || (row.answer.is_some() && !has_lost_one);
    must(found, 7, !must_cost || !entries.is_empty(), || {
        format!("{} is {}, has an answer, and cost nothing", row.id, row.status)
    });
}

/// What a question cost is no more than the provider counted in all calls for it; and just that, if it was
/// asked once and answered. Where the provider did not say what it counted, four bytes are a token.
fn billed_is_booked(
    row: &GenerationRow,
    entries: &[&UsageRow],
    calls: &[&CallView],
    found: &mut Vec<String>,
) {
    let exact = || entries.iter().filter(|entry| entry.source == "provider");
    let exact: (i64, i64) =
        (exact().map(|entry| entry.input).sum(), exact().map(|entry| entry.output).sum());
    let sum = |figure: fn(&CallView) -> usize| -> i64 {
        calls.iter().map(|call| i64::try_from(figure(call)).unwrap()).sum()
    };
    let counted = (sum(|call| call.prompt_tokens), sum(|call| call.tokens));
    let id = &row.id;
    let told = || format!("{id}: the provider counted {counted:?} tokens, {exact:?} are booked");
    must(found, 7, exact.0 <= counted.0 && exact.1 <= counted.1, told);
    let was_answered_at_once = matches!(calls, [CallView { end: Some(End::Completed), .. }]);
    must(found, 7, !was_answered_at_once || row.status != "succeeded" || exact == counted, told);
    let booked: i64 = entries.iter().map(|entry| entry.output).sum();
    let most = sum(|call| call.text.len().div_ceil(4));
    must(found, 7, booked <= most, || {
        format!("{id}: the provider sent {most} tokens at the most, {booked} are booked")
    });
    let answer = calls.iter().filter(|call| call.end == Some(End::Completed));
    let least = answer.map(|call| i64::try_from(call.tokens).unwrap()).min().unwrap_or_default();
    must(found, 7, row.status != "succeeded" || booked >= least, || {
        format!("{id}: the provider sent {least} tokens, {booked} are booked")
    });
}
