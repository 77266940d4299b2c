//! What the service is told at start.

use std::{num::NonZeroU32, time::Duration};

use domain::{
    account::{Guests, Registration},
    email::Email,
    maxima::Maxima,
    model::{Catalog, ModelRef},
    rules::Rules,
};
use secrecy::SecretString;

/// The longest that an attempt usually takes, and a minute: a worker makes calls for a job for twenty minutes, its keys and
/// the models of a chain one after the other, and may then wait ten for a live side and a queue that are away. After half an
/// hour a broker gives the job to somebody else.
pub(crate) const LONGEST_ATTEMPT: Duration = Duration::from_mins(31);

/// The configuration of the service. [`Config::new`] fills in everything that has a usual value.
#[derive(Debug, Clone)]
pub struct Config {
    /// Signs access tokens; at least 32 bytes.
    pub jwt_secret: SecretString,
    /// Signed access tokens before; those that are out are good until they end.
    pub jwt_secret_previous: Option<SecretString>,
    /// Opens the operators' routes to whoever runs this machine, as an admin; nobody, if absent.
    pub operator_token: Option<SecretString>,
    /// How long an access token is good.
    pub access_ttl: Duration,
    /// How long a sign-in lasts, however often it is refreshed.
    pub refresh_ttl: Duration,
    /// Other sites whose pages may use the interface, as `https://host`; without cookies.
    pub cors_origins: Vec<String>,
    /// Whether `X-Forwarded-For` and `X-Forwarded-Proto` come from a proxy of ours; then they tell who
    /// asks, and decide on `Secure` cookies.
    pub trust_forwarded: bool,
    /// The one-time sign-in printed at start.
    pub welcome: Option<Welcome>,
    /// Which models a caller may ask for.
    pub catalog: Catalog,
    /// The models offered in the list.
    pub models: Vec<ModelRef>,
    /// How long the answers of models can be; nobody may ask for a longer one.
    pub maxima: Maxima,
    /// How much of a chat is sent along, in estimated tokens; a system prompt counts.
    pub prompt_tokens: u64,
    /// How many generations of one user may be queued or streaming at once.
    pub max_in_flight_per_user: u32,
    /// How many more of one user may wait for their turn.
    pub max_queued_per_user: u32,
    /// How many messages one user may send, and other answers ask for, in a second. Changes of chats,
    /// searches and exports are counted each by themselves, with the same number.
    pub requests_per_second: NonZeroU32,
    /// The same in a minute.
    pub requests_per_minute: NonZeroU32,
    /// How many streams of one user all processes serve at once; each of them, while it cannot ask.
    pub streams_per_user: u32,
    /// How many streams this process serves at once, of all users together.
    pub streams_in_all: u32,
    /// How many messages may wait to be published; with more questions are refused.
    pub max_unsent: u32,
    /// Who may chat without an account.
    pub guests: Guests,
    /// Who makes accounts.
    pub registration: Registration,
    /// Under which address people reach the page, as `https://host`; without it no letters are sent, since
    /// their links would lead nowhere.
    pub public_url: Option<String>,
    /// What roles may ask for.
    pub rules: Rules,
    /// How many passwords may be tried for one account from one address in a minute, and guests made from
    /// there; more passwords in an hour, in a day, and for all accounts or from all addresses.
    pub tries_per_minute: NonZeroU32,
    /// How many tokens one user may spend in a day (UTC); none for any number.
    pub tokens_per_day: Option<u64>,
    /// How long a refresh may take. A page that got no answer repeats it, and must find its successor in time: well below
    /// the ten seconds for which that is answered.
    pub refresh_time: Duration,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// After how much silence a viewer gets a comment, and the row is looked at again.
    pub heartbeat: Duration,
    /// A viewer whose connection takes nothing for this long is cut off.
    pub write_stall: Duration,
    /// A connection whose first request was not answered for this long, because it does not arrive,
    /// is cut off.
    pub first_answer: Duration,
    /// A connection that was sent nothing for this long is cut off. Must be longer than `heartbeat`.
    pub idle: Duration,
    /// How long open requests may go on after the shutdown token was cancelled.
    pub drain: Duration,
    /// How long after each try a letter is handed over again that was not taken for the moment; after the last it is given
    /// up.
    pub letter_pauses: Vec<Duration>,
    /// How often the relay looks for rows nobody published.
    pub relay_interval: Duration,
    /// For how long only the process that wrote a row publishes it.
    pub claim: Duration,
    /// How often the rescuer looks for generations nobody works on.
    pub rescue_interval: Duration,
    /// A generation queued for longer is put back.
    pub queued_overdue: Duration,
    /// A generation streaming for longer without news is put back. Must be longer than the longest
    /// attempt, since a row does not change while its answer streams.
    pub streaming_overdue: Duration,
    /// How often a generation whose worker vanished is put back before it fails.
    pub max_rescues: u32,
    /// What was queued before this process started is gone: put back every unfinished generation.
    pub rescue_everything_at_start: bool,
    /// How long the log of a finished generation is kept; later viewers read the archive.
    pub log_kept: Duration,
    /// How long it is remembered that a worker ended a log; longer than a copy of its job can be late.
    pub tombstone_kept: Duration,
    /// The same of a log that ended without a worker. Its job may wait in the queue of a pool that is paused, and whoever
    /// gets it later must not call a provider for it; longer than anything waits before it is given up.
    pub unworked_tombstone_kept: Duration,
    /// How often workers are told what operators want of pools, and which answers users want to stop.
    pub tell_interval: Duration,
    /// How often it is looked what waits where, for the figures.
    pub survey_interval: Duration,
    /// How often published rows and ended refresh tokens are swept out.
    pub prune_interval: Duration,
    /// How long published outbox rows and ended refresh tokens are kept.
    pub sent_kept: Duration,
}

