//! The command line, as a shell meets it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod between;
mod signals;
mod talk;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Output},
};

/// Runs `sluice` in an empty folder, with nothing but `environment` set.
fn sluice(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_configuration_is_shown_with_its_origin_and_without_secrets() {
    let environment = [("PORT", "9000"), ("OPENAI_API_KEYS", "canary")];
    let shown = sluice(&["config", "show", "--origin", "--host", "::1"], &environment);
    let text = stdout(&shown);
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(text.contains("HOST=::1  # flag\n"), "{text}");
    assert!(text.contains("PORT=9000  # environment\n"), "{text}");
    assert!(text.contains("OPENAI_API_KEYS=(set)  # environment\n"), "{text}");
    assert!(text.contains("DATA_DIR=./data  # default\n"), "{text}");
    let json = sluice(&["config", "show", "--json"], &environment);
    let lines: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert!(lines.as_array().unwrap().iter().any(|line| line["name"] == "PORT"));
    assert!(!text.contains("canary") && !stdout(&json).contains("canary"));
}

#[test]
fn a_wrong_configuration_is_a_usage_error() {
    let checked = sluice(&["config", "check"], &[("PORT", "web")]);
    assert_eq!(checked.status.code(), Some(2));
    assert!(stderr(&checked).contains("PORT=\"web\" (from environment): must be a port number"));
    assert!(sluice(&["config", "check"], &[]).status.success());
    assert_eq!(sluice(&["no-such-command"], &[]).status.code(), Some(2));
}

#[test]
fn what_would_not_start_is_not_called_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sluice.toml");
    std::fs::write(&file, "[models]\nbest = [\"gemini/pro\"]\n").unwrap();
    for (environment, words) in [
        (&[("SIMULATED_PROVIDER", "false")][..], "OPENAI_API_KEYS"),
        (&[("PROVIDERS", "openai,gemini"), ("DEFAULT_MODEL", "llama3.2")], "DEFAULT_MODEL"),
        (&[("SLUICE_CONFIG", file.to_str().unwrap())], "models.best: provider gemini"),
    ] {
        let checked = sluice(&["config", "check"], environment);
        assert_eq!(checked.status.code(), Some(2), "{}", stdout(&checked));
        assert!(stderr(&checked).contains(words), "{}", stderr(&checked));
    }
    std::fs::write(&file, "[price.\"gemini/pro\"]\ninput = 1\noutput = 1\n").unwrap();
    let checked = sluice(&["config", "check"], &[("SLUICE_CONFIG", file.to_str().unwrap())]);
    assert!(checked.status.success(), "{}", stderr(&checked));
    assert!(stdout(&checked).contains("nothing uses [price.\"gemini/pro\"]"));
}

#[test]
fn no_provider_at_all_is_told() {
    let refused = sluice(&["serve", "--port", "0"], &[("SIMULATED_PROVIDER", "false")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("OPENAI_API_KEYS"), "{}", stderr(&refused));
}

#[test]
fn nobody_answering_is_unavailable() {
    // Port 0 is never listened at.
    let asked = sluice(&["health", "--port", "0"], &[]);
    assert_eq!(asked.status.code(), Some(6));
    assert!(stderr(&asked).contains("http://127.0.0.1:0/healthz"), "{}", stderr(&asked));
}

#[test]
fn an_address_that_is_none_is_a_usage_error() {
    for command in [&["queues"][..], &["health"]] {
        let environment = [("SLUICE_URL", "host:8080"), ("SLUICE_TOKEN", "x")];
        let asked = sluice(command, &environment);
        assert_eq!(asked.status.code(), Some(2), "{}", stderr(&asked));
        assert!(stderr(&asked).contains("SLUICE_URL=\"host:8080\""), "{}", stderr(&asked));
    }
}

#[test]
fn who_has_seen_enough_is_not_told_of_a_broken_pipe() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    let command = command.arg("openapi").env_clear().stdout(writer);
    let told = command.stderr(std::process::Stdio::piped()).output().unwrap();
    assert_eq!((told.status.code(), stderr(&told).as_str()), (Some(0), ""));
}

#[test]
fn what_shells_complete_is_printed() {
    for shell in ["bash", "zsh", "fish"] {
        let printed = sluice(&["completions", shell], &[]);
        assert!(stdout(&printed).contains("doctor"), "{shell}: {}", stderr(&printed));
    }
    assert_eq!(sluice(&["completions", "bash", "--json"], &[]).status.code(), Some(2));
}

