//! From a request to an admitted generation. The two routes that ask for answers share it.

mod admission;
mod interrupt;
mod job;
mod options;

pub(crate) use admission::ask;
pub(crate) use job::{HISTORY_MESSAGES, job_row};
pub(crate) use options::{Ask, AskOptions, OnBusy, check_content};
