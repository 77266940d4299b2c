//! Rows of `outbox`.

use domain::id::OutboxId;
use ports::{queue::Envelope, store::OutboxRow};

use super::{Columns, FromColumns};
use crate::error::Error;

impl FromColumns for OutboxRow {
    const TABLE: &'static str = "outbox";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let body: Vec<u8> = columns.get("body")?;
        Ok(Self {
            id: columns.id("id", OutboxId::from_uuid)?,
            topic: columns.json("topic")?,
            envelope: Envelope {
                message_id: columns.get("message_id")?,
                correlation_id: columns.get("correlation_id")?,
                kind: columns.text("kind")?,
                at: columns.time("written_at")?,
                headers: columns.json("headers")?,
                body: body.into(),
            },
        })
    }
}