#[test]
fn the_store_is_looked_at_without_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let status = || {
        let asked = sluice(&["db", "status", "--json", "--data-dir", data], &[]);
        serde_json::from_str::<serde_json::Value>(&stdout(&asked)).unwrap()
    };
    assert!(status()["version"].is_null());
    assert!(!std::path::Path::new(data).exists());
    assert!(sluice(&["db", "migrate", "--data-dir", data], &[]).status.success());
    assert_eq!(status()["version"], status()["newest"]);
}

#[test]
fn a_doctor_names_what_does_not_work() {
    let well = sluice(&["doctor"], &[]);
    assert!(well.status.success(), "{}", stderr(&well));
    assert!(stdout(&well).contains("no tables yet"), "{}", stdout(&well));
    // Port 0 is never listened at.
    let environment = [
        ("OPENAI_API_KEYS", "canary"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:0/v1"),
        ("REDIS_URL", "redis://127.0.0.1:0"),
    ];
    let ill = sluice(&["doctor", "--json"], &environment);
    assert_eq!(ill.status.code(), Some(1), "{}", stderr(&ill));
    let parts: serde_json::Value = serde_json::from_str(&stdout(&ill)).unwrap();
    let works = |name: &str| {
        let mut parts = parts.as_array().unwrap().iter();
        parts.find(|part| part["part"].as_str().unwrap().starts_with(name)).unwrap()["works"]
            .as_bool()
            .unwrap()
    };
    assert!(works("configuration") && works("store") && works("queue"), "{parts}");
    assert!(!works("live") && !works("key openai:"), "{parts}");
    assert!(!format!("{parts}{}", stderr(&ill)).contains("canary"));
}

#[test]
fn an_operators_token_goes_to_no_proxy() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = sluice(
        &["queues"],
        &[
            ("SLUICE_URL", "http://127.0.0.1:0"),
            ("SLUICE_TOKEN", "an operator's"),
            // Nothing of this machine is asked for.
            ("PORT", "web"),
            ("HTTP_PROXY", &address),
            ("http_proxy", &address),
            ("ALL_PROXY", &address),
        ],
    );
    assert_eq!(asked.status.code(), Some(6), "{}", stderr(&asked));
    assert_eq!(proxy.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_proxy_that_alone_is_named_leads_to_https_providers_too() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let mut line = String::new();
        BufReader::new(proxy.accept().unwrap().0).read_line(&mut line).unwrap();
        line
    });
    let ways = [("HTTP_PROXY", &*address), ("HTTPS_PROXY", ""), ("NO_PROXY", "other.example")];
    let provider = [
        ("OPENAI_API_KEYS", "canary"),
        ("OPENAI_BASE_URL", "https://provider.example/v1"),
        ("PROVIDER_FIRST_TOKEN_SECONDS", "60"),
    ];
    let ill = sluice(&["doctor"], &[&ways[..], &provider].concat());
    assert_eq!(ill.status.code(), Some(1), "{}", stderr(&ill));
    assert_eq!(asked.join().unwrap(), "CONNECT provider.example:443 HTTP/1.1\r\n");
    for name in ["HTTP_PROXY", "https_proxy"] {
        let wrong = [&[(name, "http://")][..], &provider].concat();
        for command in [&["doctor"][..], &["config", "check"], &["serve"]] {
            let refused = sluice(command, &wrong);
            assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
            assert!(stderr(&refused).contains(&format!("{name} (from environment): must be")));
        }
    }
}

/// A running `sluice`, killed at the end.
struct Running(std::process::Child, std::path::PathBuf);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Running {
    /// Starts it in `folder`, and waits until it has said where it is.
    fn start(folder: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .args(["serve", "--port", "0"])
            .current_dir(folder)
            .env_clear()
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.map(Result::unwrap).any(|line| line.contains("Sign in"));
        assert!(said, "it starts");
        Self(child, folder.join("data"))
    }

    /// Runs a command beside it.
    fn ask(&self, arguments: &[&str]) -> Output {
        let data = self.1.to_str().unwrap();
        sluice(&[&["--data-dir", data], arguments].concat(), &[])
    }

    /// The name of a key, once the worker has said which there are.
    fn first_key(&self) -> String {
        for _ in 0..1000 {
            let listed = self.ok(&["keys", "list", "--json"]);
            let keys: serde_json::Value = serde_json::from_str(&listed).unwrap();
            if let Some(key) = keys[0]["key"].as_str() {
                return key.to_owned();
            }
        }
        panic!("no key is listed")
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let done = self.ask(arguments);
        assert!(done.status.success(), "{}", stderr(&done));
        stdout(&done)
    }
}

