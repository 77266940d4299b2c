//! Archived events, kept in segments: one row for each report that brought some.

use std::collections::BTreeMap;

use domain::{event::SeqEvent, id::GenerationId, transcript::Transcript};
use sqlx::PgConnection;

use crate::{
    batch::{Batch, json, stored},
    error::Error,
    row::{Columns, FromColumns},
    store::PostgresStore,
};

const INSERT: &str = "INSERT INTO generation_events \
     (generation_id, attempt, first_seq, last_seq, events) SELECT ?, ?, ?, ?, ? FROM decided";

// In the order of writing: of an event archived twice the first one counts.
const READ: &str = "SELECT segment, events FROM generation_events \
     WHERE generation_id = $1 AND last_seq > $2 ORDER BY segment";

/// The events of one row.
struct SegmentRow(Vec<SeqEvent>);

impl FromColumns for SegmentRow {
    const TABLE: &'static str = "generation_events";
    const KEY: &'static str = "segment";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        columns.json("events").map(Self)
    }
}

/// Events to be archived, as they will be written.
pub(crate) struct NewSegment {
    first_seq: u64,
    last_seq: u64,
    events: String,
}

impl NewSegment {
    /// The segment that `events` make; none without events.
    pub(crate) fn of(events: &[SeqEvent]) -> Option<Self> {
        let first_seq = events.iter().map(|entry| entry.seq).min()?;
        let last_seq = events.iter().map(|entry| entry.seq).max()?;
        Some(Self { first_seq, last_seq, events: json(&events) })
    }
}

impl Batch {
    /// Archives a segment.
    pub(crate) fn push_segment(&mut self, id: GenerationId, attempt: u32, segment: NewSegment) {
        self.push(INSERT)
            .id(id.as_uuid())
            .bind(i64::from(attempt))
            .count(segment.first_seq)
            .count(segment.last_seq)
            .bind(segment.events);
    }
}

/// The archived events of a generation behind `after`, by their seq.
pub(crate) async fn read(
    connection: &mut PgConnection,
    id: GenerationId,
    after: u64,
) -> Result<BTreeMap<u64, SeqEvent>, Error> {
    let rows =
        sqlx::query(READ).bind(id.as_uuid()).bind(stored(after)).fetch_all(connection).await?;
    let mut events = BTreeMap::new();
    for SegmentRow(segment) in SegmentRow::from_rows(&rows)? {
        add(&mut events, segment.into_iter().filter(|entry| entry.seq > after));
    }
    Ok(events)
}

fn add(events: &mut BTreeMap<u64, SeqEvent>, more: impl IntoIterator<Item = SeqEvent>) {
    for entry in more {
        events.entry(entry.seq).or_insert(entry);
    }
}

/// The text that `archived` events and `new` ones make together.
pub(crate) fn text(mut archived: BTreeMap<u64, SeqEvent>, new: &[SeqEvent]) -> String {
    add(&mut archived, new.iter().cloned());
    archived.values().collect::<Transcript>().into_text()
}

impl PostgresStore {
    pub(crate) async fn read_archive(
        &self,
        id: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SeqEvent>, Error> {
        let mut reader = self.pool.acquire().await?;
        let events = read(&mut reader, id, after).await?;
        Ok(events.into_values().take(limit as usize).collect())
    }
}
