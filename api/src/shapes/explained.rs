//! Why a generation waits.

use domain::{
    generation::Generation,
    id::{GenerationId, UserId},
    phase::Phase,
    pool::{PoolWish, WorkerStatus},
    time::Timestamp,
};
use ports::{
    live::{KeyState, KeyStatus},
    queue::{Depth, Topic},
    store::Pause,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{GenerationShape, KeyShape, PoolShape, QueueShape};

/// A generation with all that says why it waits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainedShape {
    /// In a sentence.
    why: String,
    /// The generation.
    generation: GenerationShape,
    /// Whose it is.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// Whether it waits for its turn, behind others of its user.
    held: bool,
    /// The generations it waits behind, the next to end first; none unless it is held.
    #[schema(value_type = Vec<Uuid>)]
    behind: Vec<GenerationId>,
    /// How often it was put back because its worker had vanished.
    rescues: u32,
    /// The jobs of its provider.
    queue: QueueShape,
    /// The workers of its provider.
    pool: PoolShape,
    /// The keys of its provider.
    keys: Vec<KeyShape>,
}

/// What a generation may wait for, as it stands.
pub(crate) struct Standing {
    /// The jobs of its provider.
    pub(crate) depth: Depth,
    /// What is wished of its provider's workers.
    pub(crate) wish: PoolWish,
    /// How they came to be paused, if they are.
    pub(crate) pause: Option<Pause>,
    /// The workers of all providers.
    pub(crate) workers: Vec<WorkerStatus>,
    /// The keys of its provider.
    pub(crate) keys: Vec<KeyStatus>,
    /// What its user has under way, in the order of acceptance.
    pub(crate) of_user: Vec<Generation>,
}

impl ExplainedShape {
    /// What is known of `generation` at `at`.
    pub(crate) fn new(generation: &Generation, standing: &Standing, at: Timestamp) -> Self {
        let provider = &generation.provider;
        let Standing { depth, wish, pause, workers, keys, of_user } = standing;
        Self {
            why: why(generation, standing, at),
            user_id: generation.user_id,
            held: Phase::of(generation, at) == Some(Phase::Held),
            behind: ahead(generation, of_user),
            rescues: generation.rescues,
            generation: generation.clone().into(),
            queue: QueueShape::new(&Topic::Requests(provider.clone()), *depth),
            pool: PoolShape::new(provider, *wish, pause.clone(), workers),
            keys: keys.iter().map(|key| KeyShape::new(provider, key)).collect(),
        }
    }
}

/// The generations that a held one waits behind: those under way, then those held before it.
fn ahead(of: &Generation, of_user: &[Generation]) -> Vec<GenerationId> {
    if !of.held {
        return Vec::new();
    }
    let place = |generation: &Generation| (generation.created_at, generation.id);
    let under_way = of_user.iter().filter(|other| !other.held);
    let mut before: Vec<_> =
        of_user.iter().filter(|other| other.held && place(other) < place(of)).collect();
    before.sort_by_key(|other| place(other));
    under_way.chain(before).map(|generation| generation.id).collect()
}

/// What a generation waits for.
fn why(generation: &Generation, standing: &Standing, at: Timestamp) -> String {
    let attempt = generation.state.attempt;
    match Phase::of(generation, at) {
        None => format!("it has ended: {}", generation.state.status.as_str()),
        Some(Phase::Streaming) => format!("attempt {attempt} is under way"),
        Some(Phase::Held) => turn(&ahead(generation, &standing.of_user)),
        Some(Phase::Waiting) => {
            let due = generation.state.retry_at.unwrap_or(at);
            let wait = (due - at).num_seconds() + 1;
            let next = if attempt == 0 {
                format!("it waits for a key; the first attempt begins in {wait} s, at {due}")
            } else {
                format!("attempt {attempt} ended; the next one begins in {wait} s, at {due}")
            };
            let parts = [Some(next), standing.hindrance(generation), Some(standing.lent())];
            parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
        Some(Phase::Queued) => standing.wait(generation),
    }
}

/// Whose end gives the turn.
fn turn(ahead: &[GenerationId]) -> String {
    match ahead {
        [] => "it waits for its turn, which comes in a moment".to_owned(),
        [first] => format!("it waits for its turn, behind {first}"),
        [first, others @ ..] => {
            format!("it waits for its turn, behind {first} and {} more of its user", others.len())
        }
    }
}

impl Standing {
    /// What a job waits for whose time has come.
    fn wait(&self, generation: &Generation) -> String {
        let usable = self.usable();
        if let Some(hindrance) = self.hindrance(generation) {
            format!("{hindrance}; {}; {}", self.jobs(), self.lent())
        } else if usable == 0 && !self.keys.is_empty() {
            format!("it waits for a key: {}", self.lent())
        } else {
            format!("it waits for a worker: {}; {}", self.jobs(), self.lent())
        }
    }

    /// Why nobody takes a job of its provider, if nobody does.
    fn hindrance(&self, generation: &Generation) -> Option<String> {
        let pool = &generation.provider;
        if self.wish.paused {
            return Some(format!("the pool {pool} is paused: it takes no job until it is resumed"));
        }
        let own: Vec<_> = self.workers.iter().filter(|status| status.pool == *pool).collect();
        match (own.len(), own.iter().filter(|status| !status.paused).count()) {
            (0, _) => Some(format!("it waits for a worker: there is none for {pool}")),
            (all, 0) => Some(format!("it waits for a worker: {all} of {all} are drained")),
            _ => None,
        }
    }

    fn jobs(&self) -> String {
        let Depth { ready, unsettled, .. } = self.depth;
        format!("{ready} ready, {unsettled} with a worker")
    }

    fn usable(&self) -> usize {
        self.keys.iter().filter(|key| key.state == KeyState::Active).count()
    }

    fn lent(&self) -> String {
        format!("{} of {} keys can be lent", self.usable(), self.keys.len())
    }
}

#[cfg(test)]
mod tests;
