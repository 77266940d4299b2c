//! The messages of one topic.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use ports::queue::{Depth, Envelope, MAX_DELIVERIES, Topic};
use tokio::{
    sync::{Notify, futures::Notified, oneshot},
    time::Instant,
};

use super::dead_letters::DeadLetters;
use crate::lock::lock;

/// A delay beyond this is as good as never; the runtime's clock cannot count much further.
const LONGEST_DELAY: Duration = Duration::from_hours(10 * 365 * 24);

/// A message and its history.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) envelope: Arc<Envelope>,
    /// How often it was handed over and came back.
    pub(super) returns: u32,
    /// Whoever wants to know when it is gone.
    pub(super) watch: Option<Watch>,
}

/// Goes where a message goes, and tells by being dropped that it is gone.
pub(super) type Watch = oneshot::Sender<Infallible>;

/// A message whose time has not come. Ordered by time, then by publishing.
#[derive(Debug)]
struct Delayed {
    due: Instant,
    number: u64,
    message: Message,
}

impl Ord for Delayed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Delayed {}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Message>,
    delayed: BinaryHeap<Reverse<Delayed>>,
    /// How many were ever delayed.
    number: u64,
    unsettled: u64,
}

/// What a consumer finds.
pub(super) enum Taken {
    /// This, and it is unsettled now.
    Message(Message),
    /// Nothing before this time.
    NothingUntil(Instant),
    /// Nothing at all.
    Nothing,
}

/// The messages of one topic.
pub(super) struct TopicQueue {
    topic: Topic,
    state: Mutex<State>,
    changed: Notify,
    dead_letters: Arc<DeadLetters>,
}

impl TopicQueue {
    pub(super) fn new(topic: Topic, dead_letters: Arc<DeadLetters>) -> Self {
        Self { topic, state: Mutex::default(), changed: Notify::new(), dead_letters }
    }

    /// Adds a message.
    pub(super) fn publish(
        &self,
        envelope: Envelope,
        delay: Option<Duration>,
        watch: Option<Watch>,
    ) {
        let message = Message { envelope: Arc::new(envelope), returns: 0, watch };
        match delay.filter(|delay| !delay.is_zero()) {
            None => lock(&self.state).ready.push_back(message),
            Some(delay) => lock(&self.state).delay(message, delay),
        }
        self.changed.notify_waiters();
    }

    /// The next time there may be something to take.
    ///
    /// Everybody who waits is woken, not one of them: the one might have been told to stop, or wait
    /// for something else just now, and the message would stay. Few wait on one topic.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Takes the next message out, if there is one.
    pub(super) fn take(&self) -> Taken {
        let mut state = lock(&self.state);
        state.promote(Instant::now());
        if let Some(message) = state.ready.pop_front() {
            state.unsettled += 1;
            return Taken::Message(message);
        }
        match state.delayed.peek() {
            Some(Reverse(next)) => Taken::NothingUntil(next.due),
            None => Taken::Nothing,
        }
    }

    /// A message taken out is gone.
    pub(super) fn settle(&self) {
        lock(&self.state).unsettled -= 1;
    }

    /// A message taken out comes back, to the place it had, unless it came back too often.
    pub(super) fn give_back(&self, mut message: Message) {
        message.returns += 1;
        if message.returns >= MAX_DELIVERIES {
            let why = format!("handed over {MAX_DELIVERIES} times and never settled");
            return self.dead_letter(message, why);
        }
        {
            let mut state = lock(&self.state);
            state.unsettled -= 1;
            state.ready.push_front(message);
        }
        self.changed.notify_waiters();
    }

    /// A message taken out joins the dead letters.
    pub(super) fn dead_letter(&self, message: Message, why: String) {
        self.dead_letters.add(&self.topic, message, why);
        self.settle();
    }

    pub(super) fn depth(&self) -> Depth {
        let mut state = lock(&self.state);
        state.promote(Instant::now());
        Depth {
            ready: state.ready.len() as u64,
            unsettled: state.unsettled,
            delayed: state.delayed.len() as u64,
        }
    }
}

impl State {
    fn delay(&mut self, message: Message, delay: Duration) {
        let due = Instant::now() + delay.min(LONGEST_DELAY);
        self.number += 1;
        self.delayed.push(Reverse(Delayed { due, number: self.number, message }));
    }

    /// Makes those ready whose time has come.
    fn promote(&mut self, now: Instant) {
        while let Some(next) = self.delayed.peek_mut() {
            if next.0.due > now {
                return;
            }
            self.ready.push_back(std::collections::binary_heap::PeekMut::pop(next).0.message);
        }
    }
}
