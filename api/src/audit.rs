//! What people do, noted in the audit book before it takes effect: what cannot be noted is not done.

use domain::{
    id::{EventId, UserId},
    ledger::AuditEvent,
    time::Timestamp,
};

use crate::{app::App, error::ApiError};

/// Something that is about to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    /// What, as `noun.verb`.
    action: &'static str,
    /// To what, as an id or a name.
    subject: String,
    /// What else there is to say of it.
    detail: Option<String>,
}

impl Deed {
    /// `action`, done to `subject`.
    pub(crate) fn new(action: &'static str, subject: &impl ToString) -> Self {
        Self { action, subject: subject.to_string(), detail: None }
    }

    /// The same, with what else there is to say of it.
    pub(crate) fn detailed(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

impl App {
    /// Notes that `actor` did `action` to `subject`.
    pub(crate) async fn audit(
        &self,
        actor: Option<UserId>,
        action: &str,
        subject: impl ToString,
    ) -> Result<(), ApiError> {
        let event = entry(self.now(), actor, action, subject.to_string(), None);
        self.post(&[event]).await
    }

    /// Notes what `actor` does, in one transaction.
    pub(crate) async fn note(
        &self,
        actor: Option<UserId>,
        deeds: Vec<Deed>,
    ) -> Result<(), ApiError> {
        let at = self.now();
        let event = |Deed { action, subject, detail }| entry(at, actor, action, subject, detail);
        self.post(&deeds.into_iter().map(event).collect::<Vec<_>>()).await
    }

    async fn post(&self, events: &[AuditEvent]) -> Result<(), ApiError> {
        self.ports.ledger.post_audit(events).await?;
        Ok(())
    }
}

fn entry(
    at: Timestamp,
    actor: Option<UserId>,
    action: &str,
    subject: String,
    detail: Option<String>,
) -> AuditEvent {
    tracing::info!(?actor, action, subject, detail, "noted");
    let (event_id, action) = (EventId::of_deed(at), action.to_owned());
    AuditEvent { event_id, actor, action, subject, detail, at }
}
