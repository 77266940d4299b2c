//! The database server of one test, as its operator and as whoever breaks it.

use cluster::servers::Disk;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::Engines;
use crate::within;

/// Megabytes of a disk that has room for a new database or its log, and is quickly filled.
const SMALL: u32 = 64;

/// The folder of a database server of this test alone, in that of the test.
pub(super) const OWN_STORE: &str = "own-postgres";

impl Engines {
    /// The database is moved to a disk that holds little more.
    pub async fn with_little_room_for_tables(mut self) -> Self {
        let disk = self.small_disk().await;
        let place = disk.room();
        let make = format!("CREATE TABLESPACE small LOCATION '{}'", place.display());
        self.store_command(&make).await;
        self.store_command(&format!("ALTER DATABASE {} SET TABLESPACE small", self.vhost)).await;
        self.disk = Some(disk);
        self
    }

    /// What the database server writes before all else is moved there.
    pub async fn with_little_room_for_the_log(mut self) -> Self {
        let disk = self.small_disk().await;
        let own = self.own.as_mut().expect("nobody else's servers are changed");
        own.postgres.move_log(&disk.room()).await.unwrap();
        self.disk = Some(disk);
        self
    }

    async fn small_disk(&self) -> Disk {
        let folder = self.folder.path().join("small-disk");
        Disk::make(&folder, SMALL).await.unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Runs a statement on the database server, in none of our databases.
    pub async fn store_command(&self, sql: &str) {
        execute(&self.maintenance_url, sql).await;
    }

    /// The same, where it may fail.
    pub async fn try_store_command(&self, sql: &str) -> sqlx::Result<()> {
        try_execute(&self.maintenance_url, sql).await
    }

    /// Whether the first job of `generation` is still to be published.
    pub async fn is_unsent(&self, generation: &str) -> bool {
        let mut store = PgConnection::connect(&self.database_url).await.unwrap();
        let unsent = "SELECT EXISTS (SELECT FROM outbox WHERE generation_id::text = $1)";
        let unsent = sqlx::query_scalar(unsent).bind(generation).fetch_one(&mut store).await;
        store.close().await.unwrap();
        unsent.unwrap()
    }

    /// Everything that the database server of this test alone has said.
    pub fn own_store_says(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(OWN_STORE).join("postgres.log")).unwrap()
    }

    /// Waits until new sessions on the database server have `value` for `setting`.
    ///
    /// Those that are there have it before their next statement, then: they are told first.
    pub async fn store_says(&self, setting: &str, value: &str) {
        let said = async {
            loop {
                let mut session = PgConnection::connect(&self.maintenance_url).await.unwrap();
                let says: String = sqlx::query_scalar("SELECT current_setting($1)")
                    .bind(setting)
                    .fetch_one(&mut session)
                    .await
                    .unwrap();
                if says == value {
                    return;
                }
            }
        };
        within(&format!("{setting}={value}"), said).await;
    }

    /// Ends every connection to the database, as a failover does.
    pub async fn cut_store(&self) {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.vhost
        );
        self.store_command(&sql).await;
    }
}

/// Runs a statement on the database server at `url`.
pub(super) async fn execute(url: &str, sql: &str) {
    try_execute(url, sql).await.unwrap();
}

async fn try_execute(url: &str, sql: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}
