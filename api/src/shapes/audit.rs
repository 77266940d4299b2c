//! Entries of the audit book.

use domain::{id::UserId, ledger::AuditEvent, time::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// One thing somebody did.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditShape {
    /// Who; null for whoever runs the machine, and the system itself.
    #[schema(value_type = Option<Uuid>)]
    actor: Option<UserId>,
    /// What, as `noun.verb`.
    action: String,
    /// To what, as an id or a name.
    subject: String,
    /// What else there is to say of it, for example a value before and after.
    detail: Option<String>,
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
}

impl From<AuditEvent> for AuditShape {
    fn from(event: AuditEvent) -> Self {
        let AuditEvent { actor, action, subject, detail, at, .. } = event;
        Self { actor, action, subject, detail, at }
    }
}
