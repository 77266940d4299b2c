//! Where a topic's messages are: exchanges, routing keys and queues by name.

use std::time::Duration;

use domain::model::ProviderName;
use ports::queue::Topic;

use crate::options::Options;

/// The dead-letter queues; each is fed by an exchange of the same name.
pub(crate) const DEAD: [&str; 2] = [GENERATION_DEAD, ACCOUNTING_DEAD];

const GENERATION: &str = "generation";
const GENERATION_DEAD: &str = "generation.dead";
pub(crate) const ACCOUNTING: &str = "accounting";
const ACCOUNTING_DEAD: &str = "accounting.dead";
const RESPONSES: &str = "generation.responses";
const USAGE_EVENT: &str = "usage_event";
const AUDIT_EVENT: &str = "audit_event";

/// Where one topic's messages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where they are published.
    pub(crate) exchange: &'static str,
    /// By which key. No provider has such a name as the keys of the other topics are.
    pub(crate) key: String,
    /// Where they wait.
    pub(crate) queue: String,
    /// The exchange, and the queue, of those that could not be done.
    pub(crate) dead: &'static str,
}

impl Place {
    pub(crate) fn of(topic: &Topic, options: &Options) -> Self {
        let place = |exchange, key: &str, queue: &str, dead| Self {
            exchange,
            key: key.to_owned(),
            queue: queue.to_owned(),
            dead,
        };
        match topic {
            Topic::Requests(provider) => {
                let queue = format!("{}.{provider}", options.request_queue);
                place(GENERATION, provider.as_str(), &queue, GENERATION_DEAD)
            }
            Topic::Responses => {
                place(RESPONSES, RESPONSES, &options.response_queue, GENERATION_DEAD)
            }
            Topic::UsageEvents => {
                place(ACCOUNTING, USAGE_EVENT, "accounting.usage_event", ACCOUNTING_DEAD)
            }
            Topic::AuditEvents => {
                place(ACCOUNTING, AUDIT_EVENT, "accounting.audit_event", ACCOUNTING_DEAD)
            }
        }
    }

    /// Where messages of this place wait for `rung`.
    pub(crate) fn waiting(&self, rung: Duration) -> Waiting {
        let exchange = format!("generation.retry.{}s", rung.as_secs());
        Waiting { queue: format!("{exchange}.{}", self.key), exchange, rung }
    }
}

/// Where delayed messages wait for their time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) exchange: String,
    pub(crate) queue: String,
    pub(crate) rung: Duration,
}

/// The topic whose key is `key`.
pub(crate) fn topic_of(key: &str) -> Option<Topic> {
    match key {
        RESPONSES => Some(Topic::Responses),
        USAGE_EVENT => Some(Topic::UsageEvents),
        AUDIT_EVENT => Some(Topic::AuditEvents),
        provider => ProviderName::parse(provider).ok().map(Topic::Requests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_topic() {
        let options = Options::new("amqp://host".into(), "api");
        let openai = ProviderName::parse("openai").unwrap();
        for topic in
            [Topic::Requests(openai), Topic::Responses, Topic::UsageEvents, Topic::AuditEvents]
        {
            assert_eq!(topic_of(&Place::of(&topic, &options).key), Some(topic));
        }
        assert_eq!(topic_of("No Provider"), None);
    }

    #[test]
    fn queues_say_provider_and_delay() {
        let mut options = Options::new("amqp://host".into(), "api");
        options.request_queue = "jobs".to_owned();
        let topic = Topic::Requests(ProviderName::parse("openai").unwrap());
        let place = Place::of(&topic, &options);
        assert_eq!(place.queue, "jobs.openai");
        let waiting = place.waiting(Duration::from_mins(10));
        assert_eq!(waiting.exchange, "generation.retry.600s");
        assert_eq!(waiting.queue, "generation.retry.600s.openai");
    }
}
