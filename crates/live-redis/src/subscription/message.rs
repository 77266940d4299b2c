//! What is told on the channel of a log.

use bytes::Bytes;

/// Entries just added to a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The number of the first.
    pub(crate) first: u64,
    /// Their contents.
    pub(crate) entries: Vec<Bytes>,
    /// Nothing follows.
    pub(crate) is_end: bool,
}

impl Message {
    /// Reads a message as the scripts write it: a line with `more` or `end`, the number of the first
    /// entry and the length of each, and then the entries without anything between them.
    pub(crate) fn read(mut bytes: Bytes) -> Option<Self> {
        let line_end = bytes.iter().position(|byte| *byte == b'\n')?;
        let line = bytes.split_to(line_end + 1);
        let mut words = std::str::from_utf8(&line).ok()?.split_ascii_whitespace();
        let is_end = match words.next()? {
            "more" => false,
            "end" => true,
            _ => return None,
        };
        let first = words.next()?.parse().ok()?;
        let mut take = |word: &str| {
            let length = word.parse().ok().filter(|length| *length <= bytes.len())?;
            Some(bytes.split_to(length))
        };
        let entries = words.map(&mut take).collect::<Option<_>>()?;
        bytes.is_empty().then_some(Self { first, entries, is_end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Option<Message> {
        Message::read(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn entries_are_cut_by_their_lengths() {
        let entries = vec!["{\"a\":1}".into(), "\n".into(), Bytes::new(), "ü".into()];
        let message = Message { first: 7, entries, is_end: false };
        assert_eq!(read("more 7 7 1 0 2\n{\"a\":1}\nü"), Some(message));
        let end = Message { first: 9, entries: vec![], is_end: true };
        assert_eq!(read("end 9 \n"), Some(end));
    }

    #[test]
    fn what_is_no_message_is_none() {
        for text in ["", "\n", "more\n", "later 1 1\na", "more x 1\na", "more 1 2\na", "more 1\na"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
