//! Models.

use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A model a caller may ask for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelShape {
    /// What to write into `model`.
    pub(crate) id: String,
    /// Who answers; of a chain of models, who is asked first.
    pub(crate) provider: String,
    /// Whether it answers when no model is named.
    pub(crate) default: bool,
    /// The most that `maxTokens` may be; one of a chain that can do less is asked for less.
    pub(crate) max_tokens: u32,
    /// Whether a question is answered at once, as far as was seen some seconds ago: a worker takes the jobs of its
    /// provider, and a key can be used for it. Else it waits.
    pub(crate) available: bool,
    /// From when on it can, if not now and if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub(crate) available_at: Option<Timestamp>,
}

/// The models a caller may ask for.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelsShape {
    /// All of them.
    pub(crate) items: Vec<ModelShape>,
}
