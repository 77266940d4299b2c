//! What people do, noted in the audit book before it takes effect: what cannot be noted is not done.

use domain::{
    id::{EventId, UserId},
    ledger::AuditEvent,
};

use crate::{app::App, error::ApiError};

impl App {
    /// Notes that `actor` did `action` to `subject`.
    pub(crate) async fn audit(
        &self,
        actor: Option<UserId>,
        action: &str,
        subject: impl ToString,
    ) -> Result<(), ApiError> {
        self.audit_all(actor, action, &[subject]).await
    }

    /// The same for many subjects, in one transaction.
    pub(crate) async fn audit_all(
        &self,
        actor: Option<UserId>,
        action: &str,
        subjects: &[impl ToString],
    ) -> Result<(), ApiError> {
        let at = self.now();
        let event = |subject: &_| {
            let (action, subject) = (action.to_owned(), ToString::to_string(subject));
            tracing::info!(?actor, action, subject, "noted");
            AuditEvent { event_id: EventId::of_deed(at), actor, action, subject, at }
        };
        let events: Vec<AuditEvent> = subjects.iter().map(event).collect();
        self.ports.ledger.post_audit(&events).await?;
        Ok(())
    }
}
