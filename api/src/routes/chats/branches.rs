//! The branches of a chat, numbered as they begin.

use std::collections::{HashMap, HashSet};

use domain::{chat::Message, id::MessageId};

/// Which branch of the chat each message stands in: the first message of all, and the first to follow another one,
/// goes on; each further one begins a branch of its own.
#[derive(Debug, Default)]
pub(super) struct Branches {
    /// Of the messages of all branches but the first.
    further: HashMap<MessageId, usize>,
    /// The messages that were followed by one.
    followed: HashSet<Option<MessageId>>,
    begun: usize,
}

impl Branches {
    /// The number of the branch of `message`, from 1; messages come one after the other.
    pub(super) fn of(&mut self, message: &Message) -> usize {
        let before = message.parent_id.and_then(|before| self.further.get(&before).copied());
        let branch = if self.followed.insert(message.parent_id) {
            before.unwrap_or(1)
        } else {
            self.begun += 1;
            self.begun + 1
        };
        if branch > 1 {
            self.further.insert(message.id, branch);
        }
        branch
    }
}

#[cfg(test)]
mod tests {
    use domain::id::UserId;
    use testkit::{clock::epoch, sample};

    use super::*;

    #[test]
    fn each_further_message_behind_another_begins_a_branch() {
        let chat = sample::chat(UserId::generate(epoch()), epoch());
        let mut messages: Vec<Message> = Vec::new();
        // Which one each follows, and the branch in which it stands.
        let cases = [
            (None, 1),
            (Some(0), 1),
            (Some(0), 2),
            (Some(2), 2),
            (Some(1), 1),
            (None, 3),
            (Some(5), 3),
            (Some(2), 4),
        ];
        let mut branches = Branches::default();
        for (number, (follows, branch)) in cases.into_iter().enumerate() {
            let mut message = sample::message(chat.id, "?", epoch());
            message.parent_id = follows.map(|follows: usize| messages[follows].id);
            assert_eq!(branches.of(&message), branch, "{number}");
            messages.push(message);
        }
    }
}
