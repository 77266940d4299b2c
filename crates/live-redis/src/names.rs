//! The names of keys and channels.
//!
//! What one script touches has one hash tag (the part in braces), and so lies on one node of a
//! cluster.

use std::sync::Arc;

use domain::{
    id::{GenerationId, UserId},
    model::ProviderName,
};
use ports::live::Quota;
use uuid::Uuid;

/// Makes names that begin with the installation's prefix.
#[derive(Debug, Clone)]
pub(crate) struct Names(Arc<str>);

impl Names {
    pub(crate) fn new(prefix: &str) -> Self {
        Self(prefix.into())
    }

    /// The hash that says how far a log has come.
    pub(crate) fn state(&self, generation: GenerationId) -> String {
        self.of_log(generation, ":state")
    }

    /// The list of a log's entries.
    pub(crate) fn entries(&self, generation: GenerationId) -> String {
        self.of_log(generation, ":log")
    }

    /// The channel on which a log's entries are told. Scripts that write cut its name from that of the state.
    pub(crate) fn channel(&self, generation: GenerationId) -> String {
        self.of_log(generation, "")
    }

    /// Made for every write, so without the machinery of `format!`.
    fn of_log(&self, generation: GenerationId, ending: &str) -> String {
        let mut buffer = Uuid::encode_buffer();
        let id = generation.as_uuid().hyphenated().encode_lower(&mut buffer);
        [&*self.0, "gen:{", id, "}", ending].concat()
    }

    /// The channel on which wishes to stop are told.
    pub(crate) fn cancels(&self) -> String {
        format!("{}cancels", self.0)
    }

    /// The channel on which news for users' pages are told.
    pub(crate) fn notices(&self) -> String {
        format!("{}notices", self.0)
    }

    /// What is wished of a pool.
    pub(crate) fn wish(&self, pool: &ProviderName) -> String {
        format!("{}pool_wish:{pool}", self.0)
    }

    /// What workers said of themselves.
    pub(crate) fn workers(&self) -> String {
        format!("{}{{workers}}", self.0)
    }

    /// The workers that are to take no more jobs.
    pub(crate) fn drained(&self) -> String {
        format!("{}{{workers}}:drained", self.0)
    }

    /// How many answers single workers are to stream at once.
    pub(crate) fn scaled(&self) -> String {
        format!("{}{{workers}}:scaled", self.0)
    }

    /// How often workers were asked to read their settings again.
    pub(crate) fn reloads(&self) -> String {
        format!("{}reloads", self.0)
    }

    /// Whose a user's place is.
    pub(crate) fn place(&self, user: UserId) -> String {
        format!("{}user:{user}:inflight_generation", self.0)
    }

    /// Who used up `what`.
    pub(crate) fn used(&self, what: &str) -> String {
        format!("{}used:{what}", self.0)
    }

    /// Which processes serve how many of a user's streams.
    pub(crate) fn streams(&self, user: UserId) -> String {
        format!("{}user:{user}:streams", self.0)
    }

    /// The bucket called `name` of a quota of `who`. All of theirs are counted in together.
    pub(crate) fn bucket(&self, who: &str, name: &str, quota: Quota) -> String {
        format!("{}limit:{{{who}}}:{name}:{}/{}", self.0, quota.times, quota.per.as_micros())
    }

    /// What scripts on a provider's keys are run on: their hash, whose name begins the names of all that belongs to them,
    /// and a key that never is.
    ///
    /// Moving a slot to another node of a cluster, Redis moves key by key. Meanwhile it refuses whatever names a key that
    /// is there and one that is not, and has it tried again; a script on the hash alone would run beside its other half.
    pub(crate) fn pool(&self, provider: &ProviderName) -> [String; 2] {
        let pool = format!("{}pool:{{{provider}}}", self.0);
        let never = format!("{pool}:never");
        [pool, never]
    }
}
