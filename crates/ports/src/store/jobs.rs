//! Generations under way, as operators look for them.

use async_trait::async_trait;
use domain::{
    generation::Generation,
    id::{GenerationId, UserId},
    model::ProviderName,
    phase::Phase,
    time::Timestamp,
};

use super::StoreError;

/// Which of the generations under way. What is not named does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// How far they have come.
    pub phase: Option<Phase>,
    /// Whose.
    pub user: Option<UserId>,
    /// Who is asked.
    pub provider: Option<ProviderName>,
    /// Which of the provider's models.
    pub model: Option<String>,
}

/// Generations under way, as operators look for them: whoever they belong to.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Those of the generations that have not ended, the held ones too, that are as `sought` at `at`, in the
    /// order of their acceptance, behind `after`.
    async fn under_way(
        &self,
        sought: &Sought,
        after: Option<GenerationId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<Vec<Generation>, StoreError>;
}
