//! A RabbitMQ server with its management console.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{Server, find, free_port, make, port::is_open, ready, write_private};
use crate::{
    child::{Child, Program},
    rights::{Account, Patterns, Queues},
};

/// The accounts, in the broker's folder.
const DEFINITIONS: &str = "definitions.json";

/// The console counts every second instead of every five. A message whose time on the ladder is over, and
/// which its queue does not take at once, is moved again after five seconds instead of three minutes.
const ADVANCED: &str = "[{rabbit, [{quorum_tick_interval, 1000}, \
     {dead_letter_worker_publisher_confirm_timeout, 5000}]}].\n";

/// The ports of one server.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// For clients.
    pub amqp: u16,
    /// Of the management console.
    pub management: u16,
    distribution: u16,
    names: u16,
}

impl Ports {
    /// Free ones, but for those given.
    pub fn choose(amqp: Option<u16>, management: Option<u16>) -> anyhow::Result<Self> {
        let or_free = |port: Option<u16>| port.map_or_else(free_port, Ok);
        Ok(Self {
            amqp: or_free(amqp)?,
            management: or_free(management)?,
            distribution: free_port()?,
            names: free_port()?,
        })
    }
}

/// A RabbitMQ server that lets `guest` in.
#[derive(Debug)]
pub struct RabbitMq {
    ports: Ports,
    folder: PathBuf,
    program: Program,
    child: Child,
    /// The Erlang name server would stay behind if the broker had to start it.
    names: Child,
}

impl RabbitMq {
    /// Starts one in `folder`, on free ports; with what was in the folder before, if anything was.
    pub async fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_at(folder, Ports::choose(None, None)?).await
    }

    /// Starts one in `folder`, on free ports, that lets `accounts` in beside `guest`, to `queues` of such names.
    pub async fn start_for(
        folder: &Path,
        accounts: &[Account],
        queues: &Queues,
    ) -> anyhow::Result<Self> {
        make(folder)?;
        write_private(&folder.join(DEFINITIONS), &definitions(accounts, queues))?;
        Self::start(folder).await
    }

    /// Starts one in `folder`, on `ports`.
    pub async fn start_at(folder: &Path, ports: Ports) -> anyhow::Result<Self> {
        make(folder)?;
        configure(folder, ports)?;
        let server = find(&["/usr/lib/rabbitmq/bin/rabbitmq-server"], "rabbitmq-server")?;
        let names = names(folder, ports).await?;
        let program = environment(Program::new("rabbitmq", server, folder), folder, ports)
            // So that the script gives its place to the broker instead of standing before it.
            .variable("RUNNING_UNDER_SYSTEMD", "true");
        let child = launch(&program, ports).await?;
        Ok(Self { ports, folder: folder.to_owned(), program, child, names })
    }

    /// Starts the name server again if it has ended; the broker tells it its name by itself. Answers whether it had.
    pub async fn revive_names(&mut self) -> anyhow::Result<bool> {
        let is_over = self.names.is_over();
        if is_over {
            self.names = names(&self.folder, self.ports).await?;
        }
        Ok(is_over)
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.ports.amqp)
    }

    /// Where `account` finds it.
    #[must_use]
    pub fn url_for(&self, account: &Account) -> String {
        let (name, password) = (account.rights.service, &account.password);
        format!("amqp://{name}:{password}@127.0.0.1:{}/%2f", self.ports.amqp)
    }

    /// The management API, with `account` in it.
    #[must_use]
    pub fn management_url_for(&self, account: &Account) -> String {
        let (name, password) = (account.rights.service, &account.password);
        format!("http://{name}:{password}@127.0.0.1:{}", self.ports.management)
    }

    /// The management console and its API, with the account in it.
    #[must_use]
    pub fn management_url(&self) -> String {
        format!("http://guest:guest@127.0.0.1:{}", self.ports.management)
    }

    /// Runs `rabbitmqctl` on it.
    pub async fn control(&self, words: &[&str]) -> anyhow::Result<()> {
        let control = "/usr/lib/rabbitmq/bin/rabbitmqctl";
        let program =
            Program::new("rabbitmqctl", control, &self.folder).words(words.iter().copied());
        environment(program, &self.folder, self.ports).run().await
    }
}

impl Server for RabbitMq {
    const STOP: &str = "TERM";

    fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    async fn launch(&self) -> anyhow::Result<Child> {
        launch(&self.program, self.ports).await
    }

    /// Without a name server it would start one that nobody ends.
    async fn restart(&mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        self.revive_names().await?;
        self.child = self.launch().await?;
        Ok(())
    }
}

async fn launch(program: &Program, ports: Ports) -> anyhow::Result<Child> {
    let mut child = program.start()?;
    // The listeners are opened when all else is done.
    let is_ready = || async { is_open(ports.amqp).await && is_open(ports.management).await };
    ready("rabbitmq-server", &mut child, is_ready).await?;
    Ok(child)
}

fn configure(folder: &Path, ports: Ports) -> anyhow::Result<()> {
    let Ports { amqp, management, .. } = ports;
    let definitions = folder.join(DEFINITIONS);
    let accounts = if definitions.exists() {
        format!("load_definitions = {}\n", definitions.display())
    } else {
        String::new()
    };
    let settings = format!(
        "listeners.tcp.1 = 127.0.0.1:{amqp}\n\
         management.tcp.ip = 127.0.0.1\n\
         management.tcp.port = {management}\n\
         raft.wal_max_size_bytes = 32000000\n\
         collect_statistics_interval = 1000\n\
         log.file = false\n\
         log.console = true\n\
         log.console.level = warning\n\
         {accounts}"
    );
    fs::write(folder.join("rabbitmq.conf"), settings)?;
    fs::write(folder.join("advanced.config"), ADVANCED)?;
    fs::write(folder.join("enabled_plugins"), "[rabbitmq_management].\n")?;
    Ok(())
}

/// The accounts of a broker: `guest`, who may everything, and `accounts`.
fn definitions(accounts: &[Account], queues: &Queues) -> String {
    let user = |name: &str, password: &str, tags: &str| json!({"name": name, "password": password, "tags": tags});
    let users = accounts.iter().map(|of| user(of.rights.service, &of.password, of.rights.tags()));
    let permission = |user: &str, configure: &str, write: &str, read: &str| json!({"user": user, "vhost": "/", "configure": configure, "write": write, "read": read});
    let permissions = accounts.iter().map(|Account { rights, .. }| {
        let Patterns { configure, write, read } = rights.at_broker(queues);
        permission(rights.service, &configure, &write, &read)
    });
    let users: Vec<_> = users.chain([user("guest", "guest", "administrator")]).collect();
    let permissions: Vec<_> = permissions.chain([permission("guest", ".*", ".*", ".*")]).collect();
    json!({"vhosts": [{"name": "/"}], "users": users, "permissions": permissions}).to_string()
}

/// What tells this broker, and its tools, from every other one of the machine.
fn environment(program: Program, folder: &Path, ports: Ports) -> Program {
    let path = |name: &str| folder.join(name).display().to_string();
    program
        .variable("HOME", folder.display().to_string())
        .variable("RABBITMQ_NODENAME", "sluice@localhost")
        .variable("RABBITMQ_NODE_PORT", ports.amqp.to_string())
        .variable("RABBITMQ_DIST_PORT", ports.distribution.to_string())
        .variable("ERL_EPMD_PORT", ports.names.to_string())
        .variable("RABBITMQ_CONFIG_FILE", path("rabbitmq"))
        .variable("RABBITMQ_ADVANCED_CONFIG_FILE", path("advanced.config"))
        .variable("RABBITMQ_CONF_ENV_FILE", path("rabbitmq-env.conf"))
        .variable("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins"))
        .variable("RABBITMQ_MNESIA_BASE", path("mnesia"))
        .variable("RABBITMQ_LOG_BASE", path("log"))
        .variable("RABBITMQ_PID_FILE", path("pid"))
        .variable("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+sbwt none")
}

/// Starts the server by which Erlang's nodes find each other.
async fn names(folder: &Path, ports: Ports) -> anyhow::Result<Child> {
    let epmd = find(&["/usr/bin/epmd"], "erlang-base")?;
    let words = ["-port".to_owned(), ports.names.to_string()];
    let program =
        Program::new("epmd", epmd, folder).words(words).word("-address").word("127.0.0.1");
    let mut child = program.start()?;
    ready("epmd", &mut child, || is_open(ports.names)).await?;
    Ok(child)
}
