//! Passwords that everybody knows are good for servers of this machine only.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    reader::Reader,
    urls::{LiveUrl, QueueUrl, StoreUrl, Urls},
};

/// What servers, their images and their guides come with.
const KNOWN: [&str; 20] = [
    "123456",
    "admin",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "default",
    "example",
    "foobared",
    "guest",
    "mypassword",
    "pass",
    "passwd",
    "password",
    "postgres",
    "rabbitmq",
    "redis",
    "root",
    "secret",
    "test",
];

/// Notes every server elsewhere that would be entered with a password that everybody knows, or with none.
pub(super) fn check(reader: &Reader<'_>, urls: &Urls) {
    let is_allowed = reader.parse("ALLOW_DEFAULT_PASSWORDS", |text| text.parse::<bool>().ok());
    for (name, url) in servers(urls) {
        let url = Url::parse(url.expose_secret()).expect("it was made from a URL");
        if !is_allowed && !is_here(&url) && is_known(&url) {
            reader.refuse(name, Some(ALLOWED.to_owned()));
        }
    }
}

const ALLOWED: &str = "a server on another host must have a password that not everybody knows; \
     or set ALLOW_DEFAULT_PASSWORDS=true";

fn servers(urls: &Urls) -> impl Iterator<Item = (&'static str, &SecretString)> {
    let store = match &urls.store {
        StoreUrl::Postgres(url) => Some(("DATABASE_URL", url)),
        StoreUrl::Sqlite(_) => None,
    };
    let queue = match &urls.queue {
        QueueUrl::RabbitMq(url) => Some(("RABBITMQ_URL", url)),
        QueueUrl::Memory => None,
    };
    let live = match &urls.live {
        LiveUrl::Redis(url) => Some(("REDIS_URL", url)),
        LiveUrl::Memory => None,
    };
    [store, queue, live].into_iter().flatten()
}

/// Whether `url` means no machine but this one.
#[must_use]
pub fn is_here(url: &Url) -> bool {
    // Only of schemes that browsers know does the library tell addresses from names.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether anybody could guess the way in.
fn is_known(url: &Url) -> bool {
    match (url.scheme(), url.password()) {
        // It may know its clients by other means.
        ("postgres" | "postgresql", None) => false,
        // Lets everybody in, or `guest`.
        (_, None) => true,
        (_, Some(password)) => {
            let is = |known: &str| password.eq_ignore_ascii_case(known);
            KNOWN.into_iter().any(is) || is(url.username())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_everybody_knows_is_for_this_machine() {
        for (url, expected) in [
            ("amqp://guest:guest@broker/%2f", true),
            ("amqp://broker/%2f", true),
            ("amqp://sluice:Sluice@broker", true),
            ("amqp://sluice:4f2a@broker", false),
            ("amqp://guest:guest@127.0.0.1:5672", false),
            ("amqp://localhost", false),
            ("redis://cache:6379", true),
            ("redis://:4f2a@cache", false),
            ("redis://[::1]:6379", false),
            ("postgres://postgres:postgres@db/x", true),
            ("postgres://postgres@db/x", false),
            ("postgres://ada:ChangeMe@10.0.0.7/x", true),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(!is_here(&url) && is_known(&url), expected, "{url}");
        }
    }
}
