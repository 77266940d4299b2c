//! Accounts and what they may do.

use serde::{Deserialize, Serialize};

use crate::{email::Email, id::UserId, time::Timestamp};

/// What an account may do, each role including the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Chats without having signed in; whoever knows the id speaks for it.
    Guest,
    /// Chats.
    User,
    /// Also reads the operators' pages.
    Viewer,
    /// Also changes pools, keys and queues.
    Operator,
    /// Also changes accounts.
    Admin,
}

impl Role {
    /// The name used in JSON, in tokens and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::User => "user",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role called `name`, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Guest, Self::User, Self::Viewer, Self::Operator, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == name)
    }
}

/// Who makes accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Registration {
    /// Whoever wants one.
    #[default]
    Open,
    /// Only admins.
    Closed,
    /// Admins, and whoever proves an address by a link that is mailed there.
    ByMail,
}

impl Registration {
    /// The name used in settings and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::ByMail => "mail",
        }
    }

    /// The one called `name`, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Closed, Self::ByMail].into_iter().find(|one| one.as_str() == name)
    }
}

/// Who may chat without an account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Guests {
    /// Nobody.
    #[default]
    Nobody,
    /// Whoever uses this machine, and calls it by a name that only this machine has.
    OnThisMachine,
    /// Whoever reaches it.
    Anybody,
}

/// An account as the rest of the house sees it: never with its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who it is.
    pub id: UserId,
    /// The name to sign in with.
    pub email: Email,
    /// What it may do.
    pub role: Role,
    /// An account that may not sign in any more.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}
