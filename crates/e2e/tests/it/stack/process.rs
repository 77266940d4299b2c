//! A binary as a process of its own.

use std::{
    env,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::{PATIENCE, within};

/// The binary that `cargo test` built beside this test.
pub fn binary(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: run `cargo test --workspace`", path.display());
    path
}

/// What stands in the environment of a process.
pub type Settings = Vec<(&'static str, String)>;

/// A running process, killed when the test lets go of it.
pub struct Process {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts `program` with `arguments`, with nothing in its environment but `settings`.
    pub fn start(program: &str, arguments: &[&str], settings: &[(&'static str, String)]) -> Self {
        let mut child = Command::new("setpriv")
            // So that it does not outlive a test that is killed.
            .args(["--pdeathsig", "KILL", "--"])
            .arg(binary(program))
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

    /// Waits until its output holds what `find` looks for; fails if it ends before.
    pub async fn says<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let said = async {
            loop {
                if let Some(found) = find(&self.output()) {
                    return found;
                }
                if let Some(status) = self.child.try_wait().unwrap() {
                    panic!("ended with {status}: {}", self.output());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        within(what, said).await
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end, and for the last of its output.
    pub async fn ended(&mut self) -> ExitStatus {
        self.ended_within(PATIENCE).await
    }

    /// The same, where that takes no longer than `limit`.
    pub async fn ended_within(&mut self, limit: Duration) -> ExitStatus {
        let Ok(status) = timeout(limit, self.child.wait()).await else {
            panic!("has not ended within {limit:?}: {}", self.output());
        };
        let status = status.unwrap();
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
