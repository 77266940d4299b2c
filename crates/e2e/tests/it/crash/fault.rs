//! What breaks.

use std::time::Duration;

use futures_util::future::BoxFuture;
use simulated_provider::Behavior;

use crate::{chance::Chance, checker::Case, stack::Distributed};

/// Something that is done to an installation while people use it.
pub type Disturbance = for<'a> fn(&'a mut Distributed) -> BoxFuture<'a, ()>;

/// How long it may take until work goes on. So much of it is the longest pause between two tries of any of our
/// processes (5 s), the longest wait on the ladder (4 s), and a machine that has other things to do.
const RECOVERY: Duration = Duration::from_secs(20);

/// For how long no key is lent of which nobody knows how often it was used.
const FORGOTTEN: Duration = Duration::from_secs(62);

/// A place in a service at which its processes are killed, once each.
#[derive(Clone)]
pub struct Place {
    /// The service.
    pub service: &'static str,
    /// What the place is called.
    pub name: &'static str,
    /// At one of the first so many passings.
    pub within: u64,
}

impl Place {
    /// The same as `FAILPOINTS` has it. Which passing it is is left to chance.
    pub fn chosen(&self) -> String {
        format!("{}=kill@{}", self.name, Chance::of(self.name).within(1..=self.within))
    }
}

/// How long an answer of `model` takes at the least.
fn answer_takes(model: &str) -> Duration {
    let behavior = model.split_once("sim-").and_then(|(_, words)| words.parse::<Behavior>().ok());
    behavior.map_or(Duration::ZERO, |behavior| {
        behavior.ttft + behavior.gap * u32::try_from(behavior.tokens).unwrap_or(u32::MAX)
    })
}

/// Store and broker of a run.
#[derive(Clone, Copy)]
pub enum Servers {
    /// Those of all runs.
    Shared,
    /// Its own, which may be broken.
    Own,
    /// Those of all runs, with a way to the store that may lose its answers.
    BehindAProxy,
    /// Its own, with little room on the store's disk for its tables.
    LittleRoomForTables,
    /// Its own, with little room on the store's disk for its log.
    LittleRoomForTheLog,
}

/// One fault.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is about something else")]
pub struct Fault {
    /// Places at which processes of a service break in their first life.
    pub places: Vec<Place>,
    /// Bugs that every process has.
    pub bugs: &'static str,
    /// What is done in the middle.
    pub disturbance: Option<Disturbance>,
    /// When it is done: as soon as so many calls have brought so many tokens.
    pub after: (usize, usize),
    /// Whether people ask on until it is done, however many questions that takes.
    pub asks_on: bool,
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
    /// How often a key may be used in a minute.
    pub key_limit: usize,
    /// The waits between slow retries at the least, if `settings` have others than usual.
    pub ladder: &'static [Duration],
    /// How many calls with one key may be under way at once, if they are limited.
    pub key_concurrency: Option<usize>,
    /// How long it may take, beside the answer itself, until somebody is answered when the fault is over.
    pub recovery: Duration,
    /// How many questions the disturbance itself asks.
    pub asked_beside: usize,
    /// For how long nothing may move before all is taken for lost. Without it, people wait until their
    /// patience ends.
    pub stillness: Option<Duration>,
    /// Which store and broker there are.
    pub servers: Servers,
    /// How many messages that nobody can read the disturbance publishes.
    pub nonsense: usize,
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
            asks_on: false,
            has_sleeper: false,
            ends_no_answer: false,
            loses_no_answer: false,
            refuses_nothing: false,
            lost_keys: false,
            key_limit: crate::stack::KEY_LIMIT,
            ladder: crate::stack::LADDER,
            key_concurrency: None,
            recovery: RECOVERY,
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
    /// The processes of a service break at `place`, once each.
    pub fn at(place: Place) -> Self {
        Self { places: vec![place], ..Self::default() }
    }

    /// `disturbance` is done in the middle.
    pub fn by(disturbance: Disturbance) -> Self {
        Self { disturbance: Some(disturbance), ..Self::default() }
    }

    /// `disturbance` makes the live side forget how often each key was used: none is lent for as long as
    /// the limit looks back, so people wait longer.
    pub fn with_lost_keys(disturbance: Disturbance) -> Self {
        let patience = crate::PATIENCE + Duration::from_secs(30);
        let recovery = RECOVERY + FORGOTTEN;
        Self { questions: 2, patience, recovery, lost_keys: true, ..Self::by(disturbance) }
    }

    /// What the checker has to know of it.
    pub fn case(&self) -> Case {
        Case {
            key_limit: self.key_limit,
            key_concurrency: self.key_concurrency,
            ladder: self.ladder,
            asked_beside: Some(self.asked_beside),
            lost_keys: self.lost_keys,
            ends_no_answer: self.ends_no_answer,
            loses_no_answer: self.loses_no_answer,
            refuses_nothing: self.refuses_nothing,
            had_sleeper: self.has_sleeper,
            nonsense: self.nonsense,
            expected_errors: self.expected_errors.clone(),
            progress_within: self.recovery + answer_takes(self.model),
        }
    }
}
