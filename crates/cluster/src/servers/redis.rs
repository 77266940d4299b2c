//! A Redis server.

use std::path::Path;

use super::{Server, find, free_port, make, port::is_open, ready, write_private};
use crate::{
    child::{Child, Program},
    rights::Account,
};

/// The list of users, in the server's folder.
const USERS: &str = "users.acl";

/// Whoever names no account.
const EVERYBODY: &str = "user default on nopass ~* &* +@all";

/// A Redis server that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis {
    program: Program,
    port: u16,
    child: Child,
}

impl Redis {
    /// Starts one in `folder`, on a free port.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_at(folder, free_port()?).await
    }

    /// Starts one in `folder`, on a free port, that lets `accounts` in beside everybody of this machine.
    pub async fn start_for(folder: &Path, accounts: &[Account]) -> anyhow::Result<Self> {
        make(folder)?;
        let users = accounts.iter().filter_map(Account::live_user);
        let users: Vec<_> = users.chain([EVERYBODY.to_owned()]).collect();
        write_private(&folder.join(USERS), &users.join("\n"))?;
        Self::start_at(folder, free_port()?).await
    }

    /// Starts a node of a cluster in `folder`, on `port`; other nodes talk to it on `bus`.
    pub(super) async fn start_node(folder: &Path, port: u16, bus: u16) -> anyhow::Result<Self> {
        let bus = bus.to_string();
        Self::launch_with(folder, port, &["--cluster-enabled", "yes", "--cluster-port", &bus]).await
    }

    /// Where it listens.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Starts one in `folder`, on `port`.
    pub async fn start_at(folder: &Path, port: u16) -> anyhow::Result<Self> {
        Self::launch_with(folder, port, &[]).await
    }

    async fn launch_with(folder: &Path, port: u16, words: &[&str]) -> anyhow::Result<Self> {
        make(folder)?;
        let server =
            find(&["/usr/bin/redis-server", "/usr/local/bin/redis-server"], "redis-server")?;
        let forgetting = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        let mut program = Program::new("redis", server, folder).words(forgetting);
        program = program.words(words.iter().copied());
        let users = folder.join(USERS);
        if users.exists() {
            program = program.word("--aclfile").word(users.display().to_string());
        }
        let child = launch(&program, port).await?;
        Ok(Self { program, port, child })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Where `account` finds it.
    #[must_use]
    pub fn url_for(&self, account: &Account) -> String {
        let (name, password) = (account.rights.service, &account.password);
        format!("redis://{name}:{password}@127.0.0.1:{}", self.port)
    }

    /// Listens where `former` did, with all it holds; `former` must no longer listen there.
    pub async fn take_the_place_of(&mut self, former: &Self) -> anyhow::Result<()> {
        let program = find(&["/usr/bin/redis-cli", "/usr/local/bin/redis-cli"], "redis-tools")?;
        // Told by its exit status whether the server refused.
        let ask = Program::new("redis-cli", program, Path::new("/")).words(["-e", "-u"]);
        let moving = ["CONFIG", "SET", "port"];
        ask.word(self.url()).words(moving).word(former.port.to_string()).run().await?;
        self.port = former.port;
        Ok(())
    }
}

impl Server for Redis {
    const STOP: &str = "TERM";

    fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    async fn launch(&self) -> anyhow::Result<Child> {
        launch(&self.program, self.port).await
    }
}

async fn launch(program: &Program, port: u16) -> anyhow::Result<Child> {
    let mut child = program.clone().word("--port").word(port.to_string()).start()?;
    ready("redis-server", &mut child, || is_open(port)).await?;
    Ok(child)
}
