//! The all-in-one binary as a process of its own.

use std::{
    env,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use crate::within;

/// The binary that `cargo test` built beside this test.
pub fn binary(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: run `cargo test --workspace`", path.display());
    path
}

/// A running process, killed when the test lets go of it.
pub struct Process {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts `sluice` with `arguments`, with nothing in its environment but `settings`.
    pub fn start(arguments: &[&str], settings: &[(&'static str, String)]) -> Self {
        let mut child = Command::new(binary("sluice"))
            .args(arguments)
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Arc::new(Mutex::new(String::new()));
        let readers = vec![
            keep(child.stdout.take().unwrap(), &output),
            keep(child.stderr.take().unwrap(), &output),
        ];
        Self { child, output, readers }
    }

    /// Everything it has written.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends a signal by its name.
    pub async fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Waits for its end, and for the last of its output.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = within("the process ends", self.child.wait()).await.unwrap();
        for reader in self.readers.drain(..) {
            reader.await.unwrap();
        }
        status
    }
}

#[expect(clippy::disallowed_methods, reason = "ends with the process's output")]
fn keep(
    stream: impl AsyncRead + Unpin + Send + 'static,
    into: &Arc<Mutex<String>>,
) -> JoinHandle<()> {
    let into = Arc::clone(into);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut kept = into.lock().unwrap();
            kept.push_str(&line);
            kept.push('\n');
        }
    })
}

/// The all-in-one process, ready to be asked.
pub struct Sluice {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub url: String,
}

impl Sluice {
    /// Starts it on `data_dir`, and waits until it is ready.
    pub async fn start(data_dir: &Path, settings: &[(&'static str, String)]) -> Self {
        let mut settings = settings.to_vec();
        settings.push(("DATA_DIR", data_dir.to_str().unwrap().to_owned()));
        let mut process = Process::start(&["serve"], &settings);
        let url = within("the banner", async {
            loop {
                if let Some(url) = address(&process.output()) {
                    return url;
                }
                if let Some(status) = process.child.try_wait().unwrap() {
                    panic!("sluice ended with {status}: {}", process.output());
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        let url = url.await;
        Self { process, url }
    }

    /// Where the one-time link of the banner leads.
    pub fn welcome_url(&self) -> String {
        let output = self.process.output();
        let line = output.lines().find_map(|line| line.trim().strip_prefix("Sign in"));
        line.unwrap().trim().to_owned()
    }

    /// Ends it as an operator would; fails when it does not leave cleanly.
    pub async fn terminate(mut self) -> String {
        self.process.signal("TERM").await;
        let status = self.process.ended().await;
        assert!(status.success(), "{status}: {}", self.process.output());
        self.process.output()
    }

    /// Ends it as a power cut would.
    pub async fn kill(mut self) {
        self.process.signal("KILL").await;
        self.process.ended().await;
    }
}

fn address(output: &str) -> Option<String> {
    let line = output.lines().find_map(|line| line.trim().strip_prefix("Chat"))?;
    // The sign-in line is the last one with an address, so the banner is whole by then.
    output.contains("Sign in").then(|| line.trim().to_owned())
}
