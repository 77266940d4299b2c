//! Invariant 11: what operators are to look at is just what was given up.

use std::collections::BTreeSet;

use super::{Evidence, must, store::GenerationRow};

/// The end of the words on a generation that used up its retries.
const EXHAUSTED: &str = "All retries are used.";

/// Whether the job of a generation is a dead letter: it has to be one, may be one, or must not.
#[derive(PartialEq, Eq)]
enum Letter {
    Is,
    May,
    IsNot,
}

impl Letter {
    fn of(row: &GenerationRow) -> Self {
        match row.error.as_ref().map(|(code, words)| (code.as_str(), words.as_str())) {
            Some(("poison_job", _)) => Self::Is,
            Some((_, words)) if words.ends_with(EXHAUSTED) => Self::Is,
            // The worker that gives it up has the job; the control plane, that gives up what nobody has, does not.
            Some(("worker_lost", _)) => Self::May,
            _ => Self::IsNot,
        }
    }
}

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let rows = &evidence.store.generations;
    let ids = |wanted: Letter| {
        let of_it = rows.iter().filter(move |row| Letter::of(row) == wanted);
        of_it.map(|row| row.id.as_str()).collect::<BTreeSet<_>>()
    };
    let (given_up, maybe) = (ids(Letter::Is), ids(Letter::May));
    let letters = &evidence.servers.broker.letters;
    let known = |id: &&str| rows.iter().any(|row| row.id == *id);
    let told: BTreeSet<&str> = letters.iter().flatten().map(String::as_str).filter(known).collect();
    for id in given_up.difference(&told) {
        found.push(format!("invariant 11: {id} was given up, and is no dead letter"));
    }
    for id in told.iter().filter(|id| !given_up.contains(*id) && !maybe.contains(*id)) {
        found.push(format!("invariant 11: {id} is a dead letter, and was not given up"));
    }
    let unknown = |id: &&Option<String>| id.as_deref().is_none_or(|id| !known(&id));
    let (others, wanted) = (letters.iter().filter(unknown).count(), evidence.case.nonsense);
    must(found, 11, others == wanted, || {
        format!("{others} dead letters are of no generation, not {wanted}")
    });
    let of_books =
        evidence.servers.broker.queues.iter().find(|(name, _)| name == "accounting.dead");
    let of_books = of_books.map_or(0, |(_, waiting)| *waiting);
    must(found, 11, of_books == 0, || format!("{of_books} entries of the books are dead letters"));
}
