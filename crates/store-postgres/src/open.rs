//! Opening the database: connections and schema.

use std::{io, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use tokio::time::timeout;

use crate::{
    astray::Astray, connections::Connections, error::OpenError, migrating::migrate,
    store::PostgresStore,
};

/// A connection nobody uses is closed after so long.
const IDLE: Duration = Duration::from_mins(5);

/// What may be said about a store when opening it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many connections this process may open.
    pub max_connections: u32,
    /// What operators see in `pg_stat_activity`.
    pub application_name: String,
    /// How long a method may take before it counts as failed.
    pub call_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 16,
            application_name: "sluice".to_owned(),
            // Whoever waits for an answer to a request is cut off after 20 seconds without a word; this comes before.
            call_timeout: Duration::from_secs(15),
        }
    }
}

impl PostgresStore {
    /// Connects to the database at `url`, and brings its schema up to date. Several processes may do
    /// so at once.
    pub async fn open(url: &SecretString, options: Options) -> Result<Self, OpenError> {
        let connect = connect_options(url, &options)?;
        migrate(&connect).await?;
        let astray = Astray::default();
        let (known, doubted) = (astray.clone(), astray.clone());
        let longest = options.call_timeout / 4;
        let pools = PgPoolOptions::new()
            .max_connections(options.max_connections)
            // Before the call itself is late, which tells less.
            .acquire_timeout(options.call_timeout * 3 / 4)
            .idle_timeout(IDLE)
            // A connection that was cut fails the first statement, which stands for all others.
            .test_before_acquire(false)
            .before_acquire(move |_, about| {
                let is_trusted = known.trusts(about.age);
                Box::pin(async move { Ok(is_trusted) })
            })
            .after_release(move |connection, _| {
                let doubted = doubted.clone();
                Box::pin(async move { still_there(connection, &doubted, longest).await })
            });
        let connections = Connections::new(pools, connect, options.call_timeout);
        Ok(Self::new(connections, options.call_timeout, astray))
    }

    /// The version that the schema of the database at `url` has; none before the first. Changes nothing.
    pub async fn version(url: &SecretString) -> Result<Option<i64>, OpenError> {
        let options = connect_options(url, &Options::default())?;
        let unreachable = |source| OpenError::Connect { place: place(&options), source };
        let mut connection: PgConnection = options.connect().await.map_err(unreachable)?;
        let version = version(&mut connection).await.map_err(unreachable);
        // It was only looked at; the server notices a missing goodbye by itself.
        let _ = connection.close().await;
        version
    }

    /// Brings the schema of the database at `url` up to date.
    pub async fn migrate(url: &SecretString) -> Result<(), OpenError> {
        migrate(&connect_options(url, &Options::default())?).await
    }
}

/// Asks the server of a `connection` that goes back whether it is there, if that is in doubt. If it says nothing within
/// `longest` the connection is given up; the others are not, since it may be busy with what its caller began.
async fn still_there(
    connection: &mut PgConnection,
    astray: &Astray,
    longest: Duration,
) -> Result<bool, sqlx::Error> {
    if !astray.is_doubtful() {
        return Ok(true);
    }
    match timeout(longest, connection.ping()).await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
    }
}

fn connect_options(url: &SecretString, options: &Options) -> Result<PgConnectOptions, OpenError> {
    let parsed = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|error| OpenError::Url(error.to_string()))?;
    let statement = options.call_timeout.as_millis().to_string();
    Ok(parsed.application_name(&options.application_name).options([
        // Decisions lock their rows. Stricter, where an operator has made that the default, two at once would fail.
        ("default_transaction_isolation", "read committed"),
        // What a lost caller began must not hold its locks.
        ("statement_timeout", statement.as_str()),
        ("idle_in_transaction_session_timeout", statement.as_str()),
    ]))
}

async fn version(connection: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    let is_there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    let is_there: bool = sqlx::query_scalar(is_there).fetch_one(&mut *connection).await?;
    if !is_there {
        return Ok(None);
    }
    let newest = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    sqlx::query_scalar(newest).fetch_one(connection).await
}

/// Server and database, as a person would name them.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or("the default database");
    format!("PostgreSQL at {}:{}, {database}", options.get_host(), options.get_port())
}
