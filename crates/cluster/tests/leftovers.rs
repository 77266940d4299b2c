//! Whatever way a server or its supervisor ends, nothing of it goes on.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use cluster::servers::{Durability, Nginx, Postgres, RabbitMq, Server, free_port};

/// What the system tells of a process behind its name (`proc_pid_stat(5)`): state, parent, group, …
fn fields(id: u32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let (_, fields) = stat.rsplit_once(") ").unwrap_or_default();
    fields.split(' ').map(str::to_owned).collect()
}

/// Whether a process is there. One that has ended and was not waited for is listed, and is not there.
fn runs(id: u32) -> bool {
    let fields = fields(id);
    !["", "Z"].contains(&fields[0].as_str())
}

/// Those that a process has started and that are there.
fn children(id: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap();
    let ids = all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    ids.filter(|child| fields(*child).get(1) == Some(&id.to_string()) && runs(*child)).collect()
}

fn send(signal: &str, id: u32) {
    assert!(Command::new("kill").args(["-s", signal, &id.to_string()]).status().unwrap().success());
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "not so after 20 s: {what}");
}

/// An nginx in `folder`, on a port of its own; its id and those of its workers.
async fn nginx(folder: &Path) -> (Nginx, u32, Vec<u32>) {
    let nobody = ["http://127.0.0.1:1".to_owned()];
    let port = free_port().unwrap();
    let mut nginx = Nginx::start_at(folder, port, &nobody, "").await.unwrap();
    let id = nginx.process().id().unwrap();
    until("there are workers", || !children(id).is_empty()).await;
    (nginx, id, children(id))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workers_of_a_killed_nginx_end_before_another_begins() {
    let folder = tempfile::tempdir().unwrap();
    let (mut nginx, id, workers) = nginx(folder.path()).await;
    send("KILL", id);
    until("it is seen to be over", || !runs(id)).await;
    assert!(workers.iter().all(|worker| runs(*worker)), "they do not notice by themselves");
    nginx.restart().await.unwrap();
    assert!(!workers.iter().any(|worker| runs(*worker)), "they would still take connections");
    assert!(reqwest::get(nginx.url()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workers_of_a_killed_nginx_end_when_it_is_dropped_or_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for is_stopped in [true, false] {
        let (mut nginx, id, workers) = nginx(folder.path()).await;
        send("KILL", id);
        until("it is over", || !runs(id)).await;
        if is_stopped {
            nginx.stop().await.unwrap();
        }
        drop(nginx);
        until("the workers end", || !workers.iter().any(|worker| runs(*worker))).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_supervisor_left_ends_at_the_next_start() {
    let (folder, another) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (left, id, workers) = nginx(folder.path()).await;
    let (_other, _, others) = nginx(another.path()).await;
    // As when the supervisor is killed: nobody cleans up, and the first process goes with it.
    std::mem::forget(left);
    send("KILL", id);
    until("it is over", || !runs(id)).await;
    assert!(workers.iter().all(|worker| runs(*worker)));
    let (_nginx, _, again) = nginx(folder.path()).await;
    assert!(!workers.iter().any(|worker| runs(*worker)));
    assert!(others.iter().chain(&again).all(|worker| runs(*worker)), "others go on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_was_killed_at_work_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut postgres = Postgres::start(folder.path(), Durability::Volatile).await.unwrap();
    let url = postgres.url();
    let psql = |statement: &str| {
        let mut psql = Command::new("psql");
        psql.args([&url, "-XAtqc", statement]).stdout(Stdio::piped()).stderr(Stdio::null());
        psql
    };
    // It looks at nothing while it works, and so does not notice what happens beside it.
    let mut busy = psql("do $$ begin loop end loop; end $$").spawn().unwrap();
    let active = "select pid from pg_stat_activity where query like 'do %' and state = 'active'";
    let worker = || {
        let said = psql(active).output().unwrap().stdout;
        String::from_utf8(said).unwrap().trim().parse::<u32>().ok()
    };
    until("it works", || worker().is_some()).await;
    let (id, worker) = (postgres.process().id().unwrap(), worker().unwrap());
    send("KILL", id);
    until("it is over", || !runs(id)).await;
    assert!(runs(worker), "it goes on by itself");
    postgres.restart().await.unwrap();
    assert!(!runs(worker));
    assert!(!busy.wait().unwrap().success());
    assert_eq!(psql("select 1").output().unwrap().stdout, b"1\n");
}

/// A command that runs beside servers that are somebody else's, started through `sh` with `before`.
fn beside_servers(before: &str) -> std::process::Child {
    let cluster = env!("CARGO_BIN_EXE_cluster");
    let names = ["DATABASE", "RABBITMQ", "REDIS", "REDIS_CLUSTER"];
    let mut shell = Command::new("env");
    // Whoever runs these tests may be meant to outlive a terminal as well.
    shell.args(["--default-signal=HUP", "sh"]);
    shell.envs(names.map(|name| (format!("TEST_{name}_URL"), "somewhere")));
    let line = format!("{before} exec {cluster} servers -- sleep 1000");
    shell.args(["-c", &line]).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_terminal_is_the_end_of_all() {
    let mut cluster = beside_servers("");
    let id = cluster.id();
    until("it has started its command", || !children(id).is_empty()).await;
    let command = children(id)[0];
    until("it listens for signals", || signals("SigCgt", id) & HUP != 0).await;
    send("HUP", id);
    let status = cluster.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(128 + 9), None), "it ended by itself");
    assert!(!runs(command));
}

// As bits of a set of signals.
const HUP: u64 = 1;
const TERM: u64 = 1 << 14;

/// Which signals a process `SigIgn`ores, or `SigCgt`: catches (`proc_pid_status(5)`).
fn signals(set: &str, id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let said = status.lines().find_map(|line| line.strip_prefix(set)?.strip_prefix(':'));
    u64::from_str_radix(said.unwrap().trim(), 16).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_to_outlive_the_terminal_does() {
    for (before, set) in [("trap '' HUP;", "SigIgn"), ("", "SigCgt")] {
        let mut cluster = beside_servers(before);
        let id = cluster.id();
        until("it listens for signals", || signals("SigCgt", id) & TERM != 0).await;
        assert_ne!(signals(set, id) & HUP, 0, "{set}");
        send("TERM", id);
        assert_eq!(cluster.wait().unwrap().code(), Some(128 + 9));
    }
}

/// The port of the name server that this process has started for a broker, and its id.
fn names() -> Option<(u32, u16)> {
    let command = |id: &u32| fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let port =
        |said: &str| said.split('\0').skip_while(|word| *word != "-port").nth(1)?.parse().ok();
    let epmd = children(std::process::id()).into_iter();
    let mut epmd = epmd.filter(|id| command(id).contains("/epmd\0"));
    epmd.next().and_then(|id| Some((id, port(&command(&id))?)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_server_of_a_broker_comes_back_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut rabbitmq = RabbitMq::start(folder.path()).await.unwrap();
    assert!(!rabbitmq.revive_names().await.unwrap(), "it is there");
    let (id, port) = names().unwrap();
    send("KILL", id);
    until("it is over", || !runs(id)).await;
    assert!(rabbitmq.revive_names().await.unwrap());
    assert_eq!(names().map(|(_, port)| port), Some(port));
    // The broker says again who it is.
    let found = async { while rabbitmq.control(&["await_startup"]).await.is_err() {} };
    tokio::time::timeout(Duration::from_mins(1), found).await.expect("tools find it again");

    let (id, _) = names().unwrap();
    send("KILL", id);
    until("it is over", || !runs(id)).await;
    rabbitmq.restart().await.unwrap();
    drop(rabbitmq);
    let is_gone = || std::net::TcpStream::connect(("127.0.0.1", port)).is_err();
    until("none is left", is_gone).await;
}
