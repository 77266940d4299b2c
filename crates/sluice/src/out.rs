//! What is printed, and what happens when nobody reads on.

use std::{
    borrow::Cow,
    fmt::Display,
    io::{ErrorKind, IsTerminal, Write},
};

/// Nobody reads on: whoever asked has seen enough.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads on")]
pub struct Closed;

/// Prints `text` on standard output; to a terminal nothing that would command it.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let text = text.to_string();
    let text = if out.is_terminal() { harmless(&text) } else { text.into() };
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        printed => Ok(printed?),
    }
}

/// Tells whoever watches; no part of the answer.
pub fn tell(text: impl Display) {
    // With standard error closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{}", harmless(&text.to_string()));
}

/// `text` without what would command a terminal that shows it: what a model or a user has written could set the
/// terminal's title or clipboard, or write over what stands above.
fn harmless(text: &str) -> Cow<'_, str> {
    let commands = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(commands) { text.replace(commands, "\u{fffd}").into() } else { text.into() }
}

/// `text` on one line: what stands in the cell of a table.
pub fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Asks whoever watches for something, on the line where it is typed.
pub fn ask(text: impl Display) {
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security case 113.
    #[test]
    fn nothing_that_is_shown_commands_a_terminal() {
        for (written, shown) in [
            ("two\nlines\tand ümlaut", "two\nlines\tand ümlaut"),
            ("\u{1b}]52;c;cGF5bG9hZA==\u{7}", "\u{fffd}]52;c;cGF5bG9hZA==\u{fffd}"),
            ("over\rwritten\u{8}", "over\u{fffd}written\u{fffd}"),
            ("\u{9b}2J\u{7f}", "\u{fffd}2J\u{fffd}"),
        ] {
            assert_eq!(harmless(written), shown, "{written:?}");
        }
        assert_eq!(on_one_line("a\nb\tc"), "a\u{fffd}b\u{fffd}c");
    }
}
