//! The command line.

use std::collections::BTreeMap;

use clap::{Args, Parser, Subcommand};

/// Durable answers from language models.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    /// What to do; serve when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings that can be given on the command line. All others come from the environment or the file.
#[derive(Debug, Args)]
pub struct Flags {
    /// Where to listen, an IP address.
    #[arg(long, global = true)]
    host: Option<String>,
    /// Where to listen; port 0 takes a free one.
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
    /// Print the OpenAPI description of the HTTP interface.
    Openapi,
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub enum DatabaseCommand {
    /// Bring its tables up to date, and end; services do the same when they start.
    Migrate,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting; secrets only as set or not.
    Show {
        /// Also print where each value came from.
        #[arg(long)]
        origin: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say whether everything is right.
    Check,
    /// Print the content of .env.example.
    Example,
}
