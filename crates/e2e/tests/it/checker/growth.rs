//! Invariant 17: when all is done nobody holds on to what it took for it.
//!
//! Not to the byte: what was used once is kept for the next time (connections, pages of memory, statements).
//! A leak shows all the same, for a run asks often enough.

use super::{Evidence, must};

/// So many KiB more than at the beginning are nothing: 50,000 were seen, most of them after passwords had been hashed.
const MEMORY: u64 = 128 * 1024;

/// Nor are so many open files: 16 were seen.
const FILES: usize = 64;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for growth in &evidence.servers.growth {
        let (ready, now) = (growth.ready, growth.now);
        must(found, 17, now.memory <= ready.memory + MEMORY, || {
            format!("{} keeps memory: {growth:?}", growth.process)
        });
        must(found, 17, now.files <= ready.files + FILES, || {
            format!("{} keeps files open: {growth:?}", growth.process)
        });
    }
}
