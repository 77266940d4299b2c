//! Asking, and following answers, on the command line.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    Running,
    between::{Then, between},
    signals::{ended, send, terminal},
    sluice, stderr, stdout,
};

/// A `sluice` with `arguments`, beside one that has its data in `data`.
fn beside(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.args(["--data-dir", data.to_str().unwrap()]).args(arguments).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A question whose answer has begun, and what of it was read.
fn begun(running: &Running, model: &str) -> (Child, Vec<u8>) {
    let mut child = beside(&running.1, &["chat", "--model", model, "go"]).spawn().unwrap();
    let mut first = vec![0; 4];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    (child, first)
}

/// The generation under way.
fn under_way(running: &Running) -> String {
    let listed: Value = serde_json::from_str(&running.ok(&["jobs", "list", "--json"])).unwrap();
    listed[0]["generationId"].as_str().unwrap().to_owned()
}

fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_question_is_answered_and_the_chat_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let first = running.ask(&["chat", "--model", "sim-echo", "hello", "there"]);
    assert_eq!((first.status.code(), stdout(&first).as_str()), (Some(0), "hello there\n"));
    let told = stderr(&first);
    let chat = told.trim().strip_prefix("chat ").unwrap_or_else(|| panic!("{told}"));
    let mut next = beside(&running.1, &["chat", "--chat", chat, "--model", "sim-echo", "--json"]);
    let mut next = next.stdin(Stdio::piped()).spawn().unwrap();
    next.stdin.take().unwrap().write_all(b"and again\n").unwrap();
    let next = next.wait_with_output().unwrap();
    let events = lines(&stdout(&next));
    let text: String = events.iter().filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(text, "and again", "{}", stderr(&next));
    assert_eq!(events.last().unwrap()["status"], "succeeded");
    assert_eq!(stderr(&next), told, "the same chat");
    for (arguments, code) in [
        (&["chat"][..], 2),
        (&["chat", " "], 2),
        (&["chat", "--model", "no-such", "hi"], 2),
        (&["chat", "--chat", "0193a1b2-0000-7000-8000-000000000000", "hi"], 3),
        (&["chat", "--model", "sim-status=400", "hi"], 1),
    ] {
        let asked = running.ask(arguments);
        assert_eq!(asked.status.code(), Some(code), "{arguments:?}: {}", stderr(&asked));
    }
}

#[test]
fn what_answers_cost_is_reported_by_day_and_model() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    running.ok(&["chat", "--model", "sim-echo", "one", "two", "three"]);
    // The books are kept beside the answers.
    let entries = (0..1000).find_map(|_| {
        let told = running.ok(&["usage", "report", "--json"]);
        let entries: Vec<Value> = serde_json::from_str(&told).unwrap();
        (!entries.is_empty()).then_some(entries)
    });
    let [entry] = &entries.expect("it is booked")[..] else { panic!("it is one question") };
    assert_eq!((&entry["provider"], &entry["model"]), (&"simulated".into(), &"sim-echo".into()));
    assert_eq!((&entry["attempts"], &entry["outputTokens"]), (&1.into(), &3.into()));
    let day = entry["day"].as_str().unwrap();
    let table = running.ok(&["usage", "report", "--from", day]);
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..4], [day, "simulated", "sim-echo", "1"], "{table}");
    assert_eq!(running.ok(&["usage", "report", "--json", "--from", "2999-01-01"]), "[]\n");
    let wrong = running.ask(&["usage", "report", "--from", "yesterday"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", stderr(&wrong));
    assert!(stderr(&wrong).contains("from"), "{}", stderr(&wrong));
}

#[test]
fn ctrl_c_stops_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let (mut child, _) = begun(&running, "sim-endless,gap=20ms");
    let id = under_way(&running);
    send("INT", &child);
    assert_eq!(ended(&mut child).code(), Some(130));
    let mut tail = beside(&running.1, &["jobs", "tail", &id]);
    let mut tail = tail.stdout(Stdio::null()).spawn().unwrap();
    assert_eq!(ended(&mut tail).code(), Some(1));
    let tail = tail.wait_with_output().unwrap();
    assert!(stderr(&tail).contains("stopped"), "{}", stderr(&tail));
}

/// Whoever asks has no answer yet that names the generation.
#[test]
fn ctrl_c_stops_an_answer_that_was_only_just_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let held = Arc::new(AtomicBool::new(false));
    let first = Arc::clone(&held);
    let proxy = between(&running, move |head, bytes| {
        let is_answer = head.contains("/generations HTTP/1.1") && !bytes.is_empty();
        if is_answer && !first.swap(true, SeqCst) { Then::Hold } else { Then::Pass }
    });
    let mut asking = beside(&running.1, &["chat", "--model", "sim-endless,gap=20ms", "go"]);
    let mut child = asking.env("SLUICE_URL", proxy).spawn().unwrap();
    while !held.load(SeqCst) {
        thread::sleep(Duration::from_millis(5));
    }
    let id = under_way(&running);
    send("INT", &child);
    assert_eq!(ended(&mut child).code(), Some(130));
    let tail = running.ask(&["jobs", "tail", &id]);
    assert!(stderr(&tail).contains("stopped"), "{}", stderr(&tail));
    assert_eq!(running.ok(&["jobs", "list", "--json"]), "[]\n", "and no other one goes on");
}

