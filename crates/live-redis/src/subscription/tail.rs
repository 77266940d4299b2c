//! The newest entries of one log, as this process heard of them.
//!
//! A message is never trusted to be the next one: a follower takes entries from here only if they
//! join what it has. All others, and all that is not kept here any more, it reads from the log.

use std::{collections::VecDeque, sync::Mutex};

use bytes::Bytes;
use ports::live::LogEntry;
use tokio::{
    sync::{Notify, futures::Notified},
    time::{Duration, Instant},
};

use super::message::Message;
use crate::lock::lock;

/// How many entries are kept, and how many bytes of them. Whoever is further behind reads the log.
const KEPT: usize = 64;
const KEPT_BYTES: usize = 32 * 1024;

/// For how long looks into the log find what was not told, before what is told counts as unheard: whoever is only busy
/// hears of it a little later.
const UNHEARD_FOR: Duration = Duration::from_secs(5);

/// The newest entries of one log, and those who wait for more.
pub(crate) struct Tail {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    /// The number of the first entry kept.
    first: u64,
    /// Without holes between them.
    entries: VecDeque<Bytes>,
    bytes: usize,
    /// Nothing follows.
    is_ended: bool,
    /// How often the channel was subscribed to. What was told before each time was missed.
    subscribed: u64,
    /// When there was news, or somebody looked for some.
    heard: Instant,
    /// Since when looks find what was not told, and nothing is told.
    unheard: Option<Instant>,
}

/// What a follower finds.
pub(crate) enum Found {
    /// These are next.
    Entries(Vec<LogEntry>),
    /// There is more, before the one of this number, and only the log has it.
    Behind(u64),
    /// Nothing is known to be missing.
    Nothing,
    /// Nothing follows.
    End,
}

impl Tail {
    pub(crate) fn new() -> Self {
        let state = State {
            first: 1,
            entries: VecDeque::new(),
            bytes: 0,
            is_ended: false,
            subscribed: 0,
            heard: Instant::now(),
            unheard: None,
        };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// What comes after the entry numbered `after`; up to `limit` entries.
    pub(crate) fn look(&self, after: u64, limit: usize) -> Found {
        lock(&self.state).look(after, limit)
    }

    /// Takes in what was told.
    pub(crate) fn hear(&self, message: Message) {
        let mut state = lock(&self.state);
        state.take_in(message.first, message.entries);
        state.is_ended |= message.is_end;
        (state.heard, state.unheard) = (Instant::now(), None);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Takes in what one follower read, for the others. Answers whether any of it is new.
    pub(crate) fn take_in(&self, entries: &[LogEntry]) -> bool {
        let Some(first) = entries.first() else { return false };
        let news = entries.iter().map(|entry| entry.json.clone()).collect();
        let is_news = lock(&self.state).take_in(first.seq, news);
        if is_news {
            self.changed.notify_waiters();
        }
        is_news
    }

    /// The channel is subscribed to from now on: what was told before was missed.
    pub(crate) fn subscribe(&self) {
        let mut state = lock(&self.state);
        (state.subscribed, state.unheard) = (state.subscribed + 1, None);
        drop(state);
        self.changed.notify_waiters();
    }

    /// A look after a silence found what should have been told. Answers whether that has been so for long.
    pub(super) fn missed(&self) -> bool {
        let (mut state, now) = (lock(&self.state), Instant::now());
        let since = *state.unheard.get_or_insert(now);
        state.subscribed > 0 && since + UNHEARD_FOR <= now
    }

    /// How often the channel was subscribed to.
    pub(crate) fn subscribed(&self) -> u64 {
        lock(&self.state).subscribed
    }

    /// The number of the first entry kept.
    pub(crate) fn first(&self) -> u64 {
        lock(&self.state).first
    }

    /// The next change.
    pub(crate) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// When it has been quiet for `poll`.
    pub(crate) fn quiet_at(&self, poll: Duration) -> Instant {
        lock(&self.state).heard + poll
    }

    /// Whether it has been quiet for `poll`. Tells it to one, who then looks into the log for all.
    pub(crate) fn claim_look(&self, poll: Duration) -> bool {
        let mut state = lock(&self.state);
        let now = Instant::now();
        let is_quiet = state.heard + poll <= now;
        if is_quiet {
            state.heard = now;
        }
        is_quiet
    }
}

impl State {
    /// The number after the last one kept.
    fn next(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn look(&self, after: u64, limit: usize) -> Found {
        let wanted = after.saturating_add(1);
        if wanted < self.first {
            return Found::Behind(self.next());
        }
        let skip = usize::try_from(wanted.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let batch = self.entries.iter().skip(skip).take(limit).zip(wanted..);
        let batch: Vec<_> = batch.map(|(json, seq)| LogEntry { seq, json: json.clone() }).collect();
        match batch.is_empty() {
            false => Found::Entries(batch),
            true if self.is_ended => Found::End,
            true => Found::Nothing,
        }
    }

    /// Adds entries numbered from `first` on. Answers whether any of them is new.
    fn take_in(&mut self, first: u64, entries: Vec<Bytes>) -> bool {
        let next = self.next();
        if first.saturating_add(entries.len() as u64) <= next {
            return false;
        }
        if first > next {
            // What lies between was missed: followers read it from the log.
            (self.first, self.bytes) = (first, 0);
            self.entries.clear();
        }
        let known = usize::try_from(next.saturating_sub(first)).unwrap_or(usize::MAX);
        for entry in entries.into_iter().skip(known) {
            self.bytes += entry.len();
            self.entries.push_back(entry);
        }
        self.trim();
        true
    }

    fn trim(&mut self) {
        while self.entries.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.len();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_missed_for_long_is_not_heard() {
        let tail = Tail::new();
        let told = || Message { first: 1, entries: Vec::new(), is_end: false };
        let miss_after = async |time| {
            advance(time).await;
            tail.missed()
        };
        let (second, half) = (Duration::from_secs(1), UNHEARD_FOR / 2);
        assert!(!miss_after(second).await);
        assert!(!miss_after(UNHEARD_FOR).await, "nobody tells this one");
        tail.subscribe();
        assert!(!miss_after(second).await);
        assert!(!miss_after(half).await);
        tail.hear(told());
        assert!(!miss_after(half).await, "it was told late");
        assert!(!miss_after(half).await);
        assert!(miss_after(half).await);
        tail.subscribe();
        assert!(!miss_after(second).await, "over another connection");
    }
}
