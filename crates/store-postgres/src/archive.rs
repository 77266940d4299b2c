//! Archived events, kept in segments: some rows for each report that brought any. A segment holds so many events at
//! most, so that a page of a long answer costs no more than one of a short one.

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
     (generation_id, attempt, first_seq, last_seq, events) \
     SELECT ?, ?, piece.* FROM decided, unnest(?::bigint[], ?::bigint[], ?::text[]) AS piece";

/// The most events of a segment.
const SEGMENT: usize = 250;

// In the order of writing: of an event archived twice the first one counts.
pub(crate) const READ: &str = "SELECT segment, events, last_seq AS reach FROM generation_events \
     WHERE generation_id = $1 ORDER BY segment";

/// The same up to where some segments reach, with all others that have a part in that.
pub(crate) const READ_SOME: &str = "WITH reaching AS ( \
     SELECT max(last_seq) AS reach FROM (SELECT last_seq FROM generation_events \
         WHERE generation_id = $1 AND last_seq > $2 ORDER BY last_seq LIMIT $3) AS next) \
     SELECT segment, events, reach FROM reaching JOIN generation_events ON first_seq <= reach \
     WHERE generation_id = $1 AND last_seq > $2 ORDER BY segment";

/// How many segments are read at once: three hold a page of those who view an archive.
const READ_AT_ONCE: i64 = 3;

/// The events of one row, and up to where they are to be read.
struct SegmentRow {
    events: Vec<SeqEvent>,
    reach: u64,
}

impl FromColumns for SegmentRow {
    const TABLE: &'static str = "generation_events";
    const KEY: &'static str = "segment";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self { events: columns.json("events")?, reach: columns.count("reach")? })
    }
}

/// Events to be archived, as they will be written.
pub(crate) struct NewSegment {
    first_seq: u64,
    last_seq: u64,
    events: String,
}

impl NewSegment {
    /// The segments that `events` make; none without events.
    fn all(events: &[SeqEvent]) -> Vec<Self> {
        events.chunks(SEGMENT).filter_map(Self::of).collect()
    }

    fn of(events: &[SeqEvent]) -> Option<Self> {
        let first_seq = events.iter().map(|entry| entry.seq).min()?;
        let last_seq = events.iter().map(|entry| entry.seq).max()?;
        Some(Self { first_seq, last_seq, events: json(&events) })
    }
}

impl Batch {
    /// Archives `events`.
    pub(crate) fn push_events(&mut self, id: GenerationId, attempt: u32, events: &[SeqEvent]) {
        let segments = NewSegment::all(events);
        if segments.is_empty() {
            return;
        }
        let numbers = |number: fn(&NewSegment) -> u64| -> Vec<i64> {
            segments.iter().map(|segment| stored(number(segment))).collect()
        };
        let (first, last) = (numbers(|it| it.first_seq), numbers(|it| it.last_seq));
        self.push(INSERT).id(id.as_uuid()).bind(i64::from(attempt)).bind(first).bind(last);
        self.bind(segments.into_iter().map(|it| it.events).collect::<Vec<_>>());
    }
}

/// All archived events of a generation, by their seq.
pub(crate) async fn read(
    connection: &mut PgConnection,
    id: GenerationId,
) -> Result<BTreeMap<u64, SeqEvent>, Error> {
    let rows = sqlx::query(READ).bind(id.as_uuid()).fetch_all(connection).await?;
    let mut events = BTreeMap::new();
    for row in SegmentRow::from_rows(&rows)? {
        add(&mut events, row.events);
    }
    Ok(events)
}

/// Adds to `events` the next ones behind `after`. Answers up to where they are all there; none if none follow.
async fn read_some(
    connection: &mut PgConnection,
    id: GenerationId,
    after: u64,
    events: &mut BTreeMap<u64, SeqEvent>,
) -> Result<Option<u64>, Error> {
    let query = sqlx::query(READ_SOME).bind(id.as_uuid()).bind(stored(after)).bind(READ_AT_ONCE);
    let rows = query.fetch_all(connection).await?;
    let mut reached = None;
    for SegmentRow { events: read, reach } in SegmentRow::from_rows(&rows)? {
        reached = Some(reach);
        // Beyond that, segments that were not read may have been written before.
        add(events, read.into_iter().filter(|entry| entry.seq > after && entry.seq <= reach));
    }
    Ok(reached)
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
        let mut reader = self.pool().acquire().await?;
        let (mut events, mut after) = (BTreeMap::new(), after);
        while events.len() < limit as usize {
            let Some(reach) = read_some(&mut reader, id, after, &mut events).await? else { break };
            after = reach;
        }
        Ok(events.into_values().take(limit as usize).collect())
    }
}

#[cfg(test)]
mod tests {
    use testkit::sample;

    use super::*;

    #[test]
    fn no_segment_is_long() {
        let events = sample::events(1, 1, &["a"; 3 * SEGMENT]);
        let segments = NewSegment::all(&events);
        let spans: Vec<_> = segments.iter().map(|it| (it.first_seq, it.last_seq)).collect();
        assert_eq!(spans, [(1, 250), (251, 500), (501, 750), (751, 751)]);
        assert!(NewSegment::all(&[]).is_empty());
    }
}
