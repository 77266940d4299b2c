//! How a command that failed tells so: one message on standard error, and an exit code.

use std::{io::Write, process::ExitCode};

use crate::config::ConfigErrors;

/// A wrong command line or configuration.
const USAGE: u8 = 2;

/// What was asked for makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// What was asked for is not there.
const NOT_FOUND: u8 = 3;

/// Not signed in, or not allowed.
const DENIED: u8 = 4;

/// What was asked does not answer.
const UNAVAILABLE: u8 = 6;

/// What was asked for is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotFound(pub String);

/// Not signed in, or not allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Denied(pub String);

/// What was asked does not answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

/// The exit code of `done`, after its error was told in the name of `program`.
#[must_use]
pub fn exit(program: &str, done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    // With standard error closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{program}: {}", told(&error));
    if error.is::<ConfigErrors>() || error.is::<Usage>() {
        USAGE.into()
    } else if error.is::<NotFound>() {
        NOT_FOUND.into()
    } else if error.is::<Denied>() {
        DENIED.into()
    } else if error.is::<Unavailable>() {
        UNAVAILABLE.into()
    } else {
        ExitCode::FAILURE
    }
}

/// The error and its causes, each once: some messages already hold that of their cause.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| {
        match (told.is_empty(), told.contains(&cause)) {
            (true, _) => cause,
            (false, true) => told,
            (false, false) => format!("{told}: {cause}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn every_cause_is_told_once() {
        let cause = std::io::Error::other("disk on fire");
        let error = Err::<(), _>(cause).context("cannot write: disk on fire").context("store");
        assert_eq!(told(&error.unwrap_err()), "store: cannot write: disk on fire");
    }
}
