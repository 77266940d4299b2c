//! Invariants 4, 5, 6 and 15: what viewers saw is what is kept, in order, of one call for their question.

use domain::event::{Event, SeqEvent};
use simulated_provider::parse_tags;

use super::{
    Evidence,
    history::Seen,
    must,
    store::{EventRow, GenerationRow, StoreState},
};
use crate::client::text;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for seen in evidence.history.all_seen() {
        in_order(evidence, &seen, found);
        as_archived(evidence.store, &seen, found);
        as_kept(evidence, &seen, found);
        shown_is_of_one_call(&seen, found);
    }
    for row in &evidence.store.generations {
        is_of_one_call(evidence, row, found);
    }
}

/// Numbers rise by one, and attempts never go back. Numbers jump only after a loss, and then the text
/// before is void or the end told.
fn in_order(evidence: &Evidence<'_>, seen: &Seen, found: &mut Vec<String>) {
    let id = &seen.generation;
    let (mut last, mut last_attempt) = (seen.after, 0);
    let mut ended = false;
    for entry in &seen.events {
        let seq = entry.seq;
        must(found, 5, !ended, || format!("{id}: {seq} came after the end"));
        must(found, 5, seq > last, || format!("{id}: {seq} came after {last}"));
        // Whoever gets a job again does not know whether there was a log before.
        let may_jump = (evidence.case.lost_keys || last == 0) && is_landmark(&entry.event);
        must(found, 5, seq == last + 1 || may_jump, || {
            format!("{id}: {seq} came after {last}: {:?}", entry.event)
        });
        let attempt = attempt(&entry.event).unwrap_or(last_attempt);
        must(found, 5, attempt >= last_attempt, || {
            format!("{id}: attempt {attempt} came after {last_attempt}")
        });
        ended = matches!(entry.event, Event::Done { .. });
        (last, last_attempt) = (seq, attempt);
    }
    must(found, 5, ended || seen.has_left, || format!("{id}: a viewer was never told the end"));
}

/// Whether text before it is void, or the end.
const fn is_landmark(event: &Event) -> bool {
    matches!(
        event,
        Event::Retry { discard_from_seq: Some(_), .. } | Event::Done { .. } | Event::Error { .. }
    )
}

const fn attempt(event: &Event) -> Option<u32> {
    match event {
        Event::Status { attempt, .. } | Event::Retry { attempt, .. } => Some(*attempt),
        _ => None,
    }
}

/// No number was seen with another content than it has in the archive.
fn as_archived(store: &StoreState, seen: &Seen, found: &mut Vec<String>) {
    for entry in &seen.events {
        let is_it = |row: &&EventRow| {
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

/// What a viewer has on the screen at the end is the stored answer, and the archive's text. Of what was
/// stopped, too, unless the live side has lost what nobody else had.
fn as_kept(evidence: &Evidence<'_>, seen: &Seen, found: &mut Vec<String>) {
    let (store, id) = (evidence.store, &seen.generation);
    let Some(Event::Done { status, message_id }) = seen.events.last().map(|last| &last.event)
    else {
        return;
    };
    let is_whole = match status.as_str() {
        "succeeded" => true,
        "canceled" => !evidence.case.lost_keys,
        _ => false,
    };
    if !is_whole || seen.after > 0 {
        return;
    }
    let answer = message_id.as_ref().map(ToString::to_string);
    let message = store.messages.iter().find(|message| Some(&message.id) == answer.as_ref());
    let kept = message.map(|message| message.content.as_str());
    must(found, 4, kept.is_some() == answer.is_some(), || {
        format!("{id}: a viewer was told of {answer:?}, which is not there")
    });
    let (shown, kept) = (text(&seen.events), kept.unwrap_or_default());
    must(found, 4, kept == shown, || format!("{id}: a viewer has {shown:?}, the store {kept:?}"));
    let told = text(&archived(store, id));
    must(found, 4, told == shown, || format!("{id}: a viewer has {shown:?}, the archive {told:?}"));
}

/// The events of a generation in the archive.
pub(super) fn archived(store: &StoreState, generation: &str) -> Vec<SeqEvent> {
    let rows = store.events.iter().filter(|row| row.generation == generation);
    let event = |row: &EventRow| {
        let event = Event::from_json(row.json.as_bytes()).ok()?;
        Some(SeqEvent { seq: u64::try_from(row.seq).ok()?, event })
    };
    rows.filter_map(event).collect()
}

/// What is on the screen is of one call, from its first token on, whenever one looks at it.
fn shown_is_of_one_call(seen: &Seen, found: &mut Vec<String>) {
    let shown = text(&seen.events);
    let is_whole = seen.after > 0 || call_of(&shown).is_some();
    must(found, 6, is_whole, || format!("{}: a viewer has {shown:?}", seen.generation));
}

/// The call that a text is from; 0 for none. Every token tells that, and at which place it stood there: none
/// if they are of several, or not all up to the last.
fn call_of(text: &str) -> Option<u64> {
    let tags = parse_tags(text)?;
    let call = tags.first().map_or(0, |tag| tag.call);
    let whole = tags.iter().zip(0..).all(|(tag, at)| tag.call == call && tag.position == at);
    whole.then_some(call)
}

/// All of an answer is of one call for the question: to its end, or as far as it came when it was stopped.
fn is_of_one_call(evidence: &Evidence<'_>, row: &GenerationRow, found: &mut Vec<String>) {
    let answer = row.answer.as_ref();
    let message = evidence.store.messages.iter().find(|message| Some(&message.id) == answer);
    let Some(message) = message.filter(|message| !message.content.is_empty()) else { return };
    let (id, kept) = (&row.id, &message.content);
    let Some(number) = call_of(kept) else {
        found.push(format!("invariant 6: {id}: its answer is {kept:?}"));
        return;
    };
    let calls = evidence.record.calls();
    let Some(call) = calls.iter().find(|call| call.number == number) else {
        found.push(format!("invariant 4: {id}: there was no call {number}"));
        return;
    };
    let is_sent = match row.status.as_str() {
        "succeeded" => call.text == *kept,
        _ => call.text.starts_with(kept),
    };
    must(found, 4, is_sent, || {
        format!("{id}: the provider sent {:?}, kept is {kept:?}", call.text)
    });
    let asked = evidence.history.all_accepted();
    let asked = asked.iter().find(|accepted| accepted.generation == *id);
    must(found, 15, asked.is_none_or(|asked| asked.is_put_in(call)), || {
        format!("{id}: its answer is one to {:?}", call.question)
    });
}
