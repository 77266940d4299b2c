//! The events of an attempt, as small as they can be kept: of a token, its text.

use domain::event::Event;

/// For how many more events room is made at least, and for how many bytes of text.
const LEAST_ROOM: (usize, usize) = (32, 256);

/// Events in order. Most are text, which stands in one piece.
#[derive(Debug, Default)]
pub(super) struct Kept {
    text: String,
    /// Where the text ends after each event; one that adds none is among the others.
    ends: Vec<u32>,
    /// The events that are no text, by index, in order.
    others: Vec<(usize, Event)>,
}

impl Kept {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds an event.
    pub(super) fn push(&mut self, event: Event) {
        match event {
            Event::Delta { delta } if !delta.is_empty() => self.push_text(&delta),
            other => self.others.push((self.ends.len(), other)),
        }
        if self.ends.len() == self.ends.capacity() {
            // By a quarter, not twofold: the room would be half of what an answer takes.
            self.ends.reserve_exact((self.ends.len() / 4).max(LEAST_ROOM.0));
        }
        let end = u32::try_from(self.text.len());
        self.ends.push(end.expect("an answer is bounded far below 4 GiB"));
    }

    fn push_text(&mut self, text: &str) {
        if self.text.capacity() - self.text.len() < text.len() {
            self.text.reserve_exact(text.len().max(self.text.len() / 4).max(LEAST_ROOM.1));
        }
        self.text.push_str(text);
    }

    /// Where the text ends after the first `count` events.
    fn end(&self, count: usize) -> usize {
        count.checked_sub(1).map_or(0, |last| self.ends[last] as usize)
    }

    /// Takes the last event back.
    pub(super) fn pop(&mut self) {
        self.ends.pop();
        self.text.truncate(self.end(self.ends.len()));
        self.others.pop_if(|(index, _)| *index == self.ends.len());
    }

    /// The events from the index `first` on.
    pub(super) fn from(&self, first: usize) -> impl Iterator<Item = Event> {
        let skipped = self.others.partition_point(|(index, _)| *index < first);
        let mut others = self.others[skipped..].iter();
        (first..self.ends.len()).filter_map(move |index| {
            match &self.text[self.end(index)..self.end(index + 1)] {
                "" => others.next().map(|(_, event)| event.clone()),
                text => Some(Event::Delta { delta: text.to_owned() }),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(text: &str) -> Event {
        Event::Delta { delta: text.to_owned() }
    }

    fn error(code: &str) -> Event {
        Event::Error { code: code.to_owned(), message: "é".to_owned() }
    }

    #[test]
    fn every_event_comes_back_in_its_place() {
        let events =
            [error("a"), delta("é"), delta("b "), error("c"), error("d"), delta(""), delta("e")];
        let mut kept = Kept::default();
        events.iter().cloned().for_each(|event| kept.push(event));
        for first in 0..=events.len() {
            assert_eq!(kept.from(first).collect::<Vec<_>>(), events[first..]);
        }
        for count in (0..events.len()).rev() {
            kept.pop();
            assert_eq!(kept.len(), count);
            assert_eq!(kept.from(0).collect::<Vec<_>>(), events[..count]);
        }
    }
}
