//! Processes as the system lists them, for what outlived who started it.

use std::{fs, process::Stdio, time::Duration};

use anyhow::ensure;
use tokio::time::{Instant, sleep};

/// How long a killed process may take to be gone: one that waits for a disk does not end before.
const PATIENCE: Duration = Duration::from_secs(10);

/// How soon it is looked again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: u32,
    pub(crate) parent: u32,
    pub(crate) group: u32,
}

impl Listed {
    /// Its command line, words apart by spaces; what it calls itself if it has said so.
    pub(crate) fn command(&self) -> String {
        command(self.id)
    }

    /// The command line of who started it, or of who has taken it over.
    pub(crate) fn command_of_parent(&self) -> String {
        command(self.parent)
    }
}

fn command(id: u32) -> String {
    let said = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&said).replace('\0', " ").trim().to_owned()
}

/// All that run. One that has ended and was not waited for does not.
pub(crate) fn all() -> Vec<Listed> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(read).collect()
}

/// Those of a process group.
pub(crate) fn of_group(group: u32) -> Vec<Listed> {
    all().into_iter().filter(|process| process.group == group).collect()
}

fn read(id: u32) -> Option<Listed> {
    listed(id, &fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}

/// What the system says of one process, read (`proc_pid_stat(5)`); none if it has ended.
fn listed(id: u32, stat: &str) -> Option<Listed> {
    // The name before is in brackets, and may hold some itself.
    let (_, said) = stat.rsplit_once(") ")?;
    let mut fields = said.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    (!["Z", "X"].contains(&state)).then_some(Listed { id, parent, group })
}

/// Sends a signal, by its name, to all of a process group; nothing happens if nobody is in it.
pub(crate) fn send_to_group(group: u32, signal: &str) -> anyhow::Result<()> {
    let is_sent = send(signal, &[format!("-{group}")])?;
    ensure!(is_sent || of_group(group).is_empty(), "cannot send {signal} to the group {group}");
    Ok(())
}

/// Answers whether it was taken by all of `to`.
fn send(signal: &str, to: &[String]) -> anyhow::Result<bool> {
    let mut kill = std::process::Command::new("kill");
    let status = kill.args(["-s", signal, "--"]).args(to).stderr(Stdio::null()).status()?;
    Ok(status.success())
}

/// Kills a process group, and `others`. Whether all end is seen by who waits: one may have done so before.
pub(crate) fn kill(group: Option<u32>, others: &[Listed]) -> anyhow::Result<()> {
    let group = group.map(|group| format!("-{group}"));
    let to: Vec<_> = group.into_iter().chain(others.iter().map(|one| one.id.to_string())).collect();
    if !to.is_empty() {
        send("KILL", &to)?;
    }
    Ok(())
}

/// Kills what `find` finds until it finds nothing any more; fails when that takes too long.
pub(crate) async fn end(find: impl Fn() -> Vec<Listed>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = find();
        let Some(first) = left.first() else { return Ok(()) };
        let (count, command) = (left.len(), first.command());
        ensure!(Instant::now() < deadline, "{count} killed processes do not end: {command}");
        kill(None, &left)?;
        sleep(LOOK_AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_it_is_called() {
        let read = |stat: &str| listed(7, stat);
        let expected = Some(Listed { id: 7, parent: 3, group: 5 });
        assert_eq!(read("7 (nginx) S 3 5 5 0 -1"), expected);
        assert_eq!(read("7 (a) Z 9 9) R 3 5 5 0 -1"), expected);
        assert_eq!(read("7 (nginx) Z 3 5 5 0 -1"), None, "it has ended");
        assert_eq!(read(""), None);
    }

    #[test]
    fn we_are_listed() {
        let own = all().into_iter().find(|process| process.id == std::process::id()).unwrap();
        assert!(own.command().contains("cluster"), "{}", own.command());
    }
}
