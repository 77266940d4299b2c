//! Every stream is an open file: a process may have as many as whoever started it allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of open files to what is allowed. By itself it is often 1024, for the sake of programs that
/// count files with `select`.
pub fn allow_many() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Whoever may not have more goes on with what there is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
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
    }
}
