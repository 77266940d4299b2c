//! What is printed, and what happens when nobody reads on.

use std::{
    fmt::Display,
    io::{ErrorKind, Write},
};

/// Nobody reads on: whoever asked has seen enough.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads on")]
pub struct Closed;

/// Prints `text` on standard output.
pub fn print(text: impl Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        printed => Ok(printed?),
    }
}

/// Tells whoever watches; no part of the answer.
pub fn tell(text: impl Display) {
    // With standard error closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Asks whoever watches for something, on the line where it is typed.
pub fn ask(text: impl Display) {
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}
