//! Messages that could not be done.

mod choice;
mod drop;
mod list;
mod page;
mod replay;
mod show;

pub(crate) use self::{
    drop::{__path_drop, drop},
    list::{__path_list, list},
    replay::{__path_replay, replay},
    show::{__path_show, show},
};
