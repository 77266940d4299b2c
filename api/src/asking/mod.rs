//! From a request to an admitted generation. The two routes that ask for answers share it.

mod admission;
mod interrupt;
mod job;
mod options;

pub(crate) use admission::{PLACE_EXPIRY, ask, line_before};
pub(crate) use job::{HISTORY_MESSAGES, job_row};
pub(crate) use options::{Ask, AskOptions, Follows, OnBusy, Question, check_content};
