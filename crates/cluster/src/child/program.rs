//! What is to be run, and how.

use std::{
    env,
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::process::Command;

use super::Child;

/// How long a process may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(20);

/// What every program may know of the environment of this one: keys and passwords are told to whom they are for.
const USUAL: [&str; 9] =
    ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"];

/// What to start.
#[derive(Debug, Clone)]
pub struct Program {
    words: Vec<String>,
    environment: Vec<(String, String)>,
    is_alone: bool,
    folder: PathBuf,
    log: PathBuf,
    account: Option<String>,
    patience: Duration,
    title: Option<String>,
}

impl Program {
    /// `program` with `folder` to work in. What it says goes into `<folder>/<name>.log`.
    #[must_use]
    pub fn new(name: &str, program: impl Into<String>, folder: &Path) -> Self {
        Self {
            words: vec![program.into()],
            environment: Vec::new(),
            is_alone: false,
            folder: folder.to_owned(),
            log: folder.join(format!("{name}.log")),
            account: None,
            patience: PATIENCE,
            title: None,
        }
    }

    /// With one more word on the command line.
    #[must_use]
    pub fn word(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// With more words on the command line.
    #[must_use]
    pub fn words<W: Into<String>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// With these variables in its environment.
    #[must_use]
    pub fn variables(mut self, variables: &[(String, String)]) -> Self {
        self.environment.extend_from_slice(variables);
        self
    }

    /// With nothing in its environment but what is given it, not even what is usual.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// What it says goes into this file.
    #[must_use]
    pub fn log(mut self, file: &Path) -> Self {
        file.clone_into(&mut self.log);
        self
    }

    /// Works there: relative paths begin there.
    #[must_use]
    pub fn works_in(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// As this account of the machine, if we may choose.
    #[must_use]
    pub fn account(mut self, name: &str) -> Self {
        self.account = is_superuser().then(|| name.to_owned());
        self
    }

    /// May take so long to end when it is asked to; 20 seconds unless this is said.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts processes that leave its group and call themselves something that begins with `title`.
    #[must_use]
    pub fn titled(mut self, title: String) -> Self {
        self.title = Some(title);
        self
    }

    fn command(&self) -> Command {
        // Set last by setpriv, so that a change of account does not undo it.
        let mut command = Command::new("setpriv");
        if let Some(account) = &self.account {
            command.args(["--reuid", account, "--regid", account, "--init-groups"]);
        }
        command.args(["--pdeathsig", "KILL", "--"]).args(&self.words);
        command.env_clear();
        if !self.is_alone {
            let known = USUAL.iter().filter_map(|name| Some((name, env::var_os(name)?)));
            command.envs(known);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// Starts it, in a process group of its own.
    pub fn start(&self) -> anyhow::Result<Child> {
        let log = File::options().create(true).append(true).open(&self.log);
        let log = log.with_context(|| format!("cannot write {}", self.log.display()))?;
        let mut command = self.command();
        command.stdout(log.try_clone()?).stderr(log).process_group(0).kill_on_drop(true);
        let handle = command.spawn().context("cannot start setpriv, of the package util-linux")?;
        let group = handle.id();
        let (title, log) = (self.title.clone(), self.log.clone());
        Ok(Child { handle, group, title, log, patience: self.patience })
    }

    /// Runs it to its end, and fails when it does.
    pub async fn run(&self) -> anyhow::Result<()> {
        self.output().await.map(drop)
    }

    /// The same; answers what it said on standard output.
    pub async fn output(&self) -> anyhow::Result<Vec<u8>> {
        let output = self.command().kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{:?} failed: {}", self.words, said.trim());
        Ok(output.stdout)
    }
}

/// Whether this process may do everything on its machine.
#[must_use]
pub fn is_superuser() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who runs this test has told it where the package is.
    #[tokio::test]
    async fn no_program_knows_of_more_than_what_is_usual_and_what_it_is_given() {
        let mine = env::vars().filter(|(name, _)| !USUAL.contains(&name.as_str()));
        assert!(mine.count() > 0, "there is something that it must not know");
        let printer = Program::new("env", "env", Path::new("/")).variable("OF_MINE", "1");
        for (program, knows_usual) in [(printer.clone(), true), (printer.alone(), false)] {
            let said = String::from_utf8(program.output().await.unwrap()).unwrap();
            let names: Vec<_> =
                said.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
            let may_know = |name: &&str| *name == "OF_MINE" || knows_usual && USUAL.contains(name);
            assert!(names.contains(&"OF_MINE") && names.iter().all(may_know), "{names:?}");
        }
    }
}
