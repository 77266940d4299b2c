//! What services of an installation know, and may do at its servers: no more than they need.

use std::fs;

use lapin::{
    Connection, ConnectionProperties,
    options::{BasicGetOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::process::Command;

use crate::stack::{Distributed, KEYS, Service, Size};

/// What stands in a process's environment.
fn environment(service: &Service) -> String {
    let environ = fs::read(format!("/proc/{}/environ", service.id())).unwrap();
    String::from_utf8(environ).unwrap().replace('\0', "\n")
}

/// Whether the account in `service`'s settings may read from, and declare, `queue`.
async fn may_use(service: &Service, queue: &str) -> (bool, bool) {
    let url = service.setting("RABBITMQ_URL");
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    // A refusal closes the channel.
    let channel = connection.create_channel().await.unwrap();
    let read = channel.basic_get(queue.into(), BasicGetOptions::default()).await.is_ok();
    let channel = connection.create_channel().await.unwrap();
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    let name = format!("{queue}.new");
    let declared = channel.queue_declare(name.into(), options, FieldTable::default()).await;
    let _ = connection.close(200, "done".into()).await;
    (read, declared.is_ok())
}

/// What Redis answers the account in `service`'s settings.
async fn redis(service: &Service, words: &[&str]) -> String {
    let arguments = ["--no-auth-warning", "-u", service.setting("REDIS_URL")];
    let output = Command::new("redis-cli").args(arguments).args(words).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Security cases 74, 75.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_know_and_may_no_more_than_they_need() {
    let stack = Distributed::start(Size { apis: 1, workers: 1 }, &[]).await;
    let (api, worker, books) = (&stack.apis[0], &stack.workers[0], &stack.accounting[0]);
    let key = KEYS.split(',').next().unwrap();
    assert!(environment(worker).contains(key));
    for service in [api, books] {
        assert!(!environment(service).contains(key), "{}", service.name);
    }
    for (service, absent) in [
        (worker, &["DATABASE_URL", "JWT_SECRET", "OPS_TOKEN"][..]),
        (books, &["JWT_SECRET", "OPS_TOKEN", "_API_KEYS", "REDIS"]),
    ] {
        let known = environment(service);
        for name in absent {
            assert!(!known.contains(name), "{} knows {name}", service.name);
        }
    }
    for (service, queue, expected) in [
        (worker, "accounting.usage_event", (false, false)),
        (worker, "generation.responses", (false, false)),
        (api, "accounting.usage_event", (false, false)),
        (api, "generation.requests.openai", (false, false)),
        (api, "generation.responses", (true, false)),
        (books, "generation.responses", (false, false)),
        (books, "accounting.usage_event", (true, true)),
    ] {
        assert_eq!(may_use(service, queue).await, expected, "{}, {queue}", service.name);
    }
    let quota = ["GET", "limit:1/1:canary"];
    assert!(redis(worker, &quota).await.contains("NOPERM"));
    assert!(!redis(api, &quota).await.contains("NOPERM"));
    for service in [api, worker] {
        for words in [&["FLUSHALL"][..], &["KEYS", "*"], &["CONFIG", "GET", "*"]] {
            assert!(redis(service, words).await.contains("NOPERM"), "{}, {words:?}", service.name);
        }
    }
    stack.stop().await;
}
