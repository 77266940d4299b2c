//! From a request to an admitted generation. The two routes that ask for answers share it.

mod admission;
mod fingerprint;
mod interrupt;
mod job;
pub(crate) mod limits;
mod line;
mod longest;
mod model;
mod options;
mod place;

pub(crate) use admission::ask;
pub(crate) use job::{history_of, job_row};
pub(crate) use line::{before, said_at};
pub(crate) use longest::longest;
pub(crate) use model::{as_before, unnamed};
pub(crate) use options::{Ask, AskOptions, Follows, OnBusy, Question, check_content};
pub(crate) use place::PLACE_EXPIRY;
