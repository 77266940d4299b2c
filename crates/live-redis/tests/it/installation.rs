//! A part of the shared server that belongs to one test.

use std::time::Duration;

use domain::id::GenerationId;
use failpoint::Hold;
use live_redis::{Options, RedisLive};
use secrecy::SecretString;
use testkit::clock::epoch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The URL, in the variable `name`, of servers that all tests share.
pub fn url(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} names no Redis to test with; `make test` starts one"))
}

/// Names that begin like no other test's. What has them is deleted in the end.
pub struct Prefix {
    url: String,
    pub text: String,
}

impl Prefix {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), text: format!("test:{}:", GenerationId::generate(epoch())) }
    }

    /// All keys that begin with it, and for how many milliseconds they are kept; -1 is for ever.
    pub fn keys(&self) -> Vec<(String, i64)> {
        let mut connection = redis::Client::open(&*self.url).unwrap().get_connection().unwrap();
        let pattern = format!("{}*", self.text);
        let keys: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut connection).unwrap();
        let mut kept = |key: &String| redis::cmd("PTTL").arg(key).query(&mut connection).unwrap();
        keys.into_iter().map(|key| (key.clone(), kept(&key))).collect()
    }

    /// Lets all of them go after `time`.
    pub fn expire_in(&self, time: Duration) {
        let mut connection = redis::Client::open(&*self.url).unwrap().get_connection().unwrap();
        for (key, _) in self.keys() {
            let mut expire = redis::cmd("PEXPIRE");
            let millis = u64::try_from(time.as_millis()).unwrap();
            let _: u64 = expire.arg(key).arg(millis).query(&mut connection).unwrap();
        }
    }

    /// What the server answers to a command whose answer is a number.
    pub fn number(&self, command: &redis::Cmd) -> i64 {
        let mut connection = redis::Client::open(&*self.url).unwrap().get_connection().unwrap();
        command.query(&mut connection).unwrap()
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        // A server that is gone has nothing to be deleted.
        let Ok(client) = redis::Client::open(&*self.url) else { return };
        let Ok(mut connection) = client.get_connection() else { return };
        let pattern = format!("{}*", self.text);
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(pattern).query(&mut connection).unwrap_or_default();
        if !keys.is_empty() {
            let _: redis::RedisResult<()> = redis::cmd("DEL").arg(keys).query(&mut connection);
        }
    }
}

/// Options for a test: what is waited for in production for long is short.
pub fn options(url: &str, prefix: &Prefix) -> Options {
    Options {
        url: SecretString::from(url),
        prefix: prefix.text.clone(),
        lease: Duration::from_secs(2),
        ..Options::default()
    }
}

/// The adapter as one process has it, with its upkeep.
pub struct Process {
    pub live: RedisLive,
    _upkeep: JoinSet<()>,
}

impl Process {
    pub async fn start(options: Options) -> Self {
        Self::held(options, &Hold::at("nowhere")).await
    }

    /// The same, with its upkeep held at a place.
    pub async fn held(options: Options, hold: &Hold) -> Self {
        let live = RedisLive::connect(options).await.unwrap();
        let mut upkeep = JoinSet::new();
        let running = live.clone();
        let running = async move { running.run(CancellationToken::new()).await };
        upkeep.spawn(hold.over(running));
        Self { live, _upkeep: upkeep }
    }
}

/// The adapter as a process has it that needs no upkeep.
pub async fn connect(url: &str, prefix: &Prefix) -> RedisLive {
    RedisLive::connect(options(url, prefix)).await.unwrap()
}
