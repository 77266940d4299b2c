//! Invariants 12 and 16: who is gone has left nothing behind.

use std::collections::BTreeSet;

use super::{Evidence, must, store::is_terminal};

/// Each process has one connection to publish, and one to take messages.
const LINES: &[&str] = &["publish", "consume"];

/// Which queues which service takes messages from.
const TAKEN: &[(&str, &str)] = &[
    ("generation.responses", "api"),
    ("generation.requests.openai", "provider-worker"),
    ("accounting.usage_event", "accounting-worker"),
    ("accounting.audit_event", "accounting-worker"),
];

/// How many subscriptions of a worker make up all of its room.
const SUBSCRIPTIONS: usize = 12;

/// Who publishes keeps a channel for each message that was ever on its way together with others.
const PUBLISHING: u64 = 64;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    places_are_free(evidence, found);
    keys_are_back(evidence, found);
    what_has_ended_goes(evidence, found);
    only_the_living_are_connected(evidence, found);
    the_living_take_messages(evidence, found);
}

/// Nobody has anything under way or open any more.
fn places_are_free(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let live = &evidence.servers.live;
    must(found, 12, live.places.is_empty(), || format!("places stay taken: {:?}", live.places));
    // What a process that was killed said of its streams is believed for a minute.
    let may_be_counted = evidence.has_lost_a("api");
    must(found, 12, live.streams.is_empty() || may_be_counted, || {
        format!("streams are counted that are none any more: {:?}", live.streams)
    });
}

/// No key counts as lent, but those of workers that died: they are back when the call would have to be over.
fn keys_are_back(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let lent = &evidence.servers.live.lent;
    let may_be_lent = evidence.has_lost_a("provider-worker");
    must(found, 12, lent.is_empty() || may_be_lent, || format!("keys are still lent: {lent:?}"));
}

/// The time is set at which the log of every ended generation goes; nobody follows it; and no other key stays.
fn what_has_ended_goes(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let live = &evidence.servers.live;
    must(found, 16, live.everlasting.is_empty(), || {
        format!("keys that never expire: {:?}", live.everlasting)
    });
    must(found, 16, live.followed.is_empty(), || {
        format!("somebody still follows {:?}", live.followed)
    });
    let rows = evidence.store.generations.iter().filter(|row| is_terminal(&row.status));
    let ended: BTreeSet<&str> = rows.map(|row| row.id.as_str()).collect();
    for log in live.logs.iter().filter(|log| ended.contains(log.generation.as_str())) {
        must(found, 16, log.expires, || {
            format!("the log of {} has ended, is {}, and does not go", log.generation, log.phase)
        });
    }
}

/// Whether `name`, as queues show it, is of the process `id`.
pub(super) fn is_of(name: &str, id: u32) -> bool {
    name.contains(&format!(":{id}-"))
}

fn only_the_living_are_connected(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let state = evidence.servers;
    for name in &state.broker.connections {
        let is_alive = state.alive.iter().any(|(_, id)| is_of(name, *id));
        must(found, 16, is_alive, || format!("somebody gone is connected as {name}"));
    }
    for (program, id) in &state.alive {
        for line in LINES {
            let is_it = |name: &&String| is_of(name, *id) && name.ends_with(line);
            let count = state.broker.connections.iter().filter(is_it).count();
            must(found, 16, count <= 1, || {
                format!("{program} is connected {count} times to {line}")
            });
        }
    }
    for (name, channels) in &state.broker.channels {
        let own = name.split(' ').next().unwrap_or_default();
        let taken = state.broker.consumers.iter().filter(|(_, tag)| tag.starts_with(own)).count();
        // One for each queue; who looks into queues has one more.
        let most = if name.ends_with(" publish") { PUBLISHING } else { taken as u64 + 1 };
        must(found, 16, *channels <= most, || format!("{name} has {channels} channels"));
    }
}

fn the_living_take_messages(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let state = evidence.servers;
    for (queue, program) in TAKEN {
        let of_it = state.broker.consumers.iter().filter(|(name, _)| name == queue);
        let tags: Vec<&str> = of_it.map(|(_, tag)| tag.as_str()).collect();
        let alive = state.alive.iter().filter(|(name, _)| name == program);
        for (_, id) in alive.clone() {
            let count = tags.iter().filter(|tag| is_of(tag, *id)).count();
            // A worker that lost its subscription takes a few for the room that the answers of the former one give up.
            let most = if *program == "provider-worker" { SUBSCRIPTIONS } else { 1 };
            must(found, 16, (1..=most).contains(&count), || {
                format!("{program} takes messages from {queue} {count} times")
            });
        }
        let strangers: Vec<_> =
            tags.iter().filter(|tag| !alive.clone().any(|(_, id)| is_of(tag, *id))).collect();
        must(found, 16, strangers.is_empty(), || {
            format!("{strangers:?} take messages from {queue}, and run no more")
        });
    }
}