/// The one-time sign-in printed at start.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// What the link carries.
    pub token: SecretString,
    /// Whom it signs in; the account is made, as an admin, if it does not exist.
    pub email: Email,
}

impl Config {
    /// The usual configuration around what has no usual value.
    #[must_use]
    pub fn new(jwt_secret: SecretString, catalog: Catalog, models: Vec<ModelRef>) -> Self {
        Self {
            jwt_secret,
            jwt_secret_previous: None,
            operator_token: None,
            access_ttl: Duration::from_mins(15),
            refresh_ttl: Duration::from_hours(30 * 24),
            cors_origins: Vec::new(),
            trust_forwarded: false,
            welcome: None,
            catalog,
            models,
            maxima: Maxima::default(),
            prompt_tokens: 32_000,
            max_in_flight_per_user: 1,
            max_queued_per_user: 10,
            requests_per_second: NonZeroU32::new(10).expect("10 is not zero"),
            requests_per_minute: NonZeroU32::new(60).expect("60 is not zero"),
            tokens_per_day: None,
            tries_per_minute: NonZeroU32::new(10).expect("10 is not zero"),
            streams_per_user: 100,
            streams_in_all: 100_000,
            max_unsent: 100_000,
            guests: Guests::Nobody,
            registration: Registration::Open,
            public_url: None,
            rules: Rules::default(),
            refresh_time: Duration::from_secs(4),
            body_limit: 1024 * 1024,
            body_time: Duration::from_secs(15),
            heartbeat: Duration::from_secs(15),
            write_stall: Duration::from_secs(30),
            first_answer: Duration::from_secs(20),
            idle: Duration::from_secs(75),
            drain: Duration::from_secs(5),
            letter_pauses: vec![Duration::from_secs(20), Duration::from_mins(3)],
            relay_interval: Duration::from_secs(1),
            claim: Duration::from_secs(1),
            rescue_interval: Duration::from_secs(30),
            queued_overdue: Duration::from_mins(15),
            streaming_overdue: LONGEST_ATTEMPT,
            max_rescues: 3,
            rescue_everything_at_start: false,
            log_kept: Duration::from_hours(1),
            tombstone_kept: Duration::from_hours(8 * 24),
            // A hundred rescues, of which all but the first few come a day after the one before. Few end so, and what is
            // kept of each is small: no worker has left a note.
            unworked_tombstone_kept: Duration::from_hours(110 * 24),
            tell_interval: Duration::from_millis(500),
            survey_interval: Duration::from_secs(5),
            prune_interval: Duration::from_mins(1),
            sent_kept: Duration::from_hours(1),
        }
    }
}
