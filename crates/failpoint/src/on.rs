//! What happens at the places, read once from the environment.

use std::{
    collections::HashMap,
    env,
    process::{self, Command},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What a test wants to happen at one place.
#[derive(Debug, PartialEq, Eq)]
enum Action {
    Kill,
    Stall(Duration),
}

/// One place.
#[derive(Debug)]
struct Place {
    action: Action,
    /// At which passing, counted from 1.
    at: u64,
    passed: AtomicU64,
}

pub async fn pass(name: &str) {
    static PLACES: OnceLock<HashMap<String, Place>> = OnceLock::new();
    let places = PLACES.get_or_init(|| read(&env::var("FAILPOINTS").unwrap_or_default()));
    let Some(place) = places.get(name) else { return };
    if place.passed.fetch_add(1, Ordering::Relaxed) + 1 != place.at {
        return;
    }
    match place.action {
        Action::Kill => kill(name).await,
        Action::Stall(time) => {
            tracing::warn!(name, ?time, "stalls here, as a test wants it");
            tokio::time::sleep(time).await;
        }
    }
}

pub fn is_planted(name: &str) -> bool {
    static BUGS: OnceLock<Vec<String>> = OnceLock::new();
    let read =
        || env::var("PLANTED_BUGS").unwrap_or_default().split(',').map(str::to_owned).collect();
    BUGS.get_or_init(read).iter().any(|bug| bug == name)
}

/// Ends the process without a last word, as the kernel does.
async fn kill(name: &str) {
    tracing::warn!(name, "is killed here, as a test wants it");
    let killed = Command::new("kill").args(["-KILL", &process::id().to_string()]).status();
    if killed.is_err() {
        process::abort();
    }
    std::future::pending::<()>().await;
}

fn read(text: &str) -> HashMap<String, Place> {
    let entries = text.split(';').filter(|entry| !entry.is_empty());
    entries.map(|entry| place(entry).unwrap_or_else(|| panic!("FAILPOINTS: {entry:?}"))).collect()
}

fn place(entry: &str) -> Option<(String, Place)> {
    let (name, what) = entry.split_once('=')?;
    let (what, at) = match what.split_once('@') {
        Some((what, at)) => (what, at.parse().ok()?),
        None => (what, 1),
    };
    let action = match what.split_once(':') {
        None if what == "kill" => Action::Kill,
        Some(("stall", millis)) => Action::Stall(Duration::from_millis(millis.parse().ok()?)),
        _ => return None,
    };
    Some((name.to_owned(), Place { action, at, passed: AtomicU64::new(0) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let places = read("a.b=kill;c=stall:20@3");
        assert_eq!(places["a.b"].action, Action::Kill);
        assert_eq!(
            (&places["c"].action, places["c"].at),
            (&Action::Stall(Duration::from_millis(20)), 3)
        );
        for wrong in ["a", "a=explode", "a=stall", "a=kill@x"] {
            assert!(place(wrong).is_none(), "{wrong}");
        }
    }
}
