//! No process leaves its memory behind when it dies: a core would hold keys, passwords and what users said.

use rustix::{
    io,
    process::{Resource, Rlimit, getrlimit, setrlimit},
};

/// Too little for a core in a file, and what Linux takes for a wish that no program is handed one either;
/// with 0 it would still hand one to `systemd-coredump` and the like (`do_coredump` in `fs/coredump.c`).
const NONE: u64 = 1;

/// Sees to it that this process leaves no core, nor any that it starts, whatever the limits were. Whoever
/// allowed less has that.
pub fn leave_none() -> io::Result<()> {
    let least = getrlimit(Resource::Core).maximum.map_or(NONE, |maximum| maximum.min(NONE));
    setrlimit(Resource::Core, Rlimit { current: Some(least), maximum: Some(least) })
}
