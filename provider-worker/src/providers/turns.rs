//! What of a chat goes over the wire.
//!
//! An answer may be empty, since its provider blocked it or had nothing to say, and stays in its chat. Most
//! providers refuse a prompt with a turn in it that says nothing, so such turns are left out. Some refuse two turns
//! of one speaker after each other, so neighbours become one.

use std::borrow::Cow;

use domain::{chat::Speaker, job::Turn};

/// What one speaker says, until another one does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken<'a> {
    pub(super) role: Speaker,
    pub(super) text: Cow<'a, str>,
}

/// Whether `text` says anything.
pub(super) fn says_something(text: &&str) -> bool {
    !text.trim().is_empty()
}

/// `turns` without those that say nothing. Rules stay apart from each other.
pub(super) fn spoken<'a>(turns: impl IntoIterator<Item = &'a Turn>) -> Vec<Spoken<'a>> {
    let mut all: Vec<Spoken<'a>> = Vec::new();
    for turn in turns.into_iter().filter(|turn| says_something(&&*turn.content)) {
        match all.last_mut() {
            Some(last) if last.role == turn.role && turn.role != Speaker::System => {
                let text = last.text.to_mut();
                text.push_str("\n\n");
                text.push_str(&turn.content);
            }
            _ => all.push(Spoken { role: turn.role, text: Cow::Borrowed(&turn.content) }),
        }
    }
    all
}

/// The rules of a chat, `system` before those among `turns`, without those that say nothing.
pub(super) fn rules<'a>(system: Option<&'a str>, turns: &'a [Turn]) -> Vec<&'a str> {
    let said = turns.iter().filter(|turn| turn.role == Speaker::System);
    let all = system.into_iter().chain(said.map(|turn| &*turn.content));
    all.filter(says_something).collect()
}

/// Has the user say `rules` before all of `said`.
pub(super) fn say_first(said: &mut Vec<Spoken<'_>>, rules: &[&str]) {
    if rules.is_empty() {
        return;
    }
    let mut text = rules.join("\n\n");
    match said.first_mut() {
        Some(first) if first.role == Speaker::User => {
            text.push_str("\n\n");
            text.push_str(&first.text);
            first.text = Cow::Owned(text);
        }
        _ => said.insert(0, Spoken { role: Speaker::User, text: Cow::Owned(text) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(of: &[(Speaker, &str)]) -> Vec<Turn> {
        of.iter().map(|(role, text)| Turn { role: *role, content: (*text).to_owned() }).collect()
    }

    #[test]
    fn turns_that_say_nothing_are_left_out_and_neighbours_become_one() {
        use Speaker::{Assistant, System, User};
        for (given, expected) in [
            (&[][..], &[][..]),
            (
                &[(User, "a"), (Assistant, "b"), (User, "c")],
                &[(User, "a"), (Assistant, "b"), (User, "c")],
            ),
            (&[(User, "a"), (Assistant, ""), (User, "c")], &[(User, "a\n\nc")]),
            (&[(User, "a"), (Assistant, " \n\t"), (User, "c")], &[(User, "a\n\nc")]),
            (
                &[(User, "a"), (Assistant, ""), (User, ""), (Assistant, ""), (User, " c ")],
                &[(User, "a\n\n c ")],
            ),
            (
                &[(System, "x"), (System, " "), (System, "y"), (User, "a")],
                &[(System, "x"), (System, "y"), (User, "a")],
            ),
            (&[(User, " ")], &[]),
        ] {
            let given = turns(given);
            let found = spoken(&given);
            let found: Vec<_> = found.iter().map(|said| (said.role, &*said.text)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn rules_that_have_no_place_are_said_first() {
        use Speaker::{Assistant, User};
        for (given, rules, expected) in [
            (&[(User, "a")][..], &[][..], &[(User, "a")][..]),
            (
                &[(User, "a"), (Assistant, "b")],
                &["x", "y"],
                &[(User, "x\n\ny\n\na"), (Assistant, "b")],
            ),
            (
                &[(Assistant, "b"), (User, "a")],
                &["x"],
                &[(User, "x"), (Assistant, "b"), (User, "a")],
            ),
            (&[], &["x"], &[(User, "x")]),
        ] {
            let given = turns(given);
            let mut said = spoken(&given);
            say_first(&mut said, rules);
            let said: Vec<_> = said.iter().map(|said| (said.role, &*said.text)).collect();
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn rules_that_say_nothing_are_left_out() {
        let turns = turns(&[(Speaker::System, " "), (Speaker::User, "a"), (Speaker::System, "x")]);
        assert_eq!(rules(Some("\n"), &turns), ["x"]);
        assert_eq!(rules(Some("y"), &turns), ["y", "x"]);
        assert!(rules(None, &turns[..2]).is_empty());
    }
}
