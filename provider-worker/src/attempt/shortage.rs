//! What follows when no key can be lent: the next model, a wait for the keys, or the end of the attempt.

use std::time::Duration;

use domain::key::NoKeyReason;

use super::{lending::NoKey, session::Session, trouble::Trouble};

/// Where a job stands that gets no key.
#[derive(Debug, Clone, Copy)]
struct Shortage {
    /// Whether there is another model to ask.
    has_fallback: bool,
    /// Whether any model was called.
    was_asked: bool,
    /// For how long keys rest, of all models looked at those that are free soonest.
    rest: Option<(Duration, NoKeyReason)>,
    /// Whether keys that refused may be waited for here, which is tried once.
    may_begin_again: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// The next model is asked.
    NextModel,
    /// Keys that failed in this delivery are taken again.
    AllKeys,
    /// The attempt waits for a key: nobody was called, so it has not begun.
    Wait(Duration, NoKeyReason),
    /// The attempt ends.
    GiveUp,
}

fn decide(now: &Shortage) -> Instead {
    match now {
        Shortage { has_fallback: true, .. } => Instead::NextModel,
        Shortage { was_asked: false, rest: Some((wait, why)), .. } => Instead::Wait(*wait, *why),
        Shortage { may_begin_again: true, .. } => Instead::AllKeys,
        _ => Instead::GiveUp,
    }
}

impl Session<'_> {
    /// Notes that there is no key, and does what can be done at once about it.
    pub(super) fn without_key(&mut self, none: NoKey) -> Instead {
        match none {
            NoKey::Later(..) if self.search.wishes_for_refused() => {}
            NoKey::Later(wait, why) => self.note_rest(wait, why),
            NoKey::Never => _ = self.trouble.get_or_insert(Trouble::NoneUsable),
            NoKey::NotPermitted => _ = self.trouble.get_or_insert(Trouble::NotPermitted),
        }
        let instead = decide(&Shortage {
            has_fallback: self.has_fallback(),
            was_asked: self.asked.is_some(),
            rest: self.rest,
            may_begin_again: self.may_wait_for_limits(),
        });
        match instead {
            Instead::NextModel => _ = self.turn_to_fallback(),
            Instead::AllKeys => self.search.take_all_again(),
            Instead::Wait(..) | Instead::GiveUp => {}
        }
        instead
    }

    fn note_rest(&mut self, wait: Duration, why: NoKeyReason) {
        let is_sooner = self.rest.is_none_or(|(known, _)| wait < known);
        self.rest = if is_sooner { Some((wait, why)) } else { self.rest };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_shortages() {
        let rest = Some((Duration::from_mins(1), NoKeyReason::CoolingDown));
        let wait = Instead::Wait(Duration::from_mins(1), NoKeyReason::CoolingDown);
        for ((has_fallback, was_asked, rest, may_begin_again), expected) in [
            ((true, false, None, false), Instead::NextModel),
            ((true, true, rest, true), Instead::NextModel),
            ((false, false, rest, false), wait),
            ((false, false, None, false), Instead::GiveUp),
            // Another key rests for long or is dead: those that refused may still be free soon.
            ((false, true, rest, true), Instead::AllKeys),
            ((false, true, None, true), Instead::AllKeys),
            ((false, true, rest, false), Instead::GiveUp),
            ((false, true, None, false), Instead::GiveUp),
        ] {
            let now = Shortage { has_fallback, was_asked, rest, may_begin_again };
            assert_eq!(decide(&now), expected, "{now:?}");
        }
    }
}
