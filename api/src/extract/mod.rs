//! Policy at the door: who asks, and is it well formed.

mod caller;
mod chat_position;
mod client_address;
mod current_user;
mod from;
mod host;
mod idempotency_key;
mod json;
mod last_event_id;
mod operator;
mod page;
mod path_id;
mod query;
mod seconds;
mod sought;
mod stream_name;
mod text;
mod wish;

pub(crate) use caller::Caller;
pub(crate) use chat_position::ChatPosition;
pub(crate) use client_address::{ClientAddress, Peer};
pub(crate) use current_user::{CurrentUser, SignedIn};
pub(crate) use from::{From, FromParams};
pub(crate) use idempotency_key::{IdempotencyKey, request_id_fits};
pub(crate) use json::{FromBody, ValidJson};
pub(crate) use last_event_id::LastEventId;
pub(crate) use operator::{Actor, Admin, Auditor, Operator, Viewer};
pub(crate) use page::{CursorParams, PageParams, PageQuery};
pub(crate) use path_id::{PathId, PathPair};
pub(crate) use query::ValidQuery;
pub(crate) use seconds::{DisableParams, Seconds};
pub(crate) use sought::{SoughtParams, SoughtQuery};
pub(crate) use stream_name::stream_name;
pub(crate) use text::Text;
pub(crate) use wish::Wish;
