//! Which engines, by URL.

use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{passwords, reader::Reader};

/// The engines of an installation.
#[derive(Debug, Clone)]
pub struct Urls {
    /// The store.
    pub store: StoreUrl,
    /// How many connections to the store this process may open.
    pub store_connections: u32,
    /// The queue.
    pub queue: QueueUrl,
    /// The queue's management interface, if it is not where the broker's own would be.
    pub queue_management: Option<SecretString>,
    /// How the queues of jobs are called, before the provider's name.
    pub request_queue: String,
    /// How the queue of reports is called.
    pub response_queue: String,
    /// Event logs, keys and limits.
    pub live: LiveUrl,
}

/// Where the store is.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A server.
    Postgres(SecretString),
}

/// Where the queue is.
#[derive(Debug, Clone)]
pub enum QueueUrl {
    /// In this process.
    Memory,
    /// A broker.
    RabbitMq(SecretString),
}

/// Where event logs, keys and limits are.
#[derive(Debug, Clone)]
pub enum LiveUrl {
    /// In this process.
    Memory,
    /// A server.
    Redis(SecretString),
}

impl Urls {
    /// The settings whose engine lives inside one process, so that no other one could reach it.
    #[must_use]
    pub fn inside(&self) -> Vec<&'static str> {
        let inside = [
            ("DATABASE_URL", matches!(self.store, StoreUrl::Sqlite(_))),
            ("RABBITMQ_URL", matches!(self.queue, QueueUrl::Memory)),
            ("REDIS_URL", matches!(self.live, LiveUrl::Memory)),
        ];
        inside.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect()
    }
}

pub(super) fn read(reader: &Reader<'_>, data_dir: &Path) -> Urls {
    let queue_name = |name| reader.parse(name, |text| is_queue_name(text).then(|| text.to_owned()));
    let connections = reader.number("DB_CONNECTIONS", 1..=1000);
    let urls = Urls {
        store: store(reader, data_dir),
        store_connections: u32::try_from(connections).expect("the setting allows at most 1000"),
        queue: queue(reader),
        queue_management: reader.parse("RABBITMQ_MANAGEMENT_URL", |text| match text {
            "" => Some(None),
            _ => server(text, &["http", "https"]).map(|url| Some(secret(&url))),
        }),
        request_queue: queue_name("REQUEST_QUEUE"),
        response_queue: queue_name("RESPONSE_QUEUE"),
        live: reader.parse("REDIS_URL", |text| match text {
            "memory:" => Some(LiveUrl::Memory),
            _ => server(text, &["redis", "rediss", "redis+cluster", "rediss+cluster"])
                .map(|url| LiveUrl::Redis(secret(&url))),
        }),
    };
    passwords::check(reader, &urls);
    check_parameters(reader, &urls.store);
    urls
}

fn store(reader: &Reader<'_>, data_dir: &Path) -> StoreUrl {
    let account = Account::read(reader, "DB_USER", "DB_PASSWORD");
    reader.parse("DATABASE_URL", |text| {
        if text.is_empty() {
            return Some(StoreUrl::Sqlite(data_dir.join("sluice.db")));
        }
        if let Some(path) = text.strip_prefix("sqlite://") {
            // Parameters of others' would be taken for a part of the name, and the database looked for beside itself.
            let is_path = !path.is_empty() && !path.contains(['?', '#']);
            return is_path.then(|| StoreUrl::Sqlite(path.into()));
        }
        let url = server(text, &["postgres", "postgresql"])?;
        Some(StoreUrl::Postgres(account.sign_in(url)))
    })
}

/// The parameters that a URL of PostgreSQL may have, by all their names.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Notes a parameter of the store's URL that says nothing to us: whoever gave it meant something by it, and the client
/// would log it with its value.
fn check_parameters(reader: &Reader<'_>, store: &StoreUrl) {
    let StoreUrl::Postgres(url) = store else { return };
    let url = Url::parse(url.expose_secret()).expect("it was made from a URL");
    let is_known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    if let Some((name, _)) = url.query_pairs().find(|(name, _)| !is_known(name)) {
        let usual = "sslmode, sslrootcert, sslcert, sslkey, application_name";
        reader.refuse(
            "DATABASE_URL",
            Some(format!("has a parameter {name:?} that is not known; the usual ones are {usual}")),
        );
    }
}

fn queue(reader: &Reader<'_>) -> QueueUrl {
    let account = Account::read(reader, "RABBITMQ_USER", "RABBITMQ_PASSWORD");
    reader.parse("RABBITMQ_URL", |text| match text {
        "memory:" => Some(QueueUrl::Memory),
        _ => server(text, &["amqp", "amqps"]).map(|url| QueueUrl::RabbitMq(account.sign_in(url))),
    })
}

/// `text`, if it names a server by one of `schemes`.
fn server(text: &str, schemes: &[&str]) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (schemes.contains(&url.scheme()) && url.has_host()).then_some(url)
}

/// AMQP takes names of up to 255 bytes; the provider's name, at most 32, comes behind.
fn is_queue_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.len() <= 200 && text.chars().all(fits)
}

fn secret(url: &Url) -> SecretString {
    url.as_str().into()
}

/// Who signs in where the URL names nobody.
struct Account {
    user: String,
    password: Option<SecretString>,
}

impl Account {
    fn read(reader: &Reader<'_>, user: &'static str, password: &'static str) -> Self {
        Self { user: reader.text(user), password: reader.secret(password) }
    }

    fn sign_in(&self, mut url: Url) -> SecretString {
        if url.username().is_empty() && !self.user.is_empty() {
            let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let password = self.password.as_ref().map(|text| escaped(text.expose_secret()));
            // Every URL with a host, as these are, can take an account. What it is given may hold no %: that is left as
            // it is, and whoever signs in would take it for the beginning of another sign.
            let _ = url.set_username(&escaped(&self.user));
            let _ = url.set_password(password.as_deref());
        }
        secret(&url)
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    fn account(user: &str, password: &str) -> Account {
        Account { user: user.to_owned(), password: Some(password.into()) }
    }

    #[test]
    fn an_account_is_put_in_where_the_url_names_nobody() {
        let cases = [
            ("amqp://host:1/vhost", "amqp://ada:p%40ss%2F@host:1/vhost"),
            ("amqp://bob:x@host", "amqp://bob:x@host"),
        ];
        for (url, expected) in cases {
            let url = Url::parse(url).unwrap();
            let signed_in = account("ada", "p@ss/").sign_in(url);
            assert_eq!(signed_in.expose_secret(), expected);
        }
        for password in ["ab%41cd", "100%de", "%ff", "ümläut ", "plain"] {
            let signed_in = account("a%41", password).sign_in(Url::parse("amqp://host").unwrap());
            let url = Url::parse(signed_in.expose_secret()).unwrap();
            let read = |text| percent_decode_str(text).decode_utf8().unwrap().into_owned();
            assert_eq!(read(url.username()), "a%41");
            assert_eq!(read(url.password().unwrap()), password);
        }
        let nobody = account("", "x").sign_in(Url::parse("postgres://host/db").unwrap());
        assert_eq!(nobody.expose_secret(), "postgres://host/db");
    }

    #[test]
    fn a_name_with_anything_odd_in_it_is_no_queue_name() {
        for name in ["", "a b", "a/b", "ä", &"x".repeat(201)] {
            assert!(!is_queue_name(name), "{name}");
        }
        assert!(is_queue_name("generation.requests_2-x"));
    }
}
