//! The configuration as the rest of the house uses it.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use domain::{
    account::{Guests, Registration},
    ladder::RetryLadder,
    rules::Rules,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    log,
    mail::{self, Mail},
    providers::{self, Asks, Providers, number},
    reader::Reader,
    rules,
    urls::{self, StoreUrl, Urls},
};

/// The configuration of one process.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub http: Http,
    /// Where this machine keeps its files.
    pub data_dir: PathBuf,
    /// Which engines.
    pub urls: Urls,
    /// Accounts and tokens.
    pub auth: Auth,
    /// How letters are sent, if they are.
    pub mail: Option<Mail>,
    /// Who answers.
    pub providers: Providers,
    /// What roles may ask for.
    pub rules: Rules,
    /// How workers work.
    pub worker: Worker,
    /// What users may do.
    pub limits: Limits,
    /// How long answers may go on after SIGTERM.
    pub shutdown_grace: Duration,
    /// Where a Prometheus server reads.
    pub metrics: MetricsAddress,
    /// How much to log.
    pub log: String,
    /// How to log.
    pub log_format: LogFormat,
}

/// Where to listen.
#[derive(Debug, Clone)]
pub struct Http {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Other sites whose pages may use the interface, as `https://host`.
    pub cors_origins: Vec<String>,
    /// Whether a proxy of ours stands before it and says who asks, and how.
    pub trust_forwarded: bool,
    /// Under which address people reach the page, as `https://host`, if anybody has said so.
    pub public_url: Option<String>,
}

/// Accounts and tokens.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Signs access tokens; none: one is made and kept in the data directory.
    pub jwt_secret: Option<SecretString>,
    /// Signed access tokens before.
    pub jwt_secret_previous: Option<SecretString>,
    /// Opens the operators' routes; none: nobody has it.
    pub ops_token: Option<SecretString>,
    /// How long an access token is good.
    pub access_ttl: Duration,
    /// How long a sign-in lasts.
    pub refresh_ttl: Duration,
    /// Who makes accounts.
    pub registration: Registration,
    /// Who may chat without an account.
    pub guests: Guests,
    /// How many passwords may be tried for one account from one address, or guests be made from there, in a minute.
    pub tries_per_minute: u32,
}

/// How workers work.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The waits between slow retries.
    pub ladder: RetryLadder,
    /// How many answers at once, per provider.
    pub concurrency: u16,
}

/// What users may do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many generations of one user may be under way.
    pub max_in_flight: u32,
    /// How many more may wait for their turn.
    pub max_queued: u32,
    /// How many messages one user may send, and other answers ask for, in a second. Changes of chats,
    /// searches and exports are counted each by themselves, with the same number.
    pub requests_per_second: u32,
    /// The same in a minute.
    pub requests_per_minute: u32,
    /// How many tokens one user may spend in a day (UTC); none for any number.
    pub tokens_per_day: Option<u64>,
    /// How many streams of one user a process serves at once.
    pub streams: u32,
    /// How many streams a process serves at once; none for what its open files allow.
    pub streams_in_all: Option<u32>,
    /// How many messages may wait to be published before questions are refused.
    pub max_unsent: u32,
    /// How much of a chat is sent along, in estimated tokens.
    pub prompt_tokens: u64,
}

/// Where a Prometheus server reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAddress {
    /// Nowhere.
    Off,
    /// Here, or at another port if this one is taken.
    Usual(SocketAddr),
    /// Here and nowhere else.
    Wanted(SocketAddr),
}

/// How to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, an object a line.
    Json,
}

/// The least length of a secret that signs tokens (RFC 7518, 3.2: as long as the hash).
const SECRET_MIN_BYTES: usize = 32;

/// Whether nobody but whoever uses this machine reaches it, as far as settings tell: who names a proxy
/// is reached through it.
fn is_private(http: &Http, urls: &Urls) -> bool {
    let is_local = matches!(urls.store, StoreUrl::Sqlite(_)) && http.listen.ip().is_loopback();
    is_local && !http.trust_forwarded
}

pub(super) fn read(reader: &Reader<'_>, asks: Asks) -> Config {
    let data_dir = PathBuf::from(reader.text("DATA_DIR"));
    let (http, urls) = (http(reader), urls::read(reader, &data_dir));
    let is_private = is_private(&http, &urls);
    let mail = mail::read(reader, http.public_url.as_deref());
    Config {
        http,
        urls,
        data_dir,
        auth: auth(reader, is_private, mail.is_some()),
        mail,
        providers: providers::read(reader, asks),
        rules: rules::read(reader),
        worker: worker(reader),
        limits: limits(reader),
        shutdown_grace: reader.seconds("SHUTDOWN_GRACE_SECONDS", 0..=3600),
        metrics: metrics(reader),
        log: reader.parse("LOG", log::filter),
        log_format: reader.parse("LOG_FORMAT", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        }),
    }
}