#[test]
fn an_answer_goes_on_where_its_connection_broke() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let places = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&places);
    let proxy = between(&running, move |head, bytes| {
        let place = head.lines().find_map(|line| line.strip_prefix("last-event-id: "));
        let Some(place) = place else { return Then::Pass };
        let mut seen = seen.lock().unwrap();
        if bytes.is_empty() {
            seen.push(place.to_owned());
        }
        let is_text = bytes.windows(5).any(|some| some == b"delta");
        if is_text && seen.len() == 1 { Then::Cut } else { Then::Pass }
    });
    let question: Vec<_> = (0..40).map(|number| number.to_string()).collect();
    let question = question.join(" ");
    let mut asked = beside(&running.1, &["chat", "--model", "sim-echo,gap=5ms", &question]);
    let asked = asked.env("SLUICE_URL", proxy).output().unwrap();
    assert_eq!(stdout(&asked), format!("{question}\n"), "{}", stderr(&asked));
    let places = places.lock().unwrap();
    assert_eq!((places.len(), places[0].as_str()), (2, "0"), "{places:?}");
    assert!(places[1].parse::<u64>().unwrap() > 1, "{places:?}");
}

#[test]
fn an_operator_follows_an_answer_of_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let ann = token_of_ann(&running);
    let asking = |arguments: &[&str]| {
        beside(&running.1, arguments).env("SLUICE_TOKEN", &ann).spawn().unwrap()
    };
    let mut child = asking(&["chat", "--model", "sim-endless,gap=20ms", "go"]);
    let mut first = [0; 4];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let id = under_way(&running);
    let mut tail = beside(&running.1, &["jobs", "tail", &id]).spawn().unwrap();
    let mut begin = [0; 4];
    tail.stdout.as_mut().unwrap().read_exact(&mut begin).unwrap();
    running.ok(&["jobs", "cancel", &id]);
    let (asked, tail) = (child.wait_with_output().unwrap(), tail.wait_with_output().unwrap());
    assert_eq!(begin, first);
    assert_eq!(stdout(&tail), stdout(&asked), "{}", stderr(&asked));
    for stopped in [&tail, &asked] {
        assert!(stderr(stopped).contains("the answer was stopped"), "{}", stderr(stopped));
        assert_eq!(stopped.status.code(), Some(1));
    }
    let events = lines(&stdout(&running.ask(&["jobs", "tail", &id, "--json"])));
    assert_eq!(events.last().unwrap()["status"], "canceled");
    let noted = running.ok(&["audit"]);
    assert!(noted.contains("user.token_given"), "{noted}");
    assert_eq!(
        running.ask(&["jobs", "tail", "0193a1b2-0000-7000-8000-000000000000"]).status.code(),
        Some(3)
    );
}

/// A token that speaks for an account made for it.
fn token_of_ann(running: &Running) -> String {
    running.ok(&["users", "add", "ann@example.org"]);
    running.ok(&["users", "token", "ann@example.org"]).trim().to_owned()
}

#[test]
fn a_token_speaks_for_an_account_that_is_not_shut_out() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let ann = token_of_ann(&running);
    let data = running.1.to_str().unwrap();
    let chat = || -> Output {
        let arguments = ["--data-dir", data, "chat", "--model", "sim-echo", "hi"];
        sluice(&arguments, &[("SLUICE_TOKEN", &ann)])
    };
    assert_eq!(stdout(&chat()), "hi\n");
    let unknown = ["--data-dir", data, "jobs", "tail", "0193a1b2-0000-7000-8000-000000000000"];
    assert_eq!(sluice(&unknown, &[("SLUICE_TOKEN", &ann)]).status.code(), Some(3));
    running.ok(&["users", "disable", "ann@example.org"]);
    assert_eq!(chat().status.code(), Some(4));
    assert_eq!(running.ask(&["users", "token", "ann@example.org"]).status.code(), Some(2));
    assert_eq!(running.ask(&["users", "token", "nobody@example.org"]).status.code(), Some(3));
}

#[test]
fn a_drained_pool_has_no_answer_under_way() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let (child, _) = begun(&running, "sim-endless,gap=20ms");
    let mut drain = beside(&running.1, &["pools", "drain", "simulated", "--json"]).spawn().unwrap();
    let mut told = BufReader::new(drain.stderr.take().unwrap()).lines();
    let told = told.find(|line| line.as_ref().unwrap().contains("answers under way: 1"));
    assert!(told.is_some(), "it waits");
    running.ok(&["jobs", "cancel", &under_way(&running)]);
    let drained = drain.wait_with_output().unwrap();
    assert!(drained.status.success());
    let pool: Value = serde_json::from_str(&stdout(&drained)).unwrap();
    assert_eq!((&pool["paused"], &pool["busy"]), (&Value::from(true), &Value::from(0)));
    assert_eq!(running.ok(&["jobs", "list", "--json"]), "[]\n");
    assert!(!child.wait_with_output().unwrap().status.success(), "it was stopped");
    assert_eq!(running.ask(&["pools", "drain", "no-such"]).status.code(), Some(3));
}

#[test]
fn on_a_terminal_it_is_asked_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let (mut near, far) = terminal();
    // The end of a text, as it is typed.
    near.write_all(b"one\n\ntwo\n\x04").unwrap();
    let mut asking = beside(&running.1, &["chat", "--model", "sim-echo"]);
    let asked = asking.stdin(far.try_clone().unwrap()).stderr(far).output().unwrap();
    drop(asking);
    assert_eq!((asked.status.code(), stdout(&asked).as_str()), (Some(0), "one\ntwo\n"));
    let mut told = Vec::new();
    // A terminal whose other end is gone answers with an error.
    let _ = BufReader::new(near).read_to_end(&mut told);
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("sim-echo, 1 tokens") && told.contains("chat 0"), "{told}");
}
