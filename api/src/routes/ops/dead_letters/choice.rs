//! Which dead letters something is to be done with.

use domain::id::GenerationId;
use ports::queue::{DeadLetter, Topic};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    audit,
    error::{ApiError, Faults},
    extract::{Actor, FromBody, Text},
    shapes::CountShape,
};

/// How many are looked at, the oldest first.
pub(super) const MOST: u32 = 1000;

/// Which dead letters: those named, those whose reason holds a text, or all of them. At most 1000, the
/// oldest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ChoiceBody {
    /// These.
    message_ids: Option<Vec<Uuid>>,
    /// Those whose reason holds this text.
    #[schema(value_type = Option<String>)]
    why: Option<Text>,
    /// All of them.
    #[serde(default)]
    all: bool,
    /// Only say how many there are.
    #[serde(default)]
    dry_run: bool,
}

/// Which dead letters, and whether anything is to be done with them.
#[derive(Debug)]
pub(crate) struct Choice {
    of: Of,
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
        let of = match (body.message_ids, body.why, body.all) {
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
        Ok(Self { of, dry_run: body.dry_run })
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

impl Choice {
    /// Does it, unless only the number is wanted.
    pub(super) async fn apply(
        &self,
        app: &App,
        actor: Actor,
        deed: Deed,
    ) -> Result<CountShape, ApiError> {
        let queues = &app.ports.queue_operations;
        let letters = queues.dead_letters(MOST).await?;
        let meant: Vec<_> = letters.iter().filter(|letter| self.means(letter)).collect();
        let matching = meant.len() as u64;
        let mut ids = Vec::new();
        for letter in meant {
            // A job of an ended generation would find nothing to do.
            if matches!(deed, Deed::Drop) || !has_ended(app, letter).await? {
                ids.push(letter.envelope.message_id);
            }
        }
        let ended = matching - ids.len() as u64;
        if self.dry_run || ids.is_empty() {
            return Ok(CountShape { matching, done: 0, ended });
        }
        let action = match deed {
            Deed::Replay => "dead_letter.replayed",
            Deed::Drop => "dead_letter.dropped",
        };
        let deeds = ids.iter().map(|id| audit::Deed::new(action, id)).collect();
        actor.note(app, deeds).await?;
        let done = match deed {
            Deed::Replay => queues.replay(&ids).await?,
            Deed::Drop => queues.purge(&ids).await?,
        };
        Ok(CountShape { matching, done, ended })
    }

    fn means(&self, letter: &DeadLetter) -> bool {
        match &self.of {
            Of::These(ids) => ids.contains(&letter.envelope.message_id),
            Of::Why(text) => letter.why.contains(text),
            Of::All => true,
        }
    }
}
