//! Which dead letters something is to be done with.

use domain::{id::GenerationId, time::Timestamp};
use ports::{
    queue::{DeadLetter, Topic},
    store::{Cursor, Towards},
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::page::{MOST, behind, next};
use crate::{
    app::App,
    audit, cursor,
    error::{ApiError, Faults},
    extract::{Actor, FromBody, Text},
    shapes::CountShape,
};

/// Which dead letters: those named, those whose reason holds a text, or all of them. 1000 are looked at, the
/// oldest first; the answer tells where to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ChoiceBody {
    /// These; at most 1000.
    message_ids: Option<Vec<Uuid>>,
    /// Those whose reason holds this text; not blank.
    #[schema(value_type = Option<String>)]
    why: Option<Text>,
    /// All of them.
    #[serde(default)]
    all: bool,
    /// `nextCursor` of an answer before: goes on behind those that were looked at.
    #[schema(value_type = Option<String>)]
    cursor: Option<Text>,
    /// Only those that were here by then: `until` of the answer before, so that one that comes back is not met
    /// again.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    until: Option<Timestamp>,
    /// Only say how many there are.
    #[serde(default)]
    dry_run: bool,
}

/// Which dead letters, and whether anything is to be done with them.
#[derive(Debug)]
pub(crate) struct Choice {
    of: Of,
    after: Option<Cursor>,
    until: Option<Timestamp>,
    dry_run: bool,
}

#[derive(Debug)]
enum Of {
    These(Vec<Uuid>),
    Why(String),
    All,
}

impl FromBody for Choice {
    type Body = ChoiceBody;

    fn from_body(body: ChoiceBody) -> Result<Self, Faults> {
        let ChoiceBody { message_ids, why, all, cursor, until, dry_run } = body;
        let of = match (message_ids, why, all) {
            (Some(ids), None, false) if ids.len() > MOST as usize => {
                return Err(Faults::one("/messageIds", format!("must be at most {MOST}")));
            }
            (Some(ids), None, false) => Of::These(ids),
            // Every reason holds it: all of them are not named by accident.
            (None, Some(Text(why)), false) if why.trim().is_empty() => {
                return Err(Faults::one("/why", "must not be blank"));
            }
            (None, Some(Text(why)), false) => Of::Why(why),
            (None, None, true) => Of::All,
            _ => {
                let allowed = "must have one of messageIds, why and all";
                return Err(Faults::one("", allowed));
            }
        };
        let after = cursor.map(|Text(text)| {
            let after = cursor::decode(&text).filter(|after| after.towards == Towards::Newer);
            let allowed = "must be the nextCursor of an answer before, unchanged";
            after.ok_or_else(|| Faults::one("/cursor", allowed))
        });
        Ok(Self { of, after: after.transpose()?, until, dry_run })
    }
}

/// Whether `letter` is a job of a generation that has ended.
async fn has_ended(app: &App, letter: &DeadLetter) -> Result<bool, ApiError> {
    if !matches!(letter.topic, Topic::Requests(_)) {
        return Ok(false);
    }
    let id = GenerationId::from_uuid(letter.envelope.correlation_id);
    let found = app.ports.progress.find_any(id).await?;
    Ok(found.is_some_and(|generation| generation.state.status.is_terminal()))
}

/// What is done with them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// They are put back where they had been.
    Replay,
    /// They are gone.
    Drop,
}

/// The letters that are meant among those looked at, and where those behind them begin.
struct Looked {
    meant: Vec<DeadLetter>,
    next: Option<Cursor>,
}

impl Choice {
    /// Does it, unless only the number is wanted.
    pub(super) async fn apply(
        &self,
        app: &App,
        actor: Actor,
        deed: Deed,
    ) -> Result<CountShape, ApiError> {
        let until = self.until.unwrap_or_else(|| app.now());
        let Looked { meant, next } = self.look(app, until).await?;
        let matching = meant.len() as u64;
        let mut ids = Vec::new();
        for letter in meant {
            // A job of an ended generation would find nothing to do.
            if matches!(deed, Deed::Drop) || !has_ended(app, &letter).await? {
                ids.push(letter.envelope.message_id);
            }
        }
        let ended = matching - ids.len() as u64;
        let next_cursor = next.map(cursor::encode);
        let count = CountShape { matching, done: 0, ended, next_cursor, until };
        if self.dry_run || ids.is_empty() {
            return Ok(count);
        }
        Ok(CountShape { done: carry_out(app, actor, deed, &ids).await?, ..count })
    }

    async fn look(&self, app: &App, until: Timestamp) -> Result<Looked, ApiError> {
        let queues = &app.ports.queue_operations;
        if let Of::These(ids) = &self.of {
            return Ok(Looked { meant: queues.dead_letters_called(ids).await?, next: None });
        }
        let mut meant = queues.dead_letters_behind(behind(self.after), MOST).await?;
        let next = next(&meant).filter(|next| next.at <= until);
        meant.retain(|letter| letter.since <= until && self.means(letter));
        Ok(Looked { meant, next })
    }

    fn means(&self, letter: &DeadLetter) -> bool {
        match &self.of {
            Of::These(ids) => ids.contains(&letter.envelope.message_id),
            Of::Why(text) => letter.why.contains(text),
            Of::All => true,
        }
    }
}

/// Does it, after it was noted; with how many it was done.
async fn carry_out(app: &App, actor: Actor, deed: Deed, ids: &[Uuid]) -> Result<u64, ApiError> {
    let action = match deed {
        Deed::Replay => "dead_letter.replayed",
        Deed::Drop => "dead_letter.dropped",
    };
    let deeds = ids.iter().map(|id| audit::Deed::new(action, id)).collect();
    actor.note(app, deeds).await?;
    let queues = &app.ports.queue_operations;
    Ok(match deed {
        Deed::Replay => queues.replay(ids).await?,
        Deed::Drop => queues.purge(ids).await?,
    })
}
