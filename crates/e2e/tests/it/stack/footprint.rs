//! How much a process takes of its machine.

use std::fs;

/// What one process takes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Footprint {
    /// Memory that is its own or shared and in use, in KiB (`VmRSS` of `proc_pid_status(5)`).
    pub memory: u64,
    /// Open files and connections.
    pub files: usize,
}

impl Footprint {
    /// That of the process `id`; none if it is over.
    pub fn of(id: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let memory = memory.split_whitespace().next()?.parse().ok()?;
        let files = fs::read_dir(format!("/proc/{id}/fd")).ok()?.count();
        Some(Self { memory, files })
    }
}

/// What a process took when it was ready, and what it takes now.
#[derive(Debug, Clone)]
pub struct Growth {
    /// What the test calls the process.
    pub process: String,
    /// When it was ready.
    pub ready: Footprint,
    /// Now.
    pub now: Footprint,
}
