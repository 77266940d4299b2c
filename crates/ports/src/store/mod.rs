//! The truth: accounts, chats, generations, the outbox and the books.

mod accounts;
mod api_keys;
mod chats;
mod error;
mod generations;
mod jobs;
mod ledger;
mod look;
mod outbox;
mod page;
mod pools;
mod progress;

pub use accounts::{
    Account, AccountCreated, Accounts, NewAccount, NewRefreshToken, Presented, Refresh,
    RefreshRotation, TokenHash,
};
pub use api_keys::{ApiKey, ApiKeyAdded, ApiKeys};
pub use chats::{ChatChange, Chats, MessageAppended, PAGE_TEXT, ShownMessage, TokensSpent};
pub use error::StoreError;
pub use generations::{
    Admission, AttemptRow, Cancellation, Generations, NewGeneration, RequestFingerprint, Rest,
    Segment, Stop,
};
pub use jobs::{Jobs, Sought};
pub use ledger::{DailyUsage, Ledger, ModelUsage, Posting};
pub use look::{Decision, Look};
pub use outbox::{CLAIM_BYTES, NewOutboxRow, Outbox, OutboxRow};
pub use page::{Cursor, Page, Towards};
pub use pools::{BROUGHT_BACK_FOR, Pause, Pools, Speaking, SwitchedKey, SwitchedTo};
pub use progress::{Backlog, GiveTurn, MakeJob, Overdue, Progress, Settle, Settlement, TurnGiven};
