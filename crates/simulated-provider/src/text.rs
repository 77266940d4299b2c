//! The words of answers: a function of the call, so that they can be told again.

use std::sync::Arc;

/// Where a token of an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The call's number, as in the record.
    pub call: u64,
    /// The token's place in the answer, from 0.
    pub position: u64,
}

/// Reads the tags of a text made of tagged tokens; nothing if it holds anything else.
#[must_use]
pub fn parse_tags(text: &str) -> Option<Vec<Tag>> {
    let tag = |token: &str| {
        let (call, position) = token.strip_prefix('c')?.split_once('.')?;
        Some(Tag { call: call.parse().ok()?, position: position.parse().ok()? })
    };
    text.split_terminator(' ').map(tag).collect()
}

/// The tokens of one answer.
#[derive(Debug, Clone)]
pub enum Tokens {
    /// `c<call>.<position> `, as many as wanted.
    Tagged {
        /// The call's number.
        call: u64,
        /// How many; none for no end.
        count: Option<usize>,
    },
    /// These.
    Fixed(Arc<[String]>),
}

impl Tokens {
    /// The token at `position`; none behind the last.
    pub fn get(&self, position: usize) -> Option<String> {
        match self {
            Self::Tagged { count: Some(count), .. } if position >= *count => None,
            Self::Tagged { call, .. } => Some(format!("c{call}.{position} ")),
            Self::Fixed(tokens) => tokens.get(position).cloned(),
        }
    }

    /// The same, but of fixed ones only as many as `most` bytes hold, if that is given.
    pub fn at_most(self, most: Option<usize>) -> Self {
        let (Self::Fixed(tokens), Some(most)) = (&self, most) else { return self };
        let mut bytes = 0;
        let fits = |token: &&String| {
            bytes += token.len();
            bytes <= most
        };
        let kept: Vec<String> = tokens.iter().take_while(fits).cloned().collect();
        if kept.len() < tokens.len() { Self::Fixed(kept.into()) } else { self }
    }

    /// The first `count` tokens as one text.
    pub fn text(&self, count: usize) -> String {
        (0..count).map_while(|position| self.get(position)).collect()
    }
}

/// Cuts `text` into tokens: words with the white space before them.
pub fn words(text: &str) -> Arc<[String]> {
    let mut tokens: Vec<String> = Vec::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let was_space = tokens.last().is_none_or(|last| last.ends_with(char::is_whitespace));
        match tokens.last_mut() {
            Some(last) if piece.trim().is_empty() && was_space => last.push_str(piece),
            _ => tokens.push(piece.to_owned()),
        }
    }
    tokens.into()
}

/// What the demonstration model says; `seed` and the question choose among its openings.
pub fn demonstration(seed: u64, question: &str) -> Arc<[String]> {
    let salt =
        question.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let opening = OPENINGS[usize::try_from(salt % 3).unwrap_or_default()];
    if question.to_lowercase().contains("long") {
        let chapters = (1..=12).map(|number| format!("## Chapter {number}\n\n{CHAPTER}\n\n"));
        return words(&format!(
            "{opening}\n\n{}That was the long answer.\n",
            chapters.collect::<String>()
        ));
    }
    words(&format!("{opening}\n\n{BODY}"))
}

const OPENINGS: [&str; 3] = [
    "# A simulated answer\n\nNo model was asked: this text comes from the **simulated provider**, \
     over real HTTP, token by token.",
    "# Hello from the simulated provider\n\nThis answer is a rehearsal. It took the **whole way** of \
     a real one: database, queue, worker, provider, stream.",
    "# Streaming, rehearsed\n\nThe **simulated provider** wrote this. Set `OPENAI_API_KEYS` and a \
     real model answers in its place.",
];

const BODY: &str = "What you can try while it streams:\n\n\
    - press **F5**: the answer goes on where it was;\n\
    - open a second tab: it shows the same stream;\n\
    - press *Stop*: the provider's request ends, and the text so far is kept.\n\n\
    A small example, to show that code is highlighted:\n\n\
    ```rust\n\
    /// Yields each line once, in order.\n\
    fn lines(text: &str) -> impl Iterator<Item = &str> {\n    \
        text.lines().filter(|line| !line.is_empty())\n\
    }\n\
    ```\n\n\
    And a table:\n\n\
    | step | who |\n\
    | --- | --- |\n\
    | accept | `api` |\n\
    | ask | `provider-worker` |\n\
    | book | `accounting-worker` |\n\n\
    That is all there is to say.\n";

const CHAPTER: &str = "A durable job outlives the process that started it. The question is stored \
    before anything else happens, and whoever works on it can vanish at any moment without anybody \
    noticing more than a pause. The text that reaches you is numbered, so that a reader who went away \
    can come back and go on at the next number.\n\n\
    1. The question is written down, together with the job.\n\
    2. A worker takes the job, borrows a key and asks the provider.\n\
    3. Each piece of the answer is appended to a log that any number of readers follow.\n\
    4. The end is written once, and nothing follows it.\n\n\
    Reload the page whenever you like: `Last-Event-ID` says where you were, and nothing is shown twice.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_tell_where_a_token_came_from() {
        let tokens = Tokens::Tagged { call: 3, count: Some(2) };
        let text = tokens.text(9);
        assert_eq!(text, "c3.0 c3.1 ");
        let tags = parse_tags(&text).unwrap();
        assert_eq!(tags[1], Tag { call: 3, position: 1 });
        assert_eq!(parse_tags("c3.0 hello "), None);
    }

    #[test]
    fn words_put_together_are_the_text() {
        let text = "a  b\n\n```rust\n    c\n```\n";
        assert_eq!(words(text).concat(), text);
        for question in ["", "hello", "something long"] {
            let tokens = demonstration(7, question);
            assert_eq!(demonstration(7, question), tokens, "the same again");
            assert!(tokens.len() > 90, "{question:?}: {}", tokens.len());
        }
        assert!(demonstration(7, "long").len() > 1000);
    }
}
