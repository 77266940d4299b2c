//! What a message follows, as a body says it.

use serde::{Deserialize, Deserializer};

use super::Text;

/// The value of `parentId`: absent is not the same as null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Parent {
    /// Nothing was said.
    #[default]
    Absent,
    /// None.
    Null,
    /// This one.
    Id(Text),
}

impl<'de> Deserialize<'de> for Parent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Text>::deserialize(deserializer)?.map_or(Self::Null, Self::Id))
    }
}