fn http(reader: &Reader<'_>) -> Http {
    let host: IpAddr = reader.parse("HOST", |text| text.parse().ok());
    let port: u16 = reader.parse("PORT", |text| text.parse().ok());
    let trust_forwarded = flag(reader, "TRUST_FORWARDED");
    let cors_origins = reader.parse("CORS_ORIGINS", |text| {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins.map(origin).collect()
    });
    let public_url = mail::public_url(reader);
    Http { listen: SocketAddr::new(host, port), cors_origins, trust_forwarded, public_url }
}

/// An origin, as browsers send it: scheme, host and port, and nothing behind.
pub(super) fn origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let origin = url.origin().ascii_serialization();
    (is_web && origin == text).then_some(origin)
}

fn flag(reader: &Reader<'_>, name: &'static str) -> bool {
    reader.parse(name, |text| text.parse().ok())
}

fn metrics(reader: &Reader<'_>) -> MetricsAddress {
    let address = reader.parse("METRICS_ADDRESS", |text| match text {
        "off" => Some(None),
        text => text.parse().ok().map(Some),
    });
    match address {
        None => MetricsAddress::Off,
        Some(address) if reader.is_default("METRICS_ADDRESS") => MetricsAddress::Usual(address),
        Some(address) => MetricsAddress::Wanted(address),
    }
}

/// `is_private`: nobody but whoever uses this machine reaches it; `writes`: letters can be sent.
fn auth(reader: &Reader<'_>, is_private: bool, writes: bool) -> Auth {
    let long_secret = |name| {
        let secret = reader.secret(name);
        if secret.as_ref().is_some_and(|secret| secret.expose_secret().len() < SECRET_MIN_BYTES) {
            reader.refuse(name, None);
        }
        secret
    };
    let registration = reader.parse("REGISTRATION", |text| match text {
        // Only a letter can prove an address, and only then registering tells nobody who has an account.
        "auto" if writes => Some(Registration::ByMail),
        "auto" => Some(Registration::Open),
        text => Registration::from_name(text),
    });
    Auth {
        jwt_secret: long_secret("JWT_SECRET"),
        jwt_secret_previous: long_secret("JWT_SECRET_PREVIOUS"),
        ops_token: long_secret("OPS_TOKEN"),
        access_ttl: reader.seconds("ACCESS_TOKEN_SECONDS", 10..=86_400),
        refresh_ttl: reader.seconds("REFRESH_TOKEN_SECONDS", 60..=31_536_000),
        registration,
        guests: reader.parse("AUTH_GUESTS", |text| match text {
            // Who may have an account is chosen, where not everybody may: no guest has one.
            "auto" if is_private && registration == Registration::Open => {
                Some(Guests::OnThisMachine)
            }
            "auto" | "false" => Some(Guests::Nobody),
            "true" => Some(Guests::Anybody),
            _ => None,
        }),
        tries_per_minute: number(reader, "AUTH_TRIES_PER_MINUTE", 1..=1_000_000),
    }
}

fn worker(reader: &Reader<'_>) -> Worker {
    let max_retries = number(reader, "QUEUE_MAX_RETRIES", 0..=100);
    let ladder = reader.parse("QUEUE_RETRY_DELAYS", |text| {
        let rungs: Result<Vec<u64>, _> = text.split(',').map(|rung| rung.trim().parse()).collect();
        let rungs = rungs.ok()?.into_iter().map(Duration::from_secs).collect();
        RetryLadder::new(rungs, max_retries).ok()
    });
    let concurrency = reader.parse("WORKER_CONCURRENCY", |text| {
        text.parse().ok().filter(|concurrency: &u16| *concurrency > 0)
    });
    Worker { ladder, concurrency }
}

fn limits(reader: &Reader<'_>) -> Limits {
    Limits {
        max_in_flight: number(reader, "MAX_INFLIGHT_PER_USER", 1..=1000),
        max_queued: number(reader, "MAX_QUEUED_PER_USER", 0..=1000),
        requests_per_second: number(reader, "USER_REQUESTS_PER_SECOND", 1..=1_000_000),
        requests_per_minute: number(reader, "USER_REQUESTS_PER_MINUTE", 1..=1_000_000),
        tokens_per_day: Some(reader.number("USER_TOKENS_PER_DAY", 0..=1_000_000_000_000))
            .filter(|tokens| *tokens > 0),
        streams: number(reader, "STREAMS_PER_USER", 1..=1_000_000),
        streams_in_all: reader.parse("STREAMS_PER_PROCESS", |text| match text {
            "auto" => Some(None),
            _ => text.parse().ok().filter(|streams| (1..=1_000_000).contains(streams)).map(Some),
        }),
        max_unsent: number(reader, "QUEUE_MAX_UNSENT", 1..=100_000_000),
        prompt_tokens: reader.number("PROMPT_MAX_TOKENS", 100..=10_000_000),
    }
}
