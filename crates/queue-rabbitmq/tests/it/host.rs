//! A virtual host that belongs to one test.

use std::{sync::Arc, time::Duration};

use domain::{id::GenerationId, model::ProviderName};
use lapin::{Channel, Connection, ConnectionProperties};
use ports::{
    clock::SystemClock,
    queue::{Delivery, Envelope, Topic},
};
use queue_rabbitmq::{Options, RabbitQueue};
use reqwest::{Client, Method};
use serde_json::Value;
use testkit::clock::epoch;
use tokio::time::timeout;

/// How long anything may take that should come soon.
pub const PATIENCE: Duration = Duration::from_secs(20);

fn setting(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} names no broker to test with; `make test` starts one"))
}

/// A virtual host, deleted in the end.
pub struct Host {
    pub name: String,
}

impl Host {
    pub async fn new() -> Self {
        let host = Self { name: format!("test-{}", GenerationId::generate(epoch())) };
        host.manage(Method::PUT, &format!("vhosts/{}", host.name), "{}").await;
        host
    }

    pub fn url(&self) -> String {
        let mut url = url::Url::parse(&setting("TEST_RABBITMQ_URL")).unwrap();
        url.set_path(&self.name);
        url.into()
    }

    /// With an account that may publish everywhere, and declare and read what concerns generations.
    pub async fn limited_url(&self) -> String {
        self.url_with(r#"{"configure": "^generation", "write": ".*", "read": "^generation"}"#).await
    }

    /// With an account that may do what is `permitted`.
    pub async fn url_with(&self, permitted: &'static str) -> String {
        let user = r#"{"password": "limited", "tags": ""}"#;
        self.manage(Method::PUT, &format!("users/{}", self.name), user).await;
        let path = format!("permissions/{}/{}", self.name, self.name);
        self.manage(Method::PUT, &path, permitted).await;
        let mut url = url::Url::parse(&self.url()).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_password(Some("limited")).unwrap();
        url.into()
    }

    /// With a ladder that tests can wait for.
    pub fn options(&self) -> Options {
        let mut options = Options::new(self.url().into(), "test@host:1");
        options.management = Some(setting("TEST_RABBITMQ_MANAGEMENT_URL").into());
        options.rungs = [1, 5].map(Duration::from_secs).to_vec();
        options
    }

    pub async fn queue(&self) -> RabbitQueue {
        RabbitQueue::connect(self.options(), Arc::new(SystemClock)).await.unwrap()
    }

    /// A channel of somebody else.
    pub async fn stranger(&self) -> (Connection, Channel) {
        let properties = ConnectionProperties::default().with_connection_name("stranger".into());
        let connection = Connection::connect(&self.url(), properties).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        (connection, channel)
    }

    /// What the management interface answers, `null` if nothing.
    pub async fn manage(&self, method: Method, path: &str, body: &'static str) -> Value {
        request(method, path, body).await.unwrap()
    }

    /// Everything in the list at `path` of this host, once it is as `enough` wants.
    pub async fn list(&self, path: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let looking = async {
            loop {
                let list = self.manage(Method::GET, path, "").await;
                let mut list = list.as_array().unwrap().clone();
                list.retain(|item| item["vhost"] == *self.name);
                if enough(&list) {
                    return list;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(PATIENCE, looking).await.expect("it never became as expected")
    }

    /// The consumers of this host, once there are `count`.
    pub async fn list_consumers(&self, count: usize) -> Vec<Value> {
        let path = format!("consumers/{}", self.name);
        let looking = async {
            loop {
                let list = self.manage(Method::GET, &path, "").await;
                let list = list.as_array().unwrap().clone();
                if list.len() == count {
                    return list;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(PATIENCE, looking).await.expect("there never were as many consumers")
    }

    /// Closes all connections to this host, as an operator does in the console.
    pub async fn close_connections(&self, at_least: usize) {
        let connections = self.list("connections", |list| list.len() >= at_least).await;
        for connection in connections {
            let name = connection["name"].as_str().unwrap().replace(' ', "%20").replace('>', "%3E");
            self.manage(Method::DELETE, &format!("connections/{name}"), "").await;
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let paths = ["vhosts", "users"].map(|kind| format!("{kind}/{}", self.name));
        let delete = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.unwrap();
            paths
                .iter()
                .try_for_each(|path| runtime.block_on(request(Method::DELETE, path, "")).map(drop))
        };
        // A test that failed has more to say than its clean-up.
        let deleted = std::thread::spawn(delete).join();
        assert!(std::thread::panicking() || deleted.is_ok_and(|done| done.is_ok()));
    }
}

async fn request(method: Method, path: &str, body: &'static str) -> reqwest::Result<Value> {
    let url = url::Url::parse(&setting("TEST_RABBITMQ_MANAGEMENT_URL")).unwrap();
    let address = url.join("api/").unwrap().join(path).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([]).build()?;
    let request = client.request(method, address).header("content-type", "application/json");
    let answer = request.body(body).send().await?;
    // What is gone already needs no deleting.
    if answer.status() == reqwest::StatusCode::NOT_FOUND {
        return Ok(Value::Null);
    }
    let text = answer.error_for_status()?.text().await?;
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub fn topic() -> Topic {
    Topic::Requests(ProviderName::parse("openai").unwrap())
}

pub fn envelope(text: &str) -> Envelope {
    let id = GenerationId::generate(epoch()).as_uuid();
    Envelope {
        message_id: id,
        correlation_id: id,
        kind: "job".to_owned(),
        at: epoch(),
        headers: [("traceparent".to_owned(), "00-a-b-01".to_owned())].into(),
        body: text.to_owned().into(),
    }
}

pub fn text(delivery: &Delivery) -> &str {
    std::str::from_utf8(&delivery.envelope.body).unwrap()
}

/// What `future` answers; fails if that takes long.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("waited in vain")
}
