//! Named places at which a test breaks a process, and bugs that a test plants to see them caught.
//!
//! Only with the feature `on`, which no product binary has: `e2e` asks for it, so that the binaries
//! built together with the tests have it and those of `cargo build` do not.
//!
//! ```text
//! FAILPOINTS="api.after_commit=kill;relay.before_publish=stall:2000@3"   PLANTED_BUGS="unfenced"
//! ```
//!
//! A place is followed by what happens there, `kill` (as by SIGKILL) or `stall:<milliseconds>`, and by
//! `@n` if only at the n-th passing; `stall` happens once. A test that runs in the process itself holds its
//! own tasks there with a `Hold`.

#[cfg(feature = "on")]
mod hold;
#[cfg(feature = "on")]
mod on;

#[cfg(feature = "on")]
pub use self::hold::Hold;

/// Passes the place called `name`.
#[cfg(feature = "on")]
pub async fn pass(name: &'static str) {
    on::pass(name).await;
    hold::pass(name).await;
}

/// Passes the place called `name`.
#[cfg(not(feature = "on"))]
#[expect(clippy::unused_async, reason = "has the signature of the one that does something")]
#[inline]
pub async fn pass(_name: &'static str) {}

/// Whether a test planted the bug called `name`.
#[must_use]
#[inline]
pub fn is_planted(name: &'static str) -> bool {
    #[cfg(feature = "on")]
    return on::is_planted(name);
    #[cfg(not(feature = "on"))]
    {
        let _ = name;
        false
    }
}
