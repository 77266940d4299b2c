//! What `sluice serve` does when it is told to end, and when its terminal does.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::{Running, stderr};

/// How `child` ends, which it is to do soon.
pub fn ended(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > Duration::from_mins(1) {
            child.kill().unwrap();
            panic!("it goes on");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

#[test]
fn a_signal_while_it_starts_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["TERM", "INT"] {
        // A store that takes connections and says nothing.
        let store = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("postgres://u:secret@{}/s", store.local_addr().unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .args(["serve", "--port", "0"])
            .current_dir(folder.path())
            .env_clear()
            .env("DATABASE_URL", url)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let waiting = store.accept().unwrap();
        send(signal, &child);
        ended(&mut child);
        let ended = child.wait_with_output().unwrap();
        // Nobody to talk to is an error, of which nothing is known before it is told to end.
        assert!(ended.status.success(), "{signal}: {:?} {}", ended.status, stderr(&ended));
        drop(waiting);
    }
}

/// A terminal: this end of it, and the other.
pub fn terminal() -> (File, File) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let far = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    (near.into(), far.into())
}

/// A `sluice` in `folder` that was started from a terminal, after `before`; and this end of that.
fn at_terminal(folder: &Path, before: &str) -> (Running, File) {
    let (near, far) = terminal();
    let line = format!("{before} exec {} serve --port 0", env!("CARGO_BIN_EXE_sluice"));
    let child = Command::new("setsid")
        // Whoever runs these tests may be meant to outlive a terminal as well.
        .args(["--ctty", "env", "--default-signal=HUP", "sh", "-c", &line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdin(far.try_clone().unwrap())
        .stdout(far.try_clone().unwrap())
        .stderr(far)
        .spawn()
        .unwrap();
    let running = Running(child, folder.join("data"));
    let lines = BufReader::new(near.try_clone().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line.contains("Sign in")), "it starts");
    (running, near)
}

#[test]
fn the_end_of_the_terminal_is_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, near) = at_terminal(folder.path(), "");
    drop(near);
    assert_eq!(ended(&mut running.0).code(), Some(0), "it ended by itself");
    // Nothing is left that would be in the way of the next one.
    Running::start(folder.path()).ok(&["health"]);
}

#[test]
fn who_is_to_outlive_the_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let (mut running, near) = at_terminal(folder.path(), "trap '' HUP;");
    drop(near);
    running.ok(&["health"]);
    send("TERM", &running.0);
    assert_eq!(ended(&mut running.0).code(), Some(0));
}

#[test]
fn without_a_terminal_it_reads_its_settings_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start(folder.path());
    send("HUP", &running.0);
    running.ok(&["health"]);
    send("TERM", &running.0);
    assert_eq!(ended(&mut running.0).code(), Some(0));
}
