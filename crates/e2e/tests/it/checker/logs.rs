//! Invariants 4 and 5: where a log is still there, it says what the archive says.

use std::collections::BTreeMap;

use domain::event::Event;

use super::{Evidence, live::LogState, must, store::StoreState};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for log in &evidence.servers.live.logs {
        is_archived(evidence.store, log, found);
    }
}

/// Whether the log was lost and begun anew by a worker that told no text, while the generation was ended by the one before,
/// who had slept and whose report was on its way.
fn tells_of_another_try(log: &LogState, archived: &BTreeMap<u64, &str>) -> bool {
    let is_older = archived.keys().next_back().is_some_and(|last| *last <= log.base);
    is_older && !log.tells_text()
}

/// Every entry stands in the archive with the same number, but the last words, which follow from the row; and the archive
/// has no event that was left out.
fn is_archived(store: &StoreState, log: &LogState, found: &mut Vec<String>) {
    let id = &log.generation;
    let rows = store.events.iter().filter(|row| row.generation == *id);
    let archived: BTreeMap<u64, &str> =
        rows.map(|row| (u64::try_from(row.seq).unwrap_or_default(), row.json.as_str())).collect();
    if tells_of_another_try(log, &archived) {
        return;
    }
    let numbers = log.base + 1..;
    for (seq, entry) in numbers.zip(&log.entries) {
        let event = Event::from_json(entry.as_bytes()).ok();
        let is_last_word = matches!(event, Some(Event::Done { .. } | Event::Error { .. }));
        let kept = archived.get(&seq).map(|json| Event::from_json(json.as_bytes()).ok());
        let is_same = kept.map_or(is_last_word, |kept| kept.is_some() && kept == event);
        must(found, 4, is_same, || {
            format!("{id}: the log has {entry} as {seq}, the archive {:?}", archived.get(&seq))
        });
    }
    let last = log.base + log.entries.len() as u64;
    let is_behind = |seq: &&u64| **seq > last && !log.entries.is_empty();
    let behind: Vec<_> = archived.keys().filter(is_behind).collect();
    must(found, 5, behind.is_empty(), || {
        format!("{id}: the log ends at {last}, before {behind:?}")
    });
}
