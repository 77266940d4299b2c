//! The command line, as a shell meets it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::{Command, Output};

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
fn the_interface_is_described() {
    let printed = sluice(&["openapi"], &[]);
    let description: serde_json::Value = serde_json::from_str(&stdout(&printed)).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3."));
    for path in ["/api/auth/login", "/api/chats/{id}/generations", "/api/generations/{id}/stream"] {
        assert!(description["paths"][path].is_object(), "{path} is not described");
    }
}
