//! Every setting there is: its name, its default, and what may stand in it.

/// What of a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// All of it.
    Everything,
    /// A URL without its password. `<name>_FILE` may name a file that holds it.
    NoPassword,
    /// A URL without anybody's account: a name in it may be a key. `<name>_FILE` may name a file that holds it.
    NoAccount,
    /// Nothing. `<name>_FILE` may name a file that holds it.
    Nothing,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name, as in the environment; in the file it is written in lower case.
    pub name: &'static str,
    /// The value when none is given; empty for none.
    pub default: &'static str,
    /// What of its value may be shown.
    pub shown: Shows,
    /// What may stand in it.
    pub allowed: &'static str,
    /// What it is for.
    pub about: &'static str,
}

const fn plain(
    name: &'static str,
    default: &'static str,
    allowed: &'static str,
    about: &'static str,
) -> Setting {
    Setting { name, default, shown: Shows::Everything, allowed, about }
}

const fn url(
    name: &'static str,
    default: &'static str,
    allowed: &'static str,
    about: &'static str,
) -> Setting {
    Setting { name, default, shown: Shows::NoPassword, allowed, about }
}

/// Where a provider is.
const fn place(
    name: &'static str,
    default: &'static str,
    allowed: &'static str,
    about: &'static str,
) -> Setting {
    Setting { name, default, shown: Shows::NoAccount, allowed, about }
}

const fn secret(name: &'static str, allowed: &'static str, about: &'static str) -> Setting {
    Setting { name, default: "", shown: Shows::Nothing, allowed, about }
}

impl Setting {
    /// `value` as it may be shown.
    #[must_use]
    pub fn shown(&self, value: &str) -> String {
        match self.shown {
            Shows::Everything => value.to_owned(),
            Shows::NoPassword => without_password(value),
            Shows::NoAccount => without_account(value),
            Shows::Nothing if value.is_empty() => String::new(),
            Shows::Nothing => "(set)".to_owned(),
        }
    }
}

/// `url` with `***` in the place of its password: of everything between the first `:` behind the scheme and the
/// last `@` of all. A password may hold an `@`, or the `/`, `?` or `#` where an account should have ended, that
/// nobody escaped; and rather an address is shown too short than a password.
#[must_use]
pub fn without_password(url: &str) -> String {
    let begin = url.find("://").map_or(0, |end| end + "://".len());
    let (scheme, rest) = url.split_at(begin);
    let hidden = rest.rsplit_once('@').and_then(|(account, server)| {
        let (user, _) = account.split_once(':')?;
        Some(format!("{scheme}{user}:***@{server}"))
    });
    without_parameters(&hidden.unwrap_or_else(|| url.to_owned()))
}

/// `url` with `***` in the place of all that stands before its last `@`.
#[must_use]
pub fn without_account(url: &str) -> String {
    let begin = url.find("://").map_or(0, |end| end + "://".len());
    let (scheme, rest) = url.split_at(begin);
    let hidden = rest.rsplit_once('@').map(|(_, server)| format!("{scheme}***@{server}"));
    without_parameters(&hidden.unwrap_or_else(|| url.to_owned()))
}

/// Parameters of our servers' URLs that hold no secret.
const HARMLESS: &[&str] = &[
    "application_name",
    "channel_max",
    "connection_timeout",
    "dbname",
    "frame_max",
    "heartbeat",
    "host",
    "port",
    "protocol",
    "sslcert",
    "sslmode",
    "sslrootcert",
    "user",
];

/// `url` without what its parameters say: PostgreSQL takes a password there too, and many a provider a key. Those that
/// are known to hold no secret are left.
fn without_parameters(url: &str) -> String {
    let Some((place, parameters)) = url.split_once('?') else { return url.to_owned() };
    let shown = parameters.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if HARMLESS.contains(&name) => parameter.to_owned(),
        Some((name, _)) => format!("{name}=***"),
        None if parameter.is_empty() => String::new(),
        None => "***".to_owned(),
    });
    format!("{place}?{}", shown.collect::<Vec<_>>().join("&"))
}

