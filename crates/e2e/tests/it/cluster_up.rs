//! `make cluster`, as an operator has it: one command, every address in a file, and any process may die.

use std::{collections::BTreeMap, fs, path::Path, process::Command, time::Duration};

use cluster::servers::free_port;
use domain::event::{Event, SeqEvent};
use serde_json::json;
use simulated_provider::{Options, SimulatedProvider};

use crate::{
    client::{self, Answer, Client, Entrance},
    stack::{Process, binary},
    within,
};

/// What is killed, one after the other. Redis last: what it forgets keeps keys from being lent for a minute.
const KILLED: [&str; 9] = [
    "api-1",
    "api-2",
    "provider-worker-1",
    "provider-worker-2",
    "accounting-worker-1",
    "nginx",
    "postgres",
    "rabbitmq",
    "redis",
];

/// What stands in the file of addresses, and on the screen.
const ADDRESSES: [&str; 6] = [
    "API_URLS",
    "DATABASE_URL",
    "NGINX_URL",
    "RABBITMQ_MANAGEMENT_URL",
    "RABBITMQ_URL",
    "REDIS_URL",
];

const MODEL: &str = "openai/sim-gap=20ms,tokens=60";

/// Between two looks at something that takes a moment.
const LOOK: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_process_of_a_cluster_may_die_and_answers_go_on() {
    let provider = SimulatedProvider::start(Options::default()).await.unwrap();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("cluster");
    let mut cluster = start(&folder, &provider.base_url());
    cluster.says("the banner", |said| said.contains("Ctrl-C stops it").then_some(())).await;

    let addresses = addresses(&folder);
    for name in ADDRESSES {
        let urls = addresses.get(name).unwrap_or_else(|| panic!("no {name} in {addresses:?}"));
        for url in urls.split(',') {
            assert!(cluster.output().contains(url), "{name} is not on the screen");
        }
    }
    let person = Client::register(&addresses["NGINX_URL"]).await;
    let chat = person.chat().await;
    for (number, name) in KILLED.into_iter().enumerate() {
        let former = pid(&folder, name).unwrap();
        assert!(folder.join("log").join(format!("{name}.log")).exists(), "no log of {name}");
        let generation = ask(&person, &chat, number).await;
        let events = watch_a_death(&person, &generation, former).await;
        assert_eq!(client::end(&events), "succeeded", "while {name} died");
        within(&format!("the next {name}"), until_revived(&folder, name, former)).await;
        within("the answer in the chat", until_kept(&person, &chat, &client::text(&events))).await;
    }

    ends(&mut cluster, &folder, "TERM").await;
    // As at a terminal, and with what was there before.
    let mut again = start(&folder, &provider.base_url());
    again.says("the banner", |said| said.contains("Ctrl-C stops it").then_some(())).await;
    let kept = person.at(&self::addresses(&folder)["NGINX_URL"]).messages(&chat).await;
    assert_eq!(kept.len(), 2 * KILLED.len());
    ends(&mut again, &folder, "INT").await;
    provider.stop().await;
}

/// Is asked to end by `signal`, and leaves nothing running.
async fn ends(cluster: &mut Process, folder: &Path, signal: &str) {
    let pids: Vec<u32> = fs::read_dir(folder.join("pids")).unwrap().map(read).collect();
    cluster.signal(signal).await;
    let status = cluster.ended().await;
    assert!(status.success(), "{status}: {}", cluster.output());
    let left: Vec<u32> = pids.into_iter().filter(|pid| runs(*pid)).collect();
    assert_eq!(left, Vec::<u32>::new(), "still running");
    assert!(!folder.join("env").exists() && !folder.join("pids").exists());
}

fn start(folder: &Path, provider: &str) -> Process {
    let binaries = binary("cluster").parent().unwrap().to_str().unwrap().to_owned();
    let port = free_port().unwrap().to_string();
    let place = folder.to_str().unwrap();
    let wish = ["up", "--folder", place, "--binaries", &binaries, "--apis", "2", "--port", &port];
    let settings = [
        ("PATH", std::env::var("PATH").unwrap()),
        ("OPENAI_API_KEYS", "sim-one,sim-two".to_owned()),
        ("OPENAI_BASE_URL", provider.to_owned()),
        ("KEYS_MAX_PER_MINUTE", "1000".to_owned()),
        ("USER_REQUESTS_PER_MINUTE", "1000".to_owned()),
    ];
    Process::start("cluster", &wish, &settings)
}

fn addresses(folder: &Path) -> BTreeMap<String, String> {
    let file = fs::read_to_string(folder.join("env")).unwrap();
    let line = |line: &str| {
        let (name, value) = line.split_once('=').unwrap();
        (name.to_owned(), value.trim_matches(['\'', '"']).to_owned())
    };
    file.lines().filter(|line| line.contains('=')).map(line).collect()
}

fn read(file: std::io::Result<fs::DirEntry>) -> u32 {
    fs::read_to_string(file.unwrap().path()).unwrap().trim().parse().unwrap()
}

/// The id of the process called `name`, if it is written down.
fn pid(folder: &Path, name: &str) -> Option<u32> {
    fs::read_to_string(folder.join("pids").join(name)).ok()?.trim().parse().ok()
}

fn runs(pid: u32) -> bool {
    // One that has ended and was not waited for is still listed, as a zombie.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

async fn until_revived(folder: &Path, name: &str, former: u32) {
    while pid(folder, name).is_none_or(|pid| pid == former || !runs(pid)) {
        tokio::time::sleep(LOOK).await;
    }
}

/// Asks until that is accepted: what died may not be back yet.
async fn ask(person: &Client, chat: &str, number: usize) -> String {
    let path = format!("/api/chats/{chat}/generations");
    let body = json!({"userMessage": "?", "model": MODEL, "requestId": format!("r-{number}")});
    let accepted = async {
        loop {
            match person.try_post(&path, &body).await {
                Ok(Answer { status: 202, body, .. }) => return body,
                // The answer before may not be kept yet.
                Ok(Answer { status: 409, .. }) | Err(_) => tokio::time::sleep(LOOK).await,
                Ok(other) => panic!("{other:?}"),
            }
        }
    };
    within("a question", accepted).await["generationId"].as_str().unwrap().to_owned()
}

/// Watches an answer to its end, over as many connections as it takes; in the middle of it the process `victim` is killed.
async fn watch_a_death(person: &Client, generation: &str, victim: u32) -> Vec<SeqEvent> {
    let mut events: Vec<SeqEvent> = Vec::new();
    let mut is_killed = false;
    let watched = async {
        while !matches!(events.last(), Some(SeqEvent { event: Event::Done { .. }, .. })) {
            let Entrance::Open(mut viewer) =
                person.try_follow(generation, events.last().map(|last| last.seq)).await
            else {
                tokio::time::sleep(LOOK).await;
                continue;
            };
            while let Some(event) = viewer.next().await {
                events.push(event);
                if events.len() > 10 && !std::mem::replace(&mut is_killed, true) {
                    let sent = Command::new("kill").args(["-KILL", &victim.to_string()]).status();
                    assert!(sent.unwrap().success());
                }
            }
        }
    };
    within("the end of an answer", watched).await;
    events
}

async fn until_kept(person: &Client, chat: &str, text: &str) {
    let path = format!("/api/chats/{chat}/messages?limit=1");
    let newest = |answer: &Answer| answer.body["items"][0]["content"].clone();
    while newest(&person.get(&path).await) != text {
        tokio::time::sleep(LOOK).await;
    }
}
