//! Invariants 4, 5 and 6: what viewers saw is what is kept, in order, of one call.

use domain::event::{Event, SeqEvent};
use simulated_provider::parse_tags;

use super::{Evidence, history::Seen, must, store::StoreState};
use crate::client::text;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for seen in evidence.history.all_seen() {
        in_order(&seen, found);
        as_archived(evidence.store, &seen, found);
        as_kept(evidence, &seen, found);
    }
    answers_are_of_one_call(evidence, found);
}

/// Numbers rise by one. They jump only after a loss, and then the text before is void or the end told.
fn in_order(seen: &Seen, found: &mut Vec<String>) {
    let id = &seen.generation;
    let mut last = 0;
    let mut ended = false;
    for entry in &seen.events {
        let seq = entry.seq;
        must(found, 5, !ended, || format!("{id}: {seq} came after the end"));
        must(found, 5, seq > last, || format!("{id}: {seq} came after {last}"));
        let may_jump = matches!(
            entry.event,
            Event::Retry { discard_from_seq: Some(_), .. }
                | Event::Done { .. }
                | Event::Error { .. }
        );
        must(found, 5, seq == last + 1 || may_jump, || {
            format!("{id}: {seq} came after {last}: {:?}", entry.event)
        });
        ended = matches!(entry.event, Event::Done { .. });
        last = seq;
    }
    must(found, 5, ended, || format!("{id}: a viewer was never told the end"));
}

/// No number was seen with another content than it has in the archive.
fn as_archived(store: &StoreState, seen: &Seen, found: &mut Vec<String>) {
    for entry in &seen.events {
        let is_it = |row: &&super::store::EventRow| {
            row.generation == seen.generation && u64::try_from(row.seq) == Ok(entry.seq)
        };
        let Some(row) = store.events.iter().find(is_it) else { continue };
        let same = Event::from_json(row.json.as_bytes()).is_ok_and(|event| event == entry.event);
        must(found, 5, same, || {
            format!(
                "{}: {} was seen as {:?} and is kept as {}",
                seen.generation, entry.seq, entry.event, row.json
            )
        });
    }
}

/// What a viewer has on the screen at the end is the stored answer, and what the provider sent.
fn as_kept(evidence: &Evidence<'_>, seen: &Seen, found: &mut Vec<String>) {
    let id = &seen.generation;
    let Some(answer) = done_with_answer(&seen.events) else { return };
    let shown = text(&seen.events);
    let message = evidence.store.messages.iter().find(|message| message.id == answer);
    let kept = message.map(|message| message.content.as_str());
    must(found, 4, kept == Some(shown.as_str()), || {
        format!("{id}: a viewer has {shown:?}, the store {kept:?}")
    });
    let archived: Vec<SeqEvent> = archived(evidence.store, id);
    let told = text(&archived);
    must(found, 4, told == shown, || format!("{id}: a viewer has {shown:?}, the archive {told:?}"));
}

/// The message that a viewer of a success was told of.
fn done_with_answer(events: &[SeqEvent]) -> Option<String> {
    match &events.last()?.event {
        Event::Done { status, message_id: Some(id) } if status.as_str() == "succeeded" => {
            Some(id.to_string())
        }
        _ => None,
    }
}

fn archived(store: &StoreState, generation: &str) -> Vec<SeqEvent> {
    let rows = store.events.iter().filter(|row| row.generation == generation);
    let event = |row: &super::store::EventRow| {
        let event = Event::from_json(row.json.as_bytes()).ok()?;
        Some(SeqEvent { seq: u64::try_from(row.seq).ok()?, event })
    };
    rows.filter_map(event).collect()
}

/// Every token of an answer tells which call it is from and at which place it stood there.
fn answers_are_of_one_call(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let store = evidence.store;
    for row in store.generations.iter().filter(|row| row.answer.is_some()) {
        let is_it = |message: &&super::store::MessageRow| Some(&message.id) == row.answer.as_ref();
        let Some(message) = store.messages.iter().find(is_it) else { continue };
        let Some(tags) = parse_tags(&message.content) else { continue };
        let id = &row.id;
        let call = tags.first().map_or(0, |tag| tag.call);
        let whole = tags.iter().zip(0..).all(|(tag, at)| tag.call == call && tag.position == at);
        must(found, 6, whole, || format!("{id}: its answer is {:?}", message.content));
        if row.status == "succeeded" {
            let sent = evidence.record.text(call).unwrap_or_default();
            must(found, 4, sent == message.content, || {
                format!("{id}: the provider sent {sent:?}, kept is {:?}", message.content)
            });
        }
    }
}
