//! What is in the console, and what is wrong with what somebody else put there.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::{options::QueueDeclareOptions, types::FieldTable};
use ports::{
    clock::SystemClock,
    queue::{Queue, Topic},
};
use queue_rabbitmq::{ConnectError, RabbitQueue};
use serde_json::{Value, json};

use crate::{
    host::{Host, envelope, soon, text, topic},
    outages::published,
};

#[tokio::test]
async fn names_say_what_and_whose() {
    let host = Host::new().await;
    let queue = host.queue().await;
    // With it come all rungs of its ladder.
    let _deliveries = queue.consume(&topic(), 1).await.unwrap();
    let names = |list: &[Value]| -> Vec<String> {
        let mut names: Vec<_> =
            list.iter().map(|queue| queue["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let queues = host.list("queues", |_| true).await;
    assert_eq!(
        names(&queues),
        [
            "accounting.audit_event",
            "accounting.dead",
            "accounting.usage_event",
            "generation.dead",
            "generation.requests.openai",
            "generation.responses",
            "generation.retry.1s.openai",
            "generation.retry.5s.openai",
        ]
    );
    assert!(queues.iter().all(|queue| queue["type"] == "quorum" && queue["durable"] == true));
    let connections = host.list("connections", |list| list.len() == 2).await;
    let mut provided: Vec<_> = connections
        .iter()
        .map(|connection| connection["client_properties"]["connection_name"].as_str().unwrap())
        .collect();
    provided.sort_unstable();
    assert_eq!(provided, ["test@host:1 consume", "test@host:1 publish"]);
    let consumers = host.list_consumers(1).await;
    assert_eq!(consumers[0]["consumer_tag"], "test@host:1 generation.requests.openai");
}

/// Where what nobody could do goes, and where what waits does: only when the next queue has it, and never in place of
/// something older. Jobs come back four times at the most; dead letters as often as somebody looks at them.
#[tokio::test]
async fn queues_and_exchanges_are_made_so_that_nothing_gets_lost() {
    let host = Host::new().await;
    let queue = host.queue().await;
    let _deliveries = queue.consume(&topic(), 1).await.unwrap();
    let goes_on = |exchange: &str, more: Value| {
        let mut arguments = json!({
            "x-queue-type": "quorum",
            "x-dead-letter-exchange": exchange,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let taken = |dead| goes_on(dead, json!({"x-delivery-limit": 4}));
    let kept = json!({"x-queue-type": "quorum", "x-delivery-limit": 1_000_000_000});
    let waits = |millis: u64| {
        let more = json!({"x-message-ttl": millis, "x-dead-letter-routing-key": "openai"});
        goes_on("generation", more)
    };
    assert_eq!(
        each(&host.list("queues", |_| true).await, "arguments"),
        json!({
            "accounting.audit_event": taken("accounting.dead"),
            "accounting.dead": kept,
            "accounting.usage_event": taken("accounting.dead"),
            "generation.dead": kept,
            "generation.requests.openai": taken("generation.dead"),
            "generation.responses": taken("generation.dead"),
            "generation.retry.1s.openai": waits(1_000),
            "generation.retry.5s.openai": waits(5_000),
        })
    );
    let mut exchanges = host.list("exchanges", |_| true).await;
    let is_own = |name: &str| !name.is_empty() && !name.starts_with("amq.");
    exchanges.retain(|exchange| exchange["name"].as_str().is_some_and(is_own));
    assert!(exchanges.iter().all(|exchange| exchange["durable"] == true));
    assert_eq!(
        each(&exchanges, "type"),
        json!({
            "accounting": "topic",
            "accounting.dead": "fanout",
            "generation": "direct",
            "generation.dead": "fanout",
            "generation.responses": "direct",
            "generation.retry.1s": "direct",
            "generation.retry.5s": "direct",
        })
    );
    let bindings = host.list("bindings", |_| true).await;
    let ways = bindings.iter().filter(|way| way["source"] != "");
    let way = |way: &Value| {
        ["source", "routing_key", "destination"].map(|end| way[end].as_str().unwrap().to_owned())
    };
    let mut ways: Vec<_> = ways.map(way).collect();
    ways.sort_unstable();
    assert_eq!(
        ways,
        [
            ["accounting", "audit_event", "accounting.audit_event"],
            ["accounting", "usage_event", "accounting.usage_event"],
            ["accounting.dead", "", "accounting.dead"],
            ["generation", "openai", "generation.requests.openai"],
            ["generation.dead", "", "generation.dead"],
            ["generation.responses", "generation.responses", "generation.responses"],
            ["generation.retry.1s", "openai", "generation.retry.1s.openai"],
            ["generation.retry.5s", "openai", "generation.retry.5s.openai"],
        ]
    );
}

/// What `list` says of each by its name.
fn each(list: &[Value], what: &str) -> Value {
    let said = |item: &Value| (item["name"].as_str().unwrap().to_owned(), item[what].clone());
    Value::Object(list.iter().map(said).collect())
}

#[tokio::test]
async fn a_queue_with_other_settings_is_named_with_what_differs() {
    let host = Host::new().await;
    let (_connection, channel) = host.stranger().await;
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    channel
        .queue_declare("generation.responses".into(), durable, FieldTable::default())
        .await
        .unwrap();
    let error = RabbitQueue::connect(host.options(), Arc::new(SystemClock)).await.err().unwrap();
    assert!(matches!(error, ConnectError::Differs(_)));
    let text = error.to_string();
    assert!(text.contains("generation.responses") && text.contains("'x-"), "{text}");
}

#[tokio::test]
async fn an_unreachable_broker_is_an_error_without_its_url() {
    let host = Host::new().await;
    let mut options = host.options();
    options.url = "amqp://ada:secret-word@127.0.0.1:1/x".into();
    let error = RabbitQueue::connect(options, Arc::new(SystemClock)).await.err().unwrap();
    assert!(matches!(error, ConnectError::Unusable(_)));
    assert!(!format!("{error:?} {error}").contains("secret-word"));
}

#[tokio::test]
async fn what_an_account_may_not_declare_is_left_to_others() {
    let host = Host::new().await;
    let mut options = host.options();
    options.url = host.limited_url().await.into();
    let limited = RabbitQueue::connect(options, Arc::new(SystemClock)).await.unwrap();
    let books = Topic::UsageEvents;
    // Nobody has declared it yet; that harms nothing else.
    limited.publish(&books, envelope("spent"), None).await.unwrap_err();
    limited.publish(&topic(), envelope("job"), None).await.unwrap();
    let whole = host.queue().await;
    // What was missing a moment ago is not asked for again at once.
    soon(published(&limited, &books, "spent")).await;
    assert!(limited.consume(&books, 1).await.is_err());
    let mut deliveries = whole.consume(&books, 1).await.unwrap();
    let delivery = soon(deliveries.next()).await.unwrap().unwrap();
    assert_eq!(text(&delivery), "spent");
    delivery.ack().await.unwrap();
}