#[test]
fn an_operator_finds_the_sluice_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let key = running.first_key();
    let key = key.as_str();
    assert!(running.ok(&["keys", "disable", "simulated", key]).contains("disabled"));
    assert!(running.ok(&["keys", "list"]).lines().nth(1).unwrap().contains("disabled"));
    assert!(running.ok(&["keys", "enable", "simulated", key]).contains("active"));
    assert!(running.ok(&["queues"]).contains("generation.requests.simulated"));
    let noted = running.ok(&["audit"]);
    assert!(noted.lines().nth(1).unwrap().contains("key.enabled"), "{noted}");
    let first = running.ask(&["audit", "--limit", "1"]);
    let cursor = stderr(&first).trim().rsplit(' ').next().unwrap().to_owned();
    let second = running.ok(&["audit", "--limit", "1", "--before", &cursor]);
    assert!(second.contains("key.disabled"), "{second}");
    assert_eq!(running.ok(&["jobs", "list", "--json", "--state", "held"]), "[]\n");
    for arguments in [
        &["pools", "pause", "simulated"][..],
        &["pools", "resume", "simulated"],
        &["keys", "clear", "simulated", key],
        &["users", "create", "ann@example.org"],
        &["users", "role", "ann@example.org", "viewer"],
        &["reload"],
        &["dead", "replay", "--all"],
        &["health"],
        &["config", "check"],
    ] {
        let printed = running.ok(&[arguments, &["--json"]].concat());
        let answer: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert!(answer.is_object(), "{arguments:?}: {printed}");
    }
    assert_eq!(running.ok(&["dead", "drop", "--all", "--dry-run"]), "0 matching, 0 done\n");
    let listed = running.ok(&["workers", "list", "--json"]);
    let workers: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let worker = workers[0]["worker"].as_str().unwrap();
    for (verb, paused) in [("drain", true), ("resume", false)] {
        let told = running.ok(&["workers", verb, worker, "--json"]);
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told[0]["paused"], paused, "{verb}: {told}");
    }
    // A flag is meant, whatever is noted in the data directory.
    assert_eq!(running.ask(&["queues", "--port", "0"]).status.code(), Some(6));
    let nobody = "0193a1b2-0000-7000-8000-000000000000";
    for (arguments, code) in [
        (&["dead", "replay"][..], 2),
        (&["dead", "drop", "--why", ""], 2),
        (&["dead", "replay", "--why", " ", "--rate", "5"], 2),
        (&["users", "role", "nobody@example.org", "root"], 2),
        (&["jobs", "show", nobody], 3),
        (&["jobs", "retry", nobody], 3),
        (&["users", "role", "nobody@example.org", "admin"], 3),
        (&["dead", "drop", nobody], 3),
        (&["dead", "drop", nobody, "--dry-run"], 3),
        (&["dead", "replay", nobody], 3),
        (&["dead", "replay", nobody, nobody, "--rate", "5"], 3),
    ] {
        let asked = running.ask(arguments);
        assert_eq!(asked.status.code(), Some(code), "{arguments:?}: {}", stderr(&asked));
    }
    let data = folder.path().join("data");
    let arguments = ["--data-dir", data.to_str().unwrap(), "queues"];
    let stranger = sluice(&arguments, &[("SLUICE_TOKEN", "wrong")]);
    assert_eq!(stranger.status.code(), Some(4), "{}", stderr(&stranger));
    let slowly = running.ask(&["dead", "replay", nobody, nobody, "--rate", "5", "--json"]);
    let counts: serde_json::Value = serde_json::from_str(&stdout(&slowly)).unwrap();
    assert_eq!(counts["matching"], 0, "as many as are there");
    assert!(stderr(&slowly).contains("1 of 1 ids"), "{}", stderr(&slowly));
    drop(running);
    let nobody_answers = sluice(&arguments, &[]);
    assert_eq!(nobody_answers.status.code(), Some(6), "{}", stderr(&nobody_answers));
}

#[test]
fn the_interface_is_described() {
    let printed = sluice(&["openapi"], &[]);
    let description: serde_json::Value = serde_json::from_str(&stdout(&printed)).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    for path in ["/api/auth/login", "/api/chats/{id}/generations", "/api/generations/{id}/stream"] {
        assert!(description["paths"][path].is_object(), "{path} is not described");
    }
}
