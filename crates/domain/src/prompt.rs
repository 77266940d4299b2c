//! What of a chat is sent along with a question.

use crate::{
    chat::{Message, Speaker},
    job::Turn,
    usage::estimate_tokens,
};

/// The newest messages of `history` (oldest first) that fit into `max_tokens` beside the rules put before
/// them, as turns.
///
/// The newest message, the question, is always in, however long. The oldest turn kept is never an
/// answer without its question, since some providers refuse such a prompt.
#[must_use]
pub fn assemble(system: Option<&str>, history: &[Message], max_tokens: u64) -> Vec<Turn> {
    let mut left = max_tokens.saturating_sub(system.map_or(0, estimate_tokens));
    let mut first = history.len();
    for (index, message) in history.iter().enumerate().rev() {
        let cost = estimate_tokens(&message.content);
        let is_question = index + 1 == history.len();
        if cost > left && !is_question {
            break;
        }
        left = left.saturating_sub(cost);
        first = index;
    }
    let kept = history[first..].iter();
    kept.skip_while(|message| message.role == Speaker::Assistant).map(turn).collect()
}

fn turn(message: &Message) -> Turn {
    Turn { role: message.role, content: message.content.clone() }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::id::{ChatId, MessageId};

    fn history(contents: &[&str]) -> Vec<Message> {
        let at = Utc.timestamp_opt(1, 0).unwrap();
        let chat_id = ChatId::generate(at);
        let roles = [Speaker::User, Speaker::Assistant].into_iter().cycle();
        let message = |(role, content): (Speaker, &&str)| Message {
            id: MessageId::generate(at),
            chat_id,
            role,
            content: (*content).to_owned(),
            parent_id: None,
            generation_id: None,
            created_at: at,
        };
        roles.zip(contents).map(message).collect()
    }

    fn kept(contents: &[&str], max_tokens: u64) -> Vec<String> {
        kept_beside(None, contents, max_tokens)
    }

    fn kept_beside(system: Option<&str>, contents: &[&str], max_tokens: u64) -> Vec<String> {
        let turns = assemble(system, &history(contents), max_tokens);
        turns.into_iter().map(|turn| turn.content).collect()
    }

    #[test]
    fn the_oldest_turns_go_first() {
        let chat = ["aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee"];
        assert_eq!(kept(&chat, 100), chat);
        assert_eq!(kept(&chat, 6), ["cccccccc", "dddddddd", "eeeeeeee"]);
        assert_eq!(kept(&chat, 5), ["eeeeeeee"], "an answer is not kept without its question");
    }

    #[test]
    fn rules_take_room_from_the_oldest_turns() {
        let chat = ["aaaaaaaa", "bbbbbbbb", "cccccccc"];
        let (two, four, many) = ("r".repeat(8), "r".repeat(16), "r".repeat(64 * 1024));
        for (system, max_tokens, expected) in [
            (None, 6, &chat[..]),
            (Some(""), 6, &chat[..]),
            (Some(two.as_str()), 8, &chat[..]),
            (Some(two.as_str()), 7, &chat[2..]),
            (Some(four.as_str()), 10, &chat[..]),
            (Some(four.as_str()), 6, &chat[2..]),
            (Some(many.as_str()), 6, &chat[2..]),
        ] {
            assert_eq!(kept_beside(system, &chat, max_tokens), expected, "{max_tokens}");
        }
    }

    #[test]
    fn the_question_is_always_sent() {
        assert_eq!(kept(&["old", "answer", "a very long question"], 1), ["a very long question"]);
        assert_eq!(kept(&[], 1), Vec::<String>::new());
    }
}
