//! Keys with which programs speak for a user.

use domain::{id::ApiKeyId, time::Timestamp};
use ports::store::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

/// An API key, without the key itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKeyShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    id: ApiKeyId,
    /// What its user calls it.
    name: String,
    /// Its first characters.
    prefix: String,
    /// Whether it may only read.
    read_only: bool,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    /// When it ends; never when null.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expires_at: Option<Timestamp>,
    /// When it was used last, to the minute or so.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    used_at: Option<Timestamp>,
}

impl From<ApiKey> for ApiKeyShape {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            read_only: key.read_only,
            created_at: key.created_at,
            expires_at: key.expires_at,
            used_at: key.used_at,
        }
    }
}

/// An API key just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewApiKeyShape {
    /// What is kept of it.
    #[serde(flatten)]
    pub(crate) described: ApiKeyShape,
    /// The key; it is never shown again.
    pub(crate) key: String,
}
