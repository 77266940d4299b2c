//! What each service may know, and what it may do at the servers: no more than it needs.

/// What one service may do at the broker and on the live side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// The service, by the name of its binary.
    pub service: &'static str,
    /// What it may do at the broker; `REQUESTS` and `RESPONSES` stand for what queues are called.
    broker: Patterns<&'static str>,
    /// The rules of its account in Redis, if it has one.
    pub live: Option<&'static str>,
}

/// What an account may do at the broker, as patterns of the names of queues and exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patterns<Text> {
    /// Which it may declare.
    pub configure: Text,
    /// Which it may publish to and bind.
    pub write: Text,
    /// Which it may take messages from and bind to.
    pub read: Text,
}

/// How an installation calls the queues whose names it may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queues {
    /// Those of jobs, before the provider's name (`REQUEST_QUEUE`).
    pub requests: String,
    /// That of reports (`RESPONSE_QUEUE`).
    pub responses: String,
}

impl Default for Queues {
    fn default() -> Self {
        Self { requests: "generation.requests".into(), responses: "generation.responses".into() }
    }
}

/// What is common to the rules in Redis: nobody empties it, looks at all its keys, or changes its settings.
const HARMLESS: &str = "+@all -@admin -@dangerous";

/// Every service that talks to the servers.
pub const RIGHTS: [Rights; 3] = [
    // Accepts questions, takes reports, looks at dead letters; the books it only writes to.
    Rights {
        service: "api",
        broker: Patterns {
            configure: r"^(generation\.(responses|dead|retry\..+)|RESPONSES)$",
            write: r"^(generation(\..+)?|accounting(\.dead)?|RESPONSES)$",
            read: r"^(generation\.(responses|dead|retry\..+)|accounting\.dead|RESPONSES)$",
        },
        live: Some("~* &*"),
    },
    // Takes questions, reports, parks on the ladder.
    Rights {
        service: "provider-worker",
        broker: Patterns {
            configure: r"^(generation(\.retry\..+|\.dead)?|REQUESTS\..+)$",
            write: r"^(generation(\..+)?|REQUESTS\..+)$",
            read: r"^(generation(\.retry\..+|\.dead)?|REQUESTS\..+)$",
        },
        live: Some("~gen:* ~pool:* ~pool_wish:* ~{workers}* ~reloads &gen:* &cancels"),
    },
    Rights {
        service: "accounting-worker",
        broker: Patterns {
            configure: r"^accounting(\..+)?$",
            write: r"^accounting(\..+)?$",
            read: r"^accounting(\..+)?$",
        },
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

    /// What it may do at a broker with such `queues`.
    ///
    /// Of what their names may hold only the dot means something in a pattern: any character, a dot among them.
    #[must_use]
    pub fn at_broker(&self, queues: &Queues) -> Patterns<String> {
        let named = |pattern: &str| {
            pattern.replace("REQUESTS", &queues.requests).replace("RESPONSES", &queues.responses)
        };
        let Patterns { configure, write, read } = self.broker;
        Patterns { configure: named(configure), write: named(write), read: named(read) }
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
            (begins(&["JWT_", "OPS_", "MAIL_", "RABBITMQ_MANAGEMENT_"]), &["api"]),
            (begins(&["REDIS_"]), &["api", "provider-worker"]),
        ];
        let of_kind = secrets.iter().find(|(is_of_kind, _)| *is_of_kind);
        of_kind.is_none_or(|(_, services)| services.contains(&self.service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_with_other_names_are_theirs_who_use_them() {
        let names = |requests: &str, responses: &str| Queues {
            requests: requests.to_owned(),
            responses: responses.to_owned(),
        };
        let of = |service: &str, queues: &Queues| Rights::of(service).unwrap().at_broker(queues);
        let queues = names("jobs", "reports");
        let Patterns { configure, write, read } = of("api", &queues);
        for pattern in [configure, write, read] {
            assert!(pattern.ends_with("|reports)$") && !pattern.contains("jobs"), "{pattern}");
        }
        let Patterns { configure, write, read } = of("provider-worker", &queues);
        for pattern in [configure, write, read] {
            assert!(pattern.ends_with(r"|jobs\..+)$") && !pattern.contains("reports"), "{pattern}");
        }
        assert_eq!(of("accounting-worker", &queues), of("accounting-worker", &Queues::default()));
    }

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
            ("MAIL_URL", &["api"]),
            ("MAIL_URL_FILE", &["api"]),
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
