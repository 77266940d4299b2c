//! Every stream is an open file: a process may have as many as whoever started it allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of open files to what is allowed. By itself it is often 1024, for the sake of programs that
/// count files with `select`.
pub fn allow_many() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Whoever may not have more goes on with what there is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// How many files may be open where nobody sets a limit.
const UNLIMITED: u64 = 1_000_000;

/// How many streams a process serves where nobody says: three quarters of the files it may open. The rest is for whoever
/// asks for something else, and for what is behind us.
#[must_use]
pub fn for_streams() -> u32 {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED).min(UNLIMITED);
    u32::try_from(files / 4 * 3).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_are_allowed() {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let less = Some(maximum.map_or(4096, |maximum| maximum - 1));
        setrlimit(Resource::Nofile, Rlimit { current: less, maximum }).unwrap();
        allow_many();
        assert_eq!(getrlimit(Resource::Nofile).current, maximum);
        let streams = u64::from(for_streams());
        assert!(streams > 0 && streams < maximum.unwrap_or(UNLIMITED), "{streams}");
    }
}
