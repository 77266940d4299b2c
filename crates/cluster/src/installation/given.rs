//! What was said already of the services' settings: in the environment, and in the file of the project.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use serde_json::Value;

use super::Wish;
use crate::{child::Program, rights::Queues};

/// What services give to answers under way, unless somebody says something else.
const USUAL_GRACE: Duration = Duration::from_secs(20);

/// What they need beside: a worker hands jobs back for five seconds.
const MARGIN: Duration = Duration::from_secs(15);

/// Settings that somebody has given, by name. A secret has a value that does not tell it.
#[derive(Debug)]
pub(super) struct Given(BTreeMap<String, String>);

impl Given {
    /// Asks the command line of the services, which reads environment and file as they do.
    pub(super) async fn ask(wish: &Wish) -> anyhow::Result<Self> {
        let sluice = wish.binaries.join("sluice").display().to_string();
        let environment: Vec<_> = wish.environment.clone().into_iter().collect();
        let asked = Program::new("sluice", sluice, &wish.folder)
            .words(["config", "show", "--json"])
            .alone()
            .variables(&environment)
            .works_in(&wish.project);
        let said = asked.output().await.context("the settings cannot be read")?;
        Self::read(&said).context("the settings are shown in an unknown way")
    }

    fn read(said: &[u8]) -> Option<Self> {
        let lines: Vec<Value> = serde_json::from_slice(said).ok()?;
        let given = lines.iter().filter(|line| line["origin"] != "default");
        let text = |value: &Value| Some(value.as_str()?.to_owned());
        let given = given.map(|line| Some((text(&line["name"])?, text(&line["value"])?)));
        given.collect::<Option<_>>().map(Self)
    }

    /// Whether somebody has given it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// How long services may take to end: the time they give what is under way, and what they need to
    /// hand back or write down the rest.
    pub(super) fn patience(&self) -> Duration {
        let grace = self.0.get("SHUTDOWN_GRACE_SECONDS").and_then(|text| text.parse().ok());
        grace.map_or(USUAL_GRACE, Duration::from_secs) + MARGIN
    }

    /// How the queues are called.
    pub(super) fn queues(&self) -> Queues {
        let or = |name: &str, usual: String| self.0.get(name).cloned().unwrap_or(usual);
        let Queues { requests, responses } = Queues::default();
        Queues {
            requests: or("REQUEST_QUEUE", requests),
            responses: or("RESPONSE_QUEUE", responses),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_default_was_given_by_nobody() {
        let given = Given::read(
            br#"[{"name": "LOG", "value": "warn", "origin": "/project/sluice.toml"},
                 {"name": "OPS_TOKEN", "value": "(set)", "origin": "environment"},
                 {"name": "PORT", "value": "8080", "origin": "default"}]"#,
        );
        let given = given.unwrap();
        assert_eq!(given.patience(), Duration::from_secs(35));
        assert!(given.has("LOG") && given.has("OPS_TOKEN") && !given.has("PORT"));
    }

    #[test]
    fn a_process_is_killed_after_its_grace_and_not_within() {
        for (grace, patience) in [("0", 15), ("20", 35), ("3600", 3615)] {
            let line =
                json!([{"name": "SHUTDOWN_GRACE_SECONDS", "value": grace, "origin": "flag"}]);
            let given = Given::read(line.to_string().as_bytes()).unwrap();
            assert_eq!(given.patience(), Duration::from_secs(patience), "{grace}");
        }
    }
}
