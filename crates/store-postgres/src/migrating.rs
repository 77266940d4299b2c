//! Bringing the schema up to date beside services that use it.
//!
//! Most changes need a table for themselves for a moment. Whoever wants the table after that waits behind the change, even
//! to read; so the change does not wait for long behind a query, or a transaction that somebody left open, but gives way and
//! asks again.

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection, PgConnection, migrate::MigrateError, postgres::PgConnectOptions,
};
use tokio::time::sleep;

use crate::{
    error::OpenError,
    migrations::{MIGRATOR, NEWEST},
    open::place,
};

/// How long it waits for a lock, and everybody behind it.
const LOCK_TIME: &str = "2s";
/// How long the others have their turn then.
const PAUSE: Duration = Duration::from_secs(1);

/// `lock_not_available`.
const NO_LOCK: &str = "55P03";

/// Since when, as far as this account may see, a transaction is open: what holds up a change, if anything.
const OLDEST: &str = "SELECT format('process %s (%s), in a transaction since %s', pid, application_name, xact_start) \
     FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
     AND xact_start IS NOT NULL ORDER BY xact_start LIMIT 1";

/// Brings the schema up to date, however long somebody is in the way.
pub(crate) async fn migrate(options: &PgConnectOptions) -> Result<(), OpenError> {
    let options = unhurried(options);
    let unreachable = |source| OpenError::Connect { place: place(&options), source };
    loop {
        let mut connection: PgConnection = options.connect().await.map_err(unreachable)?;
        let migrated = MIGRATOR.run(&mut connection).await;
        let is_held_up = migrated.as_ref().is_err_and(wants_a_lock);
        let by = if is_held_up { oldest_transaction(&mut connection).await } else { None };
        // What it was to do is done or has failed; the server notices a missing goodbye by itself.
        let _ = connection.close().await;
        match migrated {
            Err(error) if is_held_up => {
                let by = by.as_deref().unwrap_or("nobody known");
                tracing::warn!(%error, by, "the schema waits for a lock to be brought up to date");
                sleep(PAUSE).await;
            }
            done => return done.map_err(|error| open_error(error, &options)),
        }
    }
}

fn open_error(error: MigrateError, options: &PgConnectOptions) -> OpenError {
    let place = place(options);
    match error {
        MigrateError::VersionMissing(found) => OpenError::Newer { place, found, known: NEWEST },
        MigrateError::Execute(source) => OpenError::Connect { place, source },
        source => OpenError::Migration { place, source },
    }
}

/// The same for a connection that changes the schema, which takes as long as the tables are large: cut
/// off, it would begin anew with every start, and never come to an end.
fn unhurried(options: &PgConnectOptions) -> PgConnectOptions {
    // Of several values for one name the last counts.
    options.clone().options([
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("lock_timeout", LOCK_TIME),
    ])
}

fn wants_a_lock(error: &MigrateError) -> bool {
    let (MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) = error else {
        return false;
    };
    source.as_database_error().is_some_and(|error| error.code().as_deref() == Some(NO_LOCK))
}

/// Whoever is in a transaction for longest.
async fn oldest_transaction(connection: &mut PgConnection) -> Option<String> {
    // It is only told; without it the wait is the same.
    sqlx::query_scalar(OLDEST).fetch_optional(connection).await.ok().flatten()
}
