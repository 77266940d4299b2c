//! What a process uses of the machine, as the kernel counts it.

use std::{fs, time::Duration};

use anyhow::Context;

/// One tick of the kernel's processor accounting: `USER_HZ`, 100 on every Linux there is.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of the process `pid` so far, with that of children that have ended.
pub fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is a name in parentheses, which may hold spaces; utime and stime are the
    // 14th and 15th, so the 12th and 13th behind it.
    let (_, fields) = stat.rsplit_once(')').context("no process state")?;
    let ticks: u32 = fields.split_whitespace().skip(11).take(2).flat_map(str::parse::<u32>).sum();
    Ok(TICK * ticks)
}

/// Resident memory of the process `pid`, in KiB.
pub fn memory_kib(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
    Ok(kib.parse()?)
}
