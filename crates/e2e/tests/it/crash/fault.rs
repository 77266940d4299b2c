//! What breaks.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::stack::Distributed;

/// Something that is done to an installation while people use it.
pub type Disturbance = for<'a> fn(&'a mut Distributed) -> BoxFuture<'a, ()>;

/// Store and broker of a run.
#[derive(Clone, Copy)]
pub enum Servers {
    /// Those of all runs.
    Shared,
    /// Its own, which may be broken.
    Own,
    /// Its own, with little room on the store's disk for its tables.
    LittleRoomForTables,
    /// Its own, with little room on the store's disk for its log.
    LittleRoomForTheLog,
}

/// One fault.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub struct Fault {
    /// Places at which processes of a service break in their first life: service and `FAILPOINTS`.
    pub places: Vec<(&'static str, &'static str)>,
    /// Bugs that every process has.
    pub bugs: &'static str,
    /// What is done in the middle.
    pub disturbance: Option<Disturbance>,
    /// When it is done: as soon as so many calls have brought so many tokens.
    pub after: (usize, usize),
    /// Whether the disturbance makes a worker stand still for longer than others wait for it.
    pub has_sleeper: bool,
    /// Whether every answer goes on, so that no question is asked twice.
    pub ends_no_answer: bool,
    /// Whether no answer is lost that came whole, so that none of their questions is asked again.
    pub loses_no_answer: bool,
    /// Whether everybody is served at once all the same, with no more than a wait for what was accepted.
    pub refuses_nothing: bool,
    /// Whether the live side forgets what it holds, or does not tell.
    pub lost_keys: bool,
    /// How often a key may be used in a minute, if that is less than anybody needs.
    pub key_limit: Option<usize>,
    /// How many questions the disturbance itself asks.
    pub asked_beside: usize,
    /// For how long nothing may move before all is taken for lost. Without it, people wait until their
    /// patience ends.
    pub stillness: Option<Duration>,
    /// Which store and broker there are.
    pub servers: Servers,
    /// How many messages that nobody can read the disturbance publishes.
    pub nonsense: u64,
    /// Further settings of every process.
    pub settings: Vec<(&'static str, &'static str)>,
    /// The model that people ask.
    pub model: &'static str,
    /// How the provider answers: times and behavior.
    pub script: Vec<(Option<u32>, &'static str)>,
    /// The keys of the workers.
    pub keys: &'static str,
    /// How many people ask.
    pub people: usize,
    /// How often each asks.
    pub questions: usize,
    /// Error lines that this fault accounts for.
    pub expected_errors: Vec<&'static str>,
    /// How long people may wait for their answers, and everything to become quiet.
    pub patience: Duration,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            bugs: "",
            disturbance: None,
            after: (3, 1),
            has_sleeper: false,
            ends_no_answer: false,
            loses_no_answer: false,
            refuses_nothing: false,
            lost_keys: false,
            key_limit: None,
            asked_beside: 0,
            stillness: None,
            servers: Servers::Shared,
            nonsense: 0,
            settings: Vec::new(),
            model: "openai/sim-tokens=30,gap=10ms",
            script: Vec::new(),
            keys: crate::stack::KEYS,
            people: 6,
            questions: 3,
            expected_errors: Vec::new(),
            patience: crate::PATIENCE,
        }
    }
}

impl Fault {
    /// The processes of `service` break at `places`, once each.
    pub fn at(service: &'static str, places: &'static str) -> Self {
        Self { places: vec![(service, places)], ..Self::default() }
    }

    /// `disturbance` is done in the middle.
    pub fn by(disturbance: Disturbance) -> Self {
        Self { disturbance: Some(disturbance), ..Self::default() }
    }

    /// `disturbance` makes the live side forget how often each key was used: none is lent for as long as
    /// the limit looks back, so people wait longer.
    pub fn with_lost_keys(disturbance: Disturbance) -> Self {
        let patience = crate::PATIENCE + Duration::from_secs(30);
        Self { questions: 2, patience, lost_keys: true, ..Self::by(disturbance) }
    }
}
