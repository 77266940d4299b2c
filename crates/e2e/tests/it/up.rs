//! The first start in containers, `make up`, as its script does it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder with nothing of the project but what starts it in containers, and a Docker engine that is content with
/// everything.
struct Up(tempfile::TempDir);

impl Up {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let up = Self(tempfile::tempdir().unwrap());
        fs::create_dir(up.path("scripts")).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/up");
        fs::copy(script, up.path("scripts/up")).unwrap();
        fs::write(up.path("docker"), "#!/bin/sh\n").unwrap();
        fs::set_permissions(up.path("docker"), fs::Permissions::from_mode(0o755)).unwrap();
        up
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What a start with these `settings` says, if it goes well.
    fn start(&self, settings: &str) -> Option<String> {
        fs::write(self.path(".env"), settings).unwrap();
        self.start_again()
    }

    fn start_again(&self) -> Option<String> {
        let path = format!("{}:{}", self.0.path().display(), std::env::var("PATH").unwrap());
        let mut up = std::process::Command::new(self.path("scripts/up"));
        for name in ["HOST", "PORT", "SLUICE_CONFIG"] {
            up.env_remove(name);
        }
        let output = up.env("PATH", path).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    /// The file of settings as it is now.
    fn settings(&self) -> String {
        fs::read_to_string(self.path(".env")).unwrap()
    }
}

/// Whoever edits `.env` by hand may leave its last line without an end.
#[test]
fn the_first_start_in_containers_keeps_what_is_in_the_file_of_settings() {
    let up = Up::new();
    up.start("JWT_SECRET=mine\nOPENAI_API_KEYS=sk-one").unwrap();
    let first = up.settings();
    up.start_again().unwrap();
    let lines: Vec<_> = first.lines().collect();
    assert_eq!(lines[..2], ["JWT_SECRET=mine", "OPENAI_API_KEYS=sk-one"]);
    assert_eq!(lines.iter().filter(|line| line.starts_with("DB_PASSWORD=")).count(), 1);
    assert_eq!(first, up.settings(), "secrets are made once");
}

/// A container whose files have another sum is made anew.
#[test]
fn a_start_in_containers_sums_up_their_files() {
    let up = Up::new();
    fs::create_dir_all(up.path("nginx/templates")).unwrap();
    fs::write(up.path("nginx/templates/one"), "one").unwrap();
    up.start("OPENAI_API_KEYS=sk-one\n").unwrap();
    let first = up.settings();
    fs::write(up.path("nginx/templates/one"), "two").unwrap();
    up.start_again().unwrap();
    let second = up.settings();
    let both = first.lines().zip(second.lines());
    let changed: Vec<_> = both.filter(|(before, after)| before != after).collect();
    assert_eq!(first.lines().count(), second.lines().count());
    assert!(matches!(changed[..], [(sum, _)] if sum.starts_with("SUM_OF_NGINX=")), "{changed:?}");
    for name in ["SLUICE", "EGRESS_PROXY", "PROMETHEUS", "GRAFANA"] {
        assert!(second.contains(&format!("\nSUM_OF_{name}=")), "{second}");
    }
    assert!(!up.path(".env.new").exists());
}

#[test]
fn a_start_in_containers_says_where_they_are_reached() {
    let up = Up::new();
    for (settings, place) in [
        ("", "http://127.0.0.1:8080,"),
        ("PORT=9000", "http://127.0.0.1:9000,"),
        ("PORT=\"9000\"  # ours\nHOST=10.0.0.7\n", "http://10.0.0.7:9000,"),
        ("HOST=0.0.0.0\nPORT=1\nPORT=9000\n", "http://127.0.0.1:9000 and at every address"),
    ] {
        let said = up.start(settings).unwrap();
        assert!(said.contains(&format!("chat on {place}")), "{said}");
    }
    assert_eq!(up.start("PORT=127.0.0.1:9000"), None);
}
