//! What has to be done besides answering requests. Every chore can run in many processes at once, and
//! can be broken off anywhere.

pub(crate) mod crier;
mod patience;
pub(crate) mod postman;
pub(crate) mod pruner;
pub(crate) mod relay;
pub(crate) mod rescuer;
pub(crate) mod settler;
pub(crate) mod surveyor;
pub(crate) mod teller;
pub(crate) mod usher;

use patience::Patience;
pub(crate) use rescuer::{next_row, put_back};
