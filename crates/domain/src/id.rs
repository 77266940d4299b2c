//! Identifiers: one type per thing, all of them UUID version 7, so that they sort by creation.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

use crate::time::Timestamp;

/// The text was not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct InvalidId;

/// A UUID version 7 whose leading bits are `at`.
fn uuid_at(at: Timestamp) -> Uuid {
    // Times before 1970 cannot be told in a UUIDv7; a clock that wrong gets the earliest value.
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos()))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id whose leading bits are `at`.
            #[must_use]
            pub fn generate(at: Timestamp) -> Self {
                Self(uuid_at(at))
            }

            /// The id that `uuid` is.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, for storage.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

id!(/// A person who signed in, or a guest.
    UserId);
id!(/// A conversation; a "thread" or "session" in the other vocabularies.
    ChatId);
id!(/// One message of a chat.
    MessageId);
id!(/// One requested answer; a "run" in the run vocabulary.
    GenerationId);
id!(/// One row of the outbox, and the `message_id` of what it publishes.
    OutboxId);
id!(/// One entry of the usage or audit book.
    EventId);
id!(/// One key with which a program speaks for a user.
    ApiKeyId);
id!(/// One wish for a key or for the right to write, however often it is told.
    WishId);
id!(/// One sign-in: all refresh tokens rotated out of it share the family.
    FamilyId);

impl UserId {
    /// Always the same id for a guest who calls themselves `name`.
    #[must_use]
    pub fn of_guest(name: &str) -> Self {
        Self(Uuid::new_v5(&GUESTS, name.as_bytes()))
    }
}

impl ChatId {
    /// Always the same id for the chat that `owner` calls `name`.
    #[must_use]
    pub fn named(owner: UserId, name: &str) -> Self {
        Self(Uuid::new_v5(&owner.0, name.as_bytes()))
    }
}

/// The space of the names of guests.
const GUESTS: Uuid = Uuid::from_u128(0x019f_0a3b_5c1e_7d20_9a4b_6f0c_2d81_e357);

impl EventId {
    /// The same id for the same cause, so that a repeated report books once.
    ///
    /// `kind` keeps a usage entry and an audit entry of one attempt apart.
    #[must_use]
    pub fn of_attempt(generation: GenerationId, attempt: u32, kind: &str) -> Self {
        Self(Uuid::new_v5(&generation.0, format!("{attempt}/{kind}").as_bytes()))
    }

    /// A fresh id for what happens once, at `at`.
    #[must_use]
    pub fn of_deed(at: Timestamp) -> Self {
        // Any id made at a time is as good.
        Self(GenerationId::generate(at).0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{TimeZone, Utc};

    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let earlier = GenerationId::generate(Utc.timestamp_opt(1_700_000_000, 0).unwrap());
        let later = GenerationId::generate(Utc.timestamp_opt(1_700_000_001, 0).unwrap());
        assert!(earlier < later);
    }

    /// Security case 43.
    #[test]
    fn nobody_guesses_the_next_id() {
        const IDS: usize = 1000;
        let at = Utc.timestamp_opt(1_700_000_000, 0).unwrap();
        let ids: Vec<u128> =
            (0..IDS).map(|_| GenerationId::generate(at).as_uuid().as_u128()).collect();
        let apart: BTreeSet<u128> = ids.iter().copied().collect();
        assert_eq!(apart.len(), IDS);
        // 48 bits are the time, 6 say what kind of id it is; each of the others is set in about half of them. By chance
        // one leaves these bounds once in 10^23 runs.
        let fixed =
            u128::from_be_bytes([255, 255, 255, 255, 255, 255, 0xF0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0]);
        for bit in (0..128).map(|bit| 1_u128 << bit).filter(|bit| bit & fixed == 0) {
            let set = ids.iter().filter(|id| *id & bit != 0).count();
            assert!((IDS / 3..IDS * 2 / 3).contains(&set), "{bit:x} is set in {set}");
        }
    }

    #[test]
    fn a_repeated_cause_has_the_same_event_id() {
        let generation = GenerationId::generate(Utc.timestamp_opt(1, 0).unwrap());
        let first = EventId::of_attempt(generation, 1, "usage");
        assert_eq!(first, EventId::of_attempt(generation, 1, "usage"));
        assert_ne!(first, EventId::of_attempt(generation, 2, "usage"));
        assert_ne!(first, EventId::of_attempt(generation, 1, "audit"));
    }

    #[test]
    fn text_that_is_no_uuid_is_refused() {
        assert_eq!("1".parse::<ChatId>(), Err(InvalidId));
    }
}