/// Every setting, in the order in which they are shown.
pub const SETTINGS: &[Setting] = &[
    plain(
        "HOST",
        "127.0.0.1",
        "an IP address",
        "Where to listen; of containers, at which address of the host they are reached.",
    ),
    plain(
        "PORT",
        "8080",
        "a port number, 0 to 65535; 0 takes a free one",
        "Where to listen; of containers, at which port of the host they are reached.",
    ),
    plain(
        "CORS_ORIGINS",
        "",
        "origins separated by commas, such as https://chat.example.org",
        "Other sites whose pages may use the interface, with tokens of their own; no cookies.",
    ),
    plain(
        "TRUST_FORWARDED",
        "false",
        "true or false",
        "Whether a proxy of yours stands before it and sets X-Forwarded-For and X-Forwarded-Proto.",
    ),
    plain(
        "PUBLIC_URL",
        "",
        "an http or https address without a path, such as https://chat.example.org, or nothing",
        "Under which address people reach the page; links in letters lead there.",
    ),
    plain(
        "DATA_DIR",
        "./data",
        "a folder that can be written",
        "Where the database and the secrets of this machine are kept.",
    ),
    url(
        "DATABASE_URL",
        "",
        "postgres://HOST/DATABASE, sqlite://PATH, or nothing for sqlite://DATA_DIR/sluice.db",
        "The store.",
    ),
    plain(
        "DB_USER",
        "",
        "a name, or nothing",
        "Signs in to PostgreSQL where DATABASE_URL names nobody.",
    ),
    secret("DB_PASSWORD", "a password, or nothing", "The password of DB_USER."),
    plain(
        "DB_CONNECTIONS",
        "10",
        "a number, 1 to 1000",
        "How many connections to PostgreSQL one process may open.",
    ),
    url(
        "RABBITMQ_URL",
        "memory:",
        "amqp://HOST/VHOST, amqps://HOST/VHOST or memory:",
        "The queue.",
    ),
    plain(
        "RABBITMQ_USER",
        "",
        "a name, or nothing",
        "Signs in to RabbitMQ where RABBITMQ_URL names nobody.",
    ),
    secret("RABBITMQ_PASSWORD", "a password, or nothing", "The password of RABBITMQ_USER."),
    url(
        "RABBITMQ_MANAGEMENT_URL",
        "",
        "an http or https URL, or nothing for port 15672 of the broker's host",
        "Where RabbitMQ's management interface is; it is asked how many jobs are out.",
    ),
    plain(
        "REQUEST_QUEUE",
        "generation.requests",
        "a name of up to 200 letters, digits, dots, dashes and underscores",
        "How the queues of jobs are called, before the provider's name.",
    ),
    plain(
        "RESPONSE_QUEUE",
        "generation.responses",
        "a name of up to 200 letters, digits, dots, dashes and underscores",
        "How the queue of reports is called.",
    ),
    url(
        "REDIS_URL",
        "memory:",
        "redis://HOST, rediss://HOST, redis+cluster://HOST?nodes=HOST,HOST or memory:",
        "The event logs, keys and limits.",
    ),
    plain(
        "ALLOW_DEFAULT_PASSWORDS",
        "false",
        "true or false",
        "Whether servers on other hosts may be entered with passwords that everybody knows.",
    ),
    secret(
        "JWT_SECRET",
        "at least 32 bytes, or nothing for one made at the first start",
        "Signs access tokens; all api processes of one installation share it.",
    ),
    secret(
        "JWT_SECRET_PREVIOUS",
        "at least 32 bytes, or nothing",
        "The secret before: access tokens signed with it are good until they end.",
    ),
    secret(
        "OPS_TOKEN",
        "at least 32 bytes, or nothing",
        "Opens the operators' routes to whoever has it; the all-in-one makes one in DATA_DIR/secrets/ops.",
    ),
    plain(
        "ACCESS_TOKEN_SECONDS",
        "900",
        "a number of seconds, 10 to 86400",
        "How long an access token is good.",
    ),
    plain(
        "REFRESH_TOKEN_SECONDS",
        "2592000",
        "a number of seconds, 60 to 31536000",
        "How long a sign-in lasts.",
    ),
    plain(
        "REGISTRATION",
        "auto",
        "open, closed, mail or auto",
        "Who may make an account: anybody; only admins, with `sluice users add`; or whoever proves an address by a link that is mailed there; auto: mail where there is a server for letters (MAIL_URL), else open.",
    ),
    url(
        "MAIL_URL",
        "",
        "smtps://USER:PASSWORD@HOST:465, smtp://HOST:25, or nothing for no letters",
        "The server that takes letters: links for who forgot the password, or wants an account.",
    ),
    plain(
        "MAIL_FROM",
        "",
        "an address, such as sluice@example.org or Sluice <sluice@example.org>, or nothing",
        "Whom letters come from.",
    ),
    plain(
        "AUTH_GUESTS",
        "auto",
        "true, false or auto",
        "Whether people may chat without an account; auto: with SQLite, on a loopback address, called by it or localhost, without a proxy (TRUST_FORWARDED), where anybody may have an account (REGISTRATION).",
    ),
    plain(
        "AUTH_TRIES_PER_MINUTE",
        "10",
        "a number, 1 to 1000000",
        "How many passwords a minute may be tried for an account from an address or a device, six times as many an hour, thirty times a day (ten times as many from an address for all accounts, and for an account from all addresses; a hundred times as many refreshes), and how many accounts made from one address.",
    ),
    secret(
        "OPENAI_API_KEYS",
        "keys separated by commas",
        "Keys of the OpenAI-compatible provider, used in rotation.",
    ),
    place(
        "OPENAI_BASE_URL",
        "https://api.openai.com/v1",
        "an http or https URL without an account or a query",
        "Where the OpenAI-compatible provider is.",
    ),
    secret(
        "GEMINI_API_KEYS",
        "keys separated by commas",
        "Keys of Google's Gemini, used in rotation.",
    ),
    place(
        "GEMINI_BASE_URL",
        "https://generativelanguage.googleapis.com/v1beta",
        "an http or https URL without an account or a query",
        "Where Gemini is.",
    ),
    secret(
        "ANTHROPIC_API_KEYS",
        "keys separated by commas",
        "Keys of Anthropic, used in rotation.",
    ),
    place(
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com/v1",
        "an http or https URL without an account or a query",
        "Where Anthropic is.",
    ),
    plain(
        "DEFAULT_MODEL",
        "",
        "a model name, or nothing for the usual one of the first provider that has one",
        "Answers when a request names no model.",
    ),
    plain(
        "PROVIDERS",
        "",
        "provider names separated by commas, or nothing for those with keys",
        "Which providers a request may name; needed by an api process of its own, which has no keys.",
    ),
    place(
        "SIMULATED_BASE_URL",
        "",
        "an http or https URL without an account or a query, or nothing for one inside this process",
        "Where the simulated provider is.",
    ),
    plain(
        "SIMULATED_PROVIDER",
        "auto",
        "auto, true or false",
        "Whether the simulated provider answers; auto: when no provider has keys, or for an api process of its own, when PROVIDERS names no other.",
    ),
    plain(
        "KEYS_MAX_PER_MINUTE",
        "10",
        "a number, 1 to 100000",
        "How many requests one key may make in any 60 seconds.",
    ),
    plain(
        "KEYS_COOLDOWN_SECONDS",
        "60",
        "a number of seconds, 1 to 86400",
        "How long a key rests when the provider refuses it without saying for how long.",
    ),
    plain(
        "QUEUE_RETRY_DELAYS",
        "60,600,3600,86400",
        "seconds, growing, separated by commas",
        "The waits between slow retries.",
    ),
    plain(
        "QUEUE_MAX_RETRIES",
        "4",
        "a number, 0 to 100",
        "How many slow retries a generation gets.",
    ),
    plain(
        "WORKER_CONCURRENCY",
        "1024",
        "a number, 1 to 65535",
        "How many answers one worker streams at once, per provider.",
    ),
    plain(
        "PROVIDER_CONNECT_SECONDS",
        "10",
        "a number of seconds, 1 to 3600",
        "How long to wait for a connection.",
    ),
    plain(
        "PROVIDER_FIRST_TOKEN_SECONDS",
        "60",
        "a number of seconds, 1 to 3600",
        "How long to wait for the first token.",
    ),
    plain(
        "PROVIDER_THINKING_SECONDS",
        "300",
        "a number of seconds, 1 to 3600",
        "The same for models that are known to think before they say anything, if it is longer.",
    ),
    plain(
        "PROVIDER_PROGRESS_SECONDS",
        "30",
        "a number of seconds, 1 to 3600",
        "How long to wait for the next token; keep-alives are not progress.",
    ),
    plain(
        "PROVIDER_TOTAL_SECONDS",
        "600",
        "a number of seconds, 1 to 86400",
        "How long one answer may take; with RabbitMQ not more than 20 minutes.",
    ),
    plain(
        "MAX_INFLIGHT_PER_USER",
        "1",
        "a number, 1 to 1000",
        "How many generations of one user may be under way.",
    ),
    plain(
        "MAX_QUEUED_PER_USER",
        "10",
        "a number, 0 to 1000",
        "How many more of one user may wait for their turn, asked for with onBusy queue.",
    ),
    plain(
        "USER_REQUESTS_PER_SECOND",
        "10",
        "a number, 1 to 1000000",
        "How many messages one user may send, and other answers ask for, in a second. Changes of chats, searches and exports are counted each by themselves, with the same number.",
    ),
    plain(
        "USER_REQUESTS_PER_MINUTE",
        "60",
        "a number, 1 to 1000000",
        "How many messages one user may send, and other answers ask for, in a minute. Changes of chats, searches and exports are counted each by themselves, with the same number.",
    ),
    plain(
        "USER_TOKENS_PER_DAY",
        "0",
        "a number, 0 to 1000000000000",
        "How many tokens one user may spend in a day (UTC); 0 for any number.",
    ),
    plain(
        "STREAMS_PER_USER",
        "100",
        "a number, 1 to 1000000",
        "How many streams of one user may be open at once, at all api processes together; at each of them while Redis is away.",
    ),
    plain(
        "STREAMS_PER_PROCESS",
        "auto",
        "auto, or a number, 1 to 1000000",
        "How many streams one api process serves at once, of all users together; auto: three quarters of the files that it may open.",
    ),
    plain(
        "QUEUE_MAX_UNSENT",
        "100000",
        "a number, 1 to 100000000",
        "How many messages may wait in the database while the queue takes none; with more, questions are refused with 503 until it does.",
    ),
    plain(
        "PROMPT_MAX_TOKENS",
        "100000",
        "a number, 100 to 10000000",
        "How much of a chat is sent along with a question, in estimated tokens; a system prompt counts.",
    ),
    plain(
        "SHUTDOWN_GRACE_SECONDS",
        "20",
        "a number of seconds, 0 to 3600",
        "How long answers may go on after SIGTERM before they are handed back, which takes up to five seconds more; whoever stops a process has to wait longer before killing it.",
    ),
    plain(
        "METRICS_ADDRESS",
        "127.0.0.1:9464",
        "an IP address and a port, or off",
        "Where a Prometheus server reads; if the usual port is taken, another one is.",
    ),
    plain(
        "LOG",
        "info",
        "off, error, warn, info, debug, trace, or a filter such as info,api=debug",
        "How much to log.",
    ),
    plain("LOG_FORMAT", "text", "text or json", "How to log."),
];

/// The setting called `name`, in any case.
#[must_use]
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name.eq_ignore_ascii_case(name))
}
