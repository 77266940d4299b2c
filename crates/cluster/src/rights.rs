//! What each service may know, and what it may do at the servers: no more than it needs.

/// What one service may do at the broker and on the live side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// The service, by the name of its binary.
    pub service: &'static str,
    /// Which queues and exchanges it may declare, as a pattern of their names.
    pub configure: &'static str,
    /// Which it may publish to and bind.
    pub write: &'static str,
    /// Which it may take messages from and bind to.
    pub read: &'static str,
    /// The rules of its account in Redis, if it has one.
    pub live: Option<&'static str>,
}

/// What is common to the rules in Redis: nobody empties it, looks at all its keys, or changes its settings.
const HARMLESS: &str = "+@all -@admin -@dangerous";

/// Every service that talks to the servers.
pub const RIGHTS: [Rights; 3] = [
    // Accepts questions, takes reports, looks at dead letters; the books it only writes to.
    Rights {
        service: "api",
        configure: r"^generation\.(responses|dead|retry\..+)$",
        write: r"^(generation(\..+)?|accounting(\.dead)?)$",
        read: r"^(generation\.(responses|dead|retry\..+)|accounting\.dead)$",
        live: Some("~* &*"),
    },
    // Takes questions, reports, parks on the ladder.
    Rights {
        service: "provider-worker",
        configure: r"^generation(\.(requests|retry)\..+|\.dead)?$",
        write: r"^generation(\..+)?$",
        read: r"^generation(\.(requests|retry)\..+|\.dead)?$",
        live: Some("~gen:* ~pool:* ~pool_wish:* ~{workers}* ~reloads &gen:* &cancels"),
    },
    Rights {
        service: "accounting-worker",
        configure: r"^accounting(\..+)?$",
        write: r"^accounting(\..+)?$",
        read: r"^accounting(\..+)?$",
        live: None,
    },
];

/// A service's account at broker and live side.
#[derive(Clone)]
pub struct Account {
    /// What it may.
    pub rights: &'static Rights,
    /// Nobody else knows it.
    pub password: String,
}

impl Account {
    /// One account for each service, with passwords nobody has had before.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let password = || format!("{:032x}", rand::random::<u128>());
        RIGHTS.iter().map(|rights| Self { rights, password: password() }).collect()
    }

    /// Its line in Redis's list of users, if it has an account there.
    #[must_use]
    pub fn live_user(&self) -> Option<String> {
        let live = self.rights.live?;
        Some(format!("user {} on >{} {live} {HARMLESS}", self.rights.service, self.password))
    }
}

impl Rights {
    /// Those of the service whose binary is called `service`.
    #[must_use]
    pub fn of(service: &str) -> Option<&'static Self> {
        RIGHTS.iter().find(|rights| rights.service == service)
    }

    /// What the broker's management API lets it do: who tells operators how much waits has to ask there.
    #[must_use]
    pub fn tags(&self) -> &'static str {
        if self.may_know("RABBITMQ_MANAGEMENT_URL") { "management" } else { "" }
    }

    /// Whether the service may find `variable` in its environment.
    #[must_use]
    pub fn may_know(&self, variable: &str) -> bool {
        let begins = |prefixes: &[&str]| prefixes.iter().any(|one| variable.starts_with(one));
        let secrets: [(bool, &[&str]); 4] = [
            (variable.contains("_API_KEYS"), &["provider-worker"]),
            (begins(&["DATABASE_URL", "DB_"]), &["api", "accounting-worker"]),
            (begins(&["JWT_", "OPS_", "RABBITMQ_MANAGEMENT_"]), &["api"]),
            (begins(&["REDIS_"]), &["api", "provider-worker"]),
        ];
        let of_kind = secrets.iter().find(|(is_of_kind, _)| *is_of_kind);
        of_kind.is_none_or(|(_, services)| services.contains(&self.service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security case 74.
    #[test]
    fn a_secret_is_known_to_who_needs_it() {
        for (variable, expected) in [
            ("OPENAI_API_KEYS", &["provider-worker"][..]),
            ("OWN_API_KEYS_FILE", &["provider-worker"]),
            ("DATABASE_URL", &["api", "accounting-worker"]),
            ("DB_PASSWORD_FILE", &["api", "accounting-worker"]),
            ("JWT_SECRET", &["api"]),
            ("OPS_TOKEN", &["api"]),
            ("RABBITMQ_MANAGEMENT_URL", &["api"]),
            ("RABBITMQ_URL", &["api", "provider-worker", "accounting-worker"]),
            ("REDIS_URL", &["api", "provider-worker"]),
            ("LOG", &["api", "provider-worker", "accounting-worker"]),
        ] {
            let knows: Vec<_> = RIGHTS.iter().filter(|of| of.may_know(variable)).collect();
            let knows: Vec<_> = knows.iter().map(|of| of.service).collect();
            assert_eq!(knows, expected, "{variable}");
        }
    }
}
