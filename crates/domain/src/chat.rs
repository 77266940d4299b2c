//! Chats and their messages.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ChatId, GenerationId, MessageId, UserId},
    time::Timestamp,
};

/// A conversation of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Which one.
    pub id: ChatId,
    /// Whose it is.
    pub owner: UserId,
    /// Empty until named by its owner or by its first message.
    pub title: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last message or name came.
    pub updated_at: Timestamp,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The rules of the conversation.
    System,
}

impl Speaker {
    /// The name used in JSON and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }

    /// The speaker called `name`, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::Assistant, Self::System].into_iter().find(|s| s.as_str() == name)
    }
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// The chat it stands in.
    pub chat_id: ChatId,
    /// Who speaks.
    pub role: Speaker,
    /// What is said.
    pub content: String,
    /// The message it follows; absent for one that begins the chat. Messages with one parent are
    /// siblings: a question in other words, or another answer to it.
    pub parent_id: Option<MessageId>,
    /// The generation that wrote it, for an answer.
    pub generation_id: Option<GenerationId>,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// The line of the conversation that ends with the last of `messages`, oldest first: each message and the
/// one it follows. Siblings are left out, and what is older than what `messages` hold.
#[must_use]
pub fn line(messages: Vec<Message>) -> Vec<Message> {
    let mut line: Vec<Message> = Vec::new();
    for message in messages.into_iter().rev() {
        let is_next = line.last().is_none_or(|after| after.parent_id == Some(message.id));
        if is_next {
            line.push(message);
        }
    }
    line.reverse();
    line
}

/// How far back a line is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// How many messages at most.
    pub messages: u32,
    /// So many bytes of text, and the message that goes beyond them.
    pub bytes: u64,
}

impl Reach {
    /// With which message goes on, before `line`, what is to be told, and how far it is from there; none if that
    /// is all.
    #[must_use]
    pub fn beyond(self, line: &[Message]) -> Option<(MessageId, Self)> {
        let next = line.first()?.parent_id?;
        let told = line.iter().map(|message| message.content.len() as u64).sum();
        let messages = self.messages.saturating_sub(u32::try_from(line.len()).unwrap_or(u32::MAX));
        let bytes = self.bytes.saturating_sub(told);
        (messages > 0 && bytes > 0).then_some((next, Self { messages, bytes }))
    }
}

/// The longest title in characters; longer ones are cut by [`title_from`].
pub const MAX_TITLE_CHARS: usize = 200;

/// A chat's name made from its first message: the first line, cut at a word near 60 characters.
#[must_use]
pub fn title_from(message: &str) -> String {
    const WISHED_CHARS: usize = 60;
    let line = message.trim().lines().next().unwrap_or_default().trim();
    if line.chars().count() <= WISHED_CHARS {
        return line.to_owned();
    }
    let cut: String = line.chars().take(WISHED_CHARS).collect();
    let at_word = cut.rsplit_once(char::is_whitespace).map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", at_word.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages of three bytes, each with the place of the one it follows.
    fn messages(ids: &[MessageId], parents: &[Option<usize>]) -> Vec<Message> {
        let at = chrono::DateTime::UNIX_EPOCH;
        let chat_id = ChatId::generate(at);
        let message = |(index, parent): (usize, &Option<usize>)| Message {
            id: ids[index],
            chat_id,
            role: Speaker::User,
            content: "abc".to_owned(),
            parent_id: parent.map(|parent| ids[parent]),
            generation_id: None,
            created_at: at,
        };
        parents.iter().enumerate().map(message).collect()
    }

    fn ids() -> Vec<MessageId> {
        (0..7).map(|_| MessageId::generate(chrono::DateTime::UNIX_EPOCH)).collect()
    }

    #[test]
    fn a_line_goes_on_before_what_is_at_hand() {
        let ids = ids();
        let whole = messages(&ids, &[None, Some(0)]);
        let cut = messages(&ids, &[Some(5), Some(0)]);
        let reach = |messages, bytes| Reach { messages, bytes };
        for (given, line, beyond) in [
            (reach(9, 99), &whole[..], None),
            (reach(9, 99), &[], None),
            (reach(9, 99), &cut, Some((ids[5], reach(7, 93)))),
            (reach(3, 7), &cut, Some((ids[5], reach(1, 1)))),
            (reach(2, 99), &cut, None),
            (reach(1, 99), &cut, None),
            (reach(9, 6), &cut, None),
            (reach(9, 5), &cut, None),
        ] {
            assert_eq!(given.beyond(line), beyond, "{given:?}");
        }
    }

    #[test]
    fn a_line_leaves_siblings_out() {
        let ids = ids();
        let line_of = |parents: &[Option<usize>]| {
            let place = |message: Message| ids.iter().position(|id| *id == message.id).unwrap();
            line(messages(&ids, parents)).into_iter().map(place).collect::<Vec<_>>()
        };
        assert_eq!(line_of(&[None, Some(0), Some(1)]), [0, 1, 2]);
        // Two answers to one question, and the talk goes on from the first.
        assert_eq!(line_of(&[None, Some(0), Some(0), Some(1)]), [0, 1, 3]);
        // The first question in other words.
        assert_eq!(line_of(&[None, Some(0), None, Some(2)]), [2, 3]);
        assert_eq!(line_of(&[]), Vec::<usize>::new());
    }

    #[test]
    fn a_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(title_from("  Hello there\nsecond line"), "Hello there");
        assert_eq!(title_from(""), "");
        let long = "word ".repeat(30);
        let title = title_from(&long);
        assert!(title.ends_with("word…"), "{title}");
        assert!(title.chars().count() <= 61);
        assert_eq!(title_from(&"ä".repeat(80)).chars().count(), 61);
    }
}
