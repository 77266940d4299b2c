//! A schema of its own for one test.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store_postgres::{Options, PostgresStore};

/// A schema in which a store may be opened; it goes when its owner does.
pub struct Place {
    schema: String,
    /// How transactions are kept apart unless somebody says otherwise, if it is not as usual.
    isolation: Option<&'static str>,
}

impl Place {
    pub async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("store_{}_{number}", process::id());
        // A process with this number may have been killed before it could tidy up.
        let make = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        execute(&server(), &make).await;
        Self { schema, isolation: None }
    }

    /// The same, where whoever connects finds transactions kept apart as strictly as can be.
    pub async fn serializable() -> Self {
        let mut place = Self::new().await;
        place.isolation = Some("serializable");
        place
    }

    /// The URL that leads to the schema.
    pub fn url(&self) -> String {
        let server = server();
        let join = if server.contains('?') { '&' } else { '?' };
        let isolation = self
            .isolation
            .map(|isolation| format!("%20-c%20default_transaction_isolation%3D{isolation}"));
        let isolation = isolation.unwrap_or_default();
        format!("{server}{join}options=-c%20search_path%3D{}{isolation}", self.schema)
    }

    /// A store in it.
    pub async fn open(&self) -> PostgresStore {
        let options = Options { max_connections: 4, ..Options::default() };
        PostgresStore::open(&SecretString::from(self.url()), options).await.unwrap()
    }

    /// A connection beside the store's own, as somebody at psql has it.
    pub async fn shell(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (url, sql) = (server(), format!("DROP SCHEMA {} CASCADE", self.schema));
        // A thread of its own: a runtime cannot be waited for inside another one.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(execute(&url, &sql));
        });
        // A failure leaves a schema on a server that goes after the tests.
        let _ = dropping.join();
    }
}

pub fn server() -> String {
    env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: run `make test`")
}

pub async fn execute(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
