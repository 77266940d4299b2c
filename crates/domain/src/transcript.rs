//! What a viewer has on the screen after a number of events.

use std::collections::VecDeque;

use crate::event::{Event, SeqEvent};

/// The text of an answer, folded from events in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Where each piece of text came from, oldest first.
    pieces: VecDeque<(u64, String)>,
}

impl Transcript {
    /// Takes one more event in.
    pub fn apply(&mut self, entry: &SeqEvent) {
        match &entry.event {
            Event::Delta { delta } => self.pieces.push_back((entry.seq, delta.clone())),
            Event::Retry { discard_from_seq: Some(from), .. } => {
                self.pieces.retain(|(seq, _)| seq < from);
            }
            _ => {}
        }
    }

    /// The text so far.
    #[must_use]
    pub fn into_text(self) -> String {
        self.pieces.into_iter().map(|(_, text)| text).collect()
    }
}

impl<'a> FromIterator<&'a SeqEvent> for Transcript {
    fn from_iter<I: IntoIterator<Item = &'a SeqEvent>>(events: I) -> Self {
        let mut transcript = Self::default();
        events.into_iter().for_each(|entry| transcript.apply(entry));
        transcript
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_voids_the_text_from_its_seq_on() {
        let delta = |seq, text: &str| SeqEvent { seq, event: Event::Delta { delta: text.into() } };
        let retry = |seq, discard_from_seq| SeqEvent {
            seq,
            event: Event::Retry {
                attempt: 2,
                discard_from_seq,
                reason: "truncated".into(),
                retry_at: None,
            },
        };
        let events =
            [delta(1, "He"), delta(2, "l"), retry(3, Some(1)), delta(4, "Hel"), delta(5, "lo")];
        assert_eq!(events.iter().collect::<Transcript>().into_text(), "Hello");
        let events = [delta(1, "He"), retry(2, None), delta(3, "y")];
        assert_eq!(events.iter().collect::<Transcript>().into_text(), "Hey");
    }
}
