//! A field that may be absent, or null, which are not the same.

use serde::{Deserialize, Deserializer};

/// What a body says of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Wish<T> {
    /// Nothing.
    #[default]
    Absent,
    /// Null.
    Null,
    /// This.
    Is(T),
}

impl<T> Wish<T> {
    /// Whether it says null.
    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What it says beside that.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Is(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Wish<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(deserializer)?.map_or(Self::Null, Self::Is))
    }
}
