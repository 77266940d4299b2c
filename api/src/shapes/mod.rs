//! The JSON that goes out: camelCase, times in RFC 3339 UTC, ids as UUIDs.

mod account;
mod api_key;
mod audit;
mod chat;
mod explained;
mod generation;
mod job;
mod key;
mod list;
mod message;
mod model;
mod ops;
mod options;
mod usage;
mod words;

pub(crate) use account::{AddedUserShape, SessionShape, TokenShape, UserShape};
pub(crate) use api_key::{ApiKeyShape, NewApiKeyShape};
pub(crate) use audit::AuditShape;
pub(crate) use chat::{ChatDetailShape, ChatShape};
pub(crate) use explained::{ExplainedShape, Standing};
pub(crate) use generation::{AcceptedShape, CanceledShape, GenerationDetailShape, GenerationShape};
pub(crate) use job::JobShape;
pub(crate) use key::KeyShape;
pub(crate) use list::ListShape;
pub(crate) use message::MessageShape;
pub(crate) use model::{ModelShape, ModelsShape};
pub(crate) use ops::{
    CountShape, DeadLetterDetailShape, DeadLetterShape, PoolShape, QueueShape, WorkerShape,
};
pub(crate) use options::OptionsShape;
pub(crate) use usage::{DailyUsageShape, ModelUsageShape};
