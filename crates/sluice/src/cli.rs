//! The command line.

use std::collections::BTreeMap;

use clap::{Args, Parser, Subcommand};

/// Durable answers from language models.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do; serve when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings that can be given on the command line. All others come from the environment or the file.
#[derive(Debug, Args)]
pub struct Flags {
    /// Where to listen, an IP address; for other commands, where the running one listens.
    #[arg(long, global = true)]
    host: Option<String>,
    /// Where to listen; port 0 takes a free one. For other commands, where the running one listens.
    #[arg(long, global = true)]
    port: Option<String>,
    /// Where the database and the secrets are kept.
    #[arg(long, global = true)]
    data_dir: Option<String>,
}

impl Flags {
    /// The given ones, by setting name.
    pub fn settings(self) -> BTreeMap<String, String> {
        let Self { host, port, data_dir } = self;
        let given = [("HOST", host), ("PORT", port), ("DATA_DIR", data_dir)];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in this process.
    Serve,
    /// Ask a running Sluice something, and print the answer as it comes. Ctrl-C stops it.
    Chat(ChatArguments),
    /// Ask a running Sluice whether it is alive.
    Health {
        /// Ask whether it can do its work: store and queue answer.
        #[arg(long)]
        ready: bool,
    },
    /// Show or check the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look after the store.
    #[command(subcommand)]
    Db(DatabaseCommand),
    /// Say whether Sluice could work here: its configuration, and whether all that it needs answers.
    Doctor,
    /// Print the OpenAPI description of the HTTP interface.
    Openapi,
    /// Print what a shell needs to complete command lines.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    #[command(flatten)]
    Operate(OperatorCommand),
}

/// What to ask.
#[derive(Debug, Args)]
pub struct ChatArguments {
    /// What to ask; else what stands on standard input, or on a terminal one line after the other.
    pub prompt: Vec<String>,
    /// Who is to answer: provider/model, the name of a model or of a chain.
    #[arg(long)]
    pub model: Option<String>,
    /// Go on in this chat, instead of in a new one.
    #[arg(long, value_name = "ID")]
    pub chat: Option<String>,
}

/// What operators do with a running Sluice.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// The provider keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The pools: the workers of each provider.
    #[command(subcommand)]
    Pools(PoolsCommand),
    /// The workers.
    #[command(subcommand)]
    Workers(WorkersCommand),
    /// Have every worker read its keys and limits again, as SIGHUP does for one.
    Reload,
    /// How much waits in each queue.
    Queues,
    /// Messages that could not be done.
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Generations, whoever they belong to.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// What was spent.
    #[command(subcommand)]
    Usage(UsageCommand),
    /// What people and operators did, newest first.
    Audit {
        #[command(flatten)]
        page: Page,
        /// Go on with older ones: what the answer before said.
        #[arg(long, value_name = "CURSOR")]
        before: Option<String>,
    },
    /// Accounts.
    #[command(subcommand)]
    Users(UsersCommand),
}

/// How much of a list.
#[derive(Debug, Args)]
pub struct Page {
    /// How many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub limit: u32,
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub enum DatabaseCommand {
    /// Bring its tables up to date, and end; services do the same when they start.
    Migrate,
    /// Say which version its tables have, and which they would get. Changes nothing.
    Status,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting and every table of the file; of secrets only that they are set, or how many.
    Show {
        /// Also print where each value came from.
        #[arg(long)]
        origin: bool,
    },
    /// Say whether everything is right, so that `sluice` would start with it.
    Check,
    /// Print the content of .env.example.
    Example,
}

/// What to do with the provider keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// The keys by their names, and how they are.
    List,
    /// Bring a key back, whatever it was out for: disabled, revoked or cooling.
    #[command(visible_alias = "clear")]
    Enable {
        /// Whose key.
        provider: String,
        /// Its name, as `keys list` shows it.
        key: String,
    },
    /// Take a key out. Calls under way go on.
    Disable {
        /// Whose key.
        provider: String,
        /// Its name, as `keys list` shows it.
        key: String,
        /// For so many seconds only.
        #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
        seconds: Option<u32>,
    },
    /// Have a worker ask the provider whether a key is well. It costs nothing.
    Test {
        /// Whose key.
        provider: String,
        /// Its name, as `keys list` shows it.
        key: String,
    },
}

/// What to say of usage.
#[derive(Debug, Subcommand)]
pub enum UsageCommand {
    /// By day (UTC) and model, newest first.
    Report {
        /// The first day, like 2026-01-31; 30 days ago when absent.
        #[arg(long)]
        from: Option<String>,
    },
}

