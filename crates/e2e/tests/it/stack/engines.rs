//! Places of their own for one test: a database, a virtual host, a Redis.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant, UNIX_EPOCH},
};

use cluster::{
    rights::{Account, Patterns, Queues, Rights},
    servers::{Disk, Durability, Postgres, RabbitMq, Redis},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::{process::Command, time::sleep};

use super::{
    CANARY,
    process::Settings,
    proxy::Proxy,
    store::{OWN_STORE, execute},
};
use crate::{client::http, within};

/// What one installation keeps its state in. Database and virtual host go when it does.
pub struct Engines {
    /// The database.
    pub database_url: String,
    /// The way by which services reach it, if it is another one.
    pub way_to_store: Option<Proxy>,
    /// The broker, for clients.
    pub rabbitmq_url: String,
    /// The broker's management API, with the account in it.
    pub management_url: String,
    /// The virtual host.
    pub vhost: String,
    /// The live side, of this test alone.
    pub redis: Redis,
    /// The live side before another server took its place, if it still runs.
    pub former_redis: Option<Redis>,
    /// Database server and broker, if they are of this test alone.
    pub own: Option<Own>,
    /// Where the store has little room, if it has.
    pub disk: Option<Disk>,
    /// What each service is let in with.
    pub(super) accounts: Vec<Account>,
    pub(super) maintenance_url: String,
    pub(super) folder: TempDir,
}

/// Answers the keys with a word in their name or value.
const WITH: &str = r"
local found = {}
for _, name in ipairs(redis.call('KEYS', '*')) do
  local all = name .. redis.call('DUMP', name)
  for _, word in ipairs(ARGV) do
    if string.find(all, word, 1, true) then
      found[#found + 1] = name
      break
    end
  end
end
return found
";

/// Connections made together are listed within so long of each other.
const LISTED_WITHIN: Duration = Duration::from_secs(3);

/// Servers that a test may break.
pub struct Own {
    /// The database server.
    pub postgres: Postgres,
    /// The broker.
    pub rabbitmq: RabbitMq,
}

impl Engines {
    /// Makes them on the servers that `make test` started.
    pub async fn make() -> Self {
        let urls = ["TEST_DATABASE_URL", "TEST_RABBITMQ_URL", "TEST_RABBITMQ_MANAGEMENT_URL"];
        Self::make_on(urls.map(server), tempfile::tempdir().unwrap(), None).await
    }

    /// Makes them on servers of their own, which may be broken.
    pub async fn make_own() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (postgres, rabbitmq) =
            (folder.path().join(OWN_STORE), folder.path().join("own-rabbitmq"));
        let postgres = Postgres::start(&postgres, Durability::Durable);
        let (postgres, rabbitmq) = tokio::try_join!(postgres, RabbitMq::start(&rabbitmq)).unwrap();
        let urls = [postgres.url(), rabbitmq.url(), rabbitmq.management_url()];
        Self::make_on(urls, folder, Some(Own { postgres, rabbitmq })).await
    }

    async fn make_on(urls: [String; 3], folder: TempDir, own: Option<Own>) -> Self {
        let name = unique();
        let [maintenance_url, rabbitmq_url, management_url] = urls;
        execute(&maintenance_url, &format!("CREATE DATABASE {name}")).await;
        let vhost = format!("{management_url}/api/vhosts/{name}");
        // Everything that is published is told to who listens.
        expect_success(http().put(&vhost).json(&json!({"tracing": true}))).await;
        let marked = |account: Account| {
            let password = format!("{CANARY}-{}", account.password);
            Account { password, ..account }
        };
        let accounts: Vec<Account> = Account::all().into_iter().map(marked).collect();
        let redis = Redis::start_for(folder.path(), &accounts).await.unwrap();
        let made = Self {
            database_url: with_path(&maintenance_url, &name),
            way_to_store: None,
            rabbitmq_url: with_path(&rabbitmq_url, &name),
            management_url,
            vhost: name,
            redis,
            former_redis: None,
            own,
            disk: None,
            accounts,
            maintenance_url,
            folder,
        };
        made.tap().await;
        for Account { rights, password } in &made.accounts {
            let user = json!({"password": password, "tags": rights.tags()});
            let path = format!("users/{}", made.user(rights));
            expect_success(made.manage(Method::PUT, &path).json(&user)).await;
            made.permit(rights, &rights.at_broker(&Queues::default()).write).await;
        }
        made
    }

    /// The settings that lead a process of any service to the store.
    pub fn store_settings(&self) -> Settings {
        let mut url = reqwest::Url::parse(&self.database_url).unwrap();
        if let Some(way) = &self.way_to_store {
            url.set_port(Some(way.port())).unwrap();
        }
        vec![("DATABASE_URL", url.into())]
    }

    /// Services reach the store by a way on which answers may get lost.
    pub async fn behind_a_proxy(mut self) -> Self {
        let url = reqwest::Url::parse(&self.database_url).unwrap();
        self.way_to_store = Some(Proxy::to(url.port().unwrap_or(5432)).await);
        self
    }

    /// Of `settings` what a process of `program` may know, and its own ways to all of them.
    pub fn settings_of(&self, program: &str, settings: &Settings) -> Settings {
        let account = self.accounts.iter().find(|account| account.rights.service == program);
        let account = account.expect("every service has an account");
        let as_user = |url: &str| {
            let mut url = reqwest::Url::parse(url).unwrap();
            url.set_username(&self.user(account.rights)).unwrap();
            url.set_password(Some(&account.password)).unwrap();
            String::from(url)
        };
        let ways = [
            ("RABBITMQ_URL", as_user(&self.rabbitmq_url)),
            ("RABBITMQ_MANAGEMENT_URL", as_user(&self.management_url)),
            ("REDIS_URL", self.redis.url_for(account)),
        ];
        let all = settings.iter().cloned().chain(self.store_settings()).chain(ways);
        all.filter(|(name, _)| account.rights.may_know(name)).collect()
    }

    /// The account of a service at the broker, which other installations have as well.
    fn user(&self, rights: &Rights) -> String {
        format!("{}-{}", self.vhost, rights.service)
    }

    /// Lets a service do at the broker what it may, and publish where `write` says.
    async fn permit(&self, rights: &Rights, write: &str) {
        let path = format!("permissions/{}/{}", self.vhost, self.user(rights));
        let Patterns { configure, read, .. } = rights.at_broker(&Queues::default());
        let permissions = json!({"configure": configure, "write": write, "read": read});
        expect_success(self.manage(Method::PUT, &path).json(&permissions)).await;
    }

    pub(super) fn manage(&self, method: Method, path: &str) -> RequestBuilder {
        http().request(method, format!("{}/api/{path}", self.management_url))
    }

    /// Runs a command on the live side.
    pub async fn redis_command(&self, words: &[&str]) {
        ask_redis(&self.redis, words).await;
    }

    /// One more Redis, which holds nothing yet.
    pub async fn another_redis(&self) -> Redis {
        let folder = self.folder.path().join("another-redis");
        Redis::start_for(&folder, &self.accounts).await.unwrap()
    }

    /// The tables with one of `words` in a row.
    pub async fn tables_with(&self, words: &[String]) -> Vec<String> {
        let mut store = PgConnection::connect(&self.database_url).await.unwrap();
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut store).await.unwrap();
        let words: Vec<String> = words.iter().map(|word| format!("%{word}%")).collect();
        let mut found = Vec::new();
        for table in tables {
            let sql =
                format!("SELECT EXISTS (SELECT FROM {table} AS row WHERE row::text LIKE ANY ($1))");
            let has_one = sqlx::query_scalar(AssertSqlSafe(sql)).bind(&words);
            if has_one.fetch_one(&mut store).await.unwrap() {
                found.push(table);
            }
        }
        store.close().await.unwrap();
        found
    }

    /// The keys of the live side with one of `words` in their name or value.
    pub async fn live_keys_with(&self, words: &[String]) -> Vec<String> {
        self.redis_command(&["CONFIG", "SET", "rdbcompression", "no"]).await;
        let mut command = vec!["EVAL", WITH, "0"];
        command.extend(words.iter().map(String::as_str));
        let found = ask_redis(&self.redis, &command).await;
        found.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// What the broker says of a queue. Its figures are up to a second old.
    pub async fn queue(&self, name: &str) -> Value {
        let queue = self.manage(Method::GET, &format!("queues/{}/{name}", self.vhost));
        queue.send().await.unwrap().json().await.unwrap()
    }

    /// Waits until the broker is short of memory, or of room on its disk.
    pub async fn is_alarmed(&self) {
        let is_alarmed =
            |node: &Value| node["mem_alarm"] == true || node["disk_free_alarm"] == true;
        loop {
            let nodes = self.manage(Method::GET, "nodes").send().await.unwrap();
            let nodes: Value = nodes.json().await.unwrap();
            if nodes.as_array().unwrap().iter().any(is_alarmed) {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends every connection to the virtual host that the broker lists.
    pub async fn cut_broker(&self) {
        self.cut_older_than(i64::MAX).await;
    }

    /// Ends the listed connections made before `at` (milliseconds since 1970); answers how many.
    async fn cut_older_than(&self, at: i64) -> usize {
        let listed = format!("{}/api/vhosts/{}/connections", self.management_url, self.vhost);
        let listed: Value = http().get(listed).send().await.unwrap().json().await.unwrap();
        // One that is listed without its time has only just come.
        let is_older = |connection: &&Value| {
            connection["connected_at"].as_i64().is_some_and(|connected| connected < at)
        };
        let older: Vec<&Value> = listed.as_array().unwrap().iter().filter(is_older).collect();
        for connection in &older {
            let name = connection["name"].as_str().unwrap();
            let mut url = reqwest::Url::parse(&self.management_url).unwrap();
            url.path_segments_mut().unwrap().extend(["api", "connections", name]);
            // It may have ended by itself.
            let _ = http().delete(url).send().await.unwrap();
        }
        older.len()
    }

    /// Takes away the way from an exchange to a queue, if there is one.
    ///
    /// Deleting the queue would do as well, but a broker that does so many times a second breaks.
    pub async fn unbind(&self, exchange: &str, queue: &str, key: &str) {
        let url = format!(
            "{}/api/bindings/{}/e/{exchange}/q/{queue}/{key}",
            self.management_url, self.vhost
        );
        let _ = http().delete(url).send().await.unwrap();
    }

    /// Gives that way back.
    pub async fn bind(&self, exchange: &str, queue: &str, key: &str) {
        let url =
            format!("{}/api/bindings/{}/e/{exchange}/q/{queue}", self.management_url, self.vhost);
        expect_success(http().post(url).json(&json!({"routing_key": key}))).await;
    }

    /// Lets nobody publish any more, or everybody again.
    pub async fn may_publish(&self, may: bool) {
        for Account { rights, .. } in &self.accounts {
            let write = rights.at_broker(&Queues::default()).write;
            self.permit(rights, if may { &write } else { "^$" }).await;
        }
        // A channel remembers what it was permitted; and the broker lists a connection only some time after
        // it was made.
        let changed = UNIX_EPOCH.elapsed().unwrap().as_millis().try_into().unwrap();
        let mut last_cut = None::<Instant>;
        let all_cut = async {
            while last_cut.is_none_or(|last| last.elapsed() < LISTED_WITHIN) {
                if self.cut_older_than(changed).await > 0 {
                    last_cut = Some(Instant::now());
                }
                sleep(Duration::from_millis(100)).await;
            }
        };
        within("a list of all connections", all_cut).await;
    }

    /// Runs a statement in the database.
    pub async fn keep(&self, sql: &str) {
        execute(&self.database_url, sql).await;
    }

    /// Publishes `payload` where nobody waits for it.
    pub async fn publish_anywhere(&self, key: &str, payload: &str) {
        let url =
            format!("{}/api/exchanges/{}/amq.direct/publish", self.management_url, self.vhost);
        expect_success(http().post(url).json(&json!({
            "properties": {}, "routing_key": key, "payload": payload, "payload_encoding": "string",
        })))
        .await;
    }

    /// Publishes something that is no job.
    pub async fn publish_nonsense(&self, key: &str) {
        expect_success(self.publishing(key, &json!({}), "no job")).await;
    }

    /// Publishes `payload` with the properties of AMQP that are given, as a job for the provider `key`, as soon as
    /// there is a queue for it.
    pub async fn publish(&self, key: &str, properties: &Value, payload: &str) {
        let routed = async {
            loop {
                let response = self.publishing(key, properties, payload).send().await.unwrap();
                if response.text().await.unwrap().contains("\"routed\":true") {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        within("a queue for the message", routed).await;
    }

    fn publishing(&self, key: &str, properties: &Value, payload: &str) -> RequestBuilder {
        let url =
            format!("{}/api/exchanges/{}/generation/publish", self.management_url, self.vhost);
        http().post(url).json(&json!({
            "properties": properties, "routing_key": key, "payload": payload,
            "payload_encoding": "string",
        }))
    }

    /// Forgets every job that is to be published.
    pub async fn forget_jobs(&self) {
        execute(&self.database_url, "DELETE FROM outbox WHERE kind = 'job'").await;
    }

    /// Removes what stays on shared servers.
    pub async fn remove(self) {
        if self.own.is_some() {
            return;
        }
        for Account { rights, .. } in &self.accounts {
            let path = format!("users/{}", self.user(rights));
            expect_success(self.manage(Method::DELETE, &path)).await;
        }
        let vhost = format!("{}/api/vhosts/{}", self.management_url, self.vhost);
        expect_success(http().delete(&vhost)).await;
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.vhost);
        execute(&self.maintenance_url, &drop).await;
    }
}

/// A name that no other test, and no earlier process with the same number, has.
fn unique() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = UNIX_EPOCH.elapsed().unwrap().as_millis();
    format!("sluice_{}_{number}_{since}", process::id())
}

/// Runs a command on `redis`, and returns what it answers.
pub async fn ask_redis(redis: &Redis, words: &[&str]) -> String {
    let output = Command::new("redis-cli").args(["-u", &redis.url()]).args(words).output();
    let output = output.await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let failed = told.starts_with("ERR") || told.contains("user_script");
    assert!(output.status.success() && !failed, "{words:?}: {output:?}");
    told
}

/// The server that the variable `name` leads to.
fn server(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `make test`"))
}

pub(super) async fn expect_success(request: reqwest::RequestBuilder) {
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
}

/// `url` with another path.
fn with_path(url: &str, path: &str) -> String {
    let mut url = reqwest::Url::parse(url).unwrap();
    url.set_path(path);
    url.into()
}