/// What to do with the pools.
#[derive(Debug, Subcommand)]
pub enum PoolsCommand {
    /// What is wished of them, and how their workers do.
    List,
    /// Take no more jobs; answers under way go on.
    Pause {
        /// The provider.
        provider: String,
        /// Why, for whoever looks at it meanwhile; 200 characters at most.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take no more jobs, and wait until the last answer under way has ended. Ctrl-C ends the wait alone.
    Drain {
        /// The provider.
        provider: String,
        /// Why, for whoever looks at it meanwhile; 200 characters at most.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Take jobs again.
    Resume {
        /// The provider.
        provider: String,
    },
    /// Change how many answers each worker streams at once.
    Scale {
        /// The provider.
        provider: String,
        /// How many; 0 for what each worker is configured for.
        concurrency: u16,
    },
    /// Change how often each key may be used, in every worker at once.
    Limits {
        /// The provider.
        provider: String,
        /// How many requests in any minute; 0 for what is configured.
        requests_per_minute: u32,
    },
}

/// What to do with the workers.
#[derive(Debug, Subcommand)]
pub enum WorkersCommand {
    /// Those that said something in the last ten seconds.
    List,
    /// Change how many answers one worker streams at once, until it ends.
    Scale {
        /// Its name, as `workers list` shows it.
        worker: String,
        /// How many; 0 for what is wanted of its pools.
        concurrency: u16,
    },
    /// Take no more jobs; answers under way go on.
    Drain {
        /// Its name, as `workers list` shows it.
        worker: String,
    },
    /// Take jobs again.
    Resume {
        /// Its name, as `workers list` shows it.
        worker: String,
    },
}

/// What to do with messages that could not be done.
#[derive(Debug, Subcommand)]
pub enum DeadCommand {
    /// 1000 of them, the oldest first.
    List {
        /// Go on with younger ones: what the answer before said.
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
    },
    /// One of them, with what it says; prompts are left out.
    Show {
        /// The id of the message.
        id: String,
    },
    /// Put them back where they had been.
    Replay {
        #[command(flatten)]
        choice: Choice,
        /// So many a second, instead of all at once.
        #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u16).range(1..=1000))]
        rate: Option<u16>,
    },
    /// Drop them for good.
    Drop(Choice),
}

/// What is to be done with them.
#[derive(Debug, Args)]
pub struct Choice {
    #[command(flatten)]
    pub which: Which,
    /// Only say how many there are.
    #[arg(long)]
    pub dry_run: bool,
}

/// Which of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// These, by the id of the message.
    pub message_ids: Vec<String>,
    /// Those whose reason holds this text.
    #[arg(long, value_parser = not_blank)]
    pub why: Option<String>,
    /// All of them.
    #[arg(long)]
    pub all: bool,
}

/// A text that says something: one that does not is held by every reason.
fn not_blank(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("must not be blank") } else { Ok(text.to_owned()) }
}

/// What to do with a generation.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// Those that have not ended, the oldest first.
    List {
        /// held, waiting, queued or streaming.
        #[arg(long)]
        state: Option<String>,
        /// Whose, by the id of the account.
        #[arg(long)]
        user: Option<String>,
        /// Who is asked.
        #[arg(long)]
        provider: Option<String>,
        /// Which model.
        #[arg(long)]
        model: Option<String>,
        #[command(flatten)]
        page: Page,
        /// Go on with younger ones: what the answer before said.
        #[arg(long, value_name = "CURSOR")]
        after: Option<String>,
    },
    /// How it is, and what it waits for.
    Show {
        /// The generation.
        id: String,
    },
    /// Print its answer as it comes, until it ends.
    Tail {
        /// The generation.
        id: String,
    },
    /// Stop it; what was streamed is kept.
    Cancel {
        /// The generation.
        id: String,
    },
    /// Try it again now, if it waits for a retry.
    Retry {
        /// The generation.
        id: String,
    },
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UsersCommand {
    /// Make an account, and print its first password.
    #[command(visible_alias = "create")]
    Add {
        /// Whose.
        email: String,
        /// user, viewer, operator or admin.
        #[arg(long, default_value = "user")]
        role: String,
    },
    /// Give an account another role.
    Role {
        /// Whose.
        email: String,
        /// user, viewer, operator or admin.
        role: String,
    },
    /// Shut an account out: its sign-ins end, its keys are no good.
    Disable {
        /// Whose.
        email: String,
    },
    /// Let an account in again.
    Enable {
        /// Whose.
        email: String,
    },
    /// Print a token that speaks for an account, for as long as an access token is good.
    Token {
        /// Whose.
        email: String,
    },
}
