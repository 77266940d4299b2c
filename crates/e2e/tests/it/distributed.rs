//! The scenarios on several processes of each service: PostgreSQL, RabbitMQ, Redis, nginx in front.

use reqwest::{Response, header::HeaderMap};

use crate::{
    client::{Client, end, http},
    scenarios::{scenarios, vocabularies},
    stack::{Distributed, Engines, Service, Size},
};

async fn start() -> Distributed {
    Distributed::start(Size { apis: 3, workers: 2 }, &[]).await
}

scenarios!(start);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_a_run_are_rows_in_psql() {
    let stack = start().await;
    let somebody = Client::nobody(&stack.stack.url);
    let run = vocabularies::begin_run(&somebody, 20).await;
    let mut events = somebody.pieces(&format!("/api/runs/{run}/events"), None).await;
    let mut seen = Vec::new();
    while let Some((seq, event)) = events.next().await {
        seen.push(format!("{seq}|{}", event["type"].as_str().unwrap()));
    }
    // `done` is told from the row of the run itself.
    seen.pop();
    let query = format!("SELECT seq, type FROM run_events WHERE run_id = '{run}' ORDER BY seq");
    let psql = tokio::process::Command::new("psql")
        .args([
            stack.engines.database_url.as_str(),
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "-c",
        ])
        .arg(&query)
        .output();
    let output = psql.await.expect("psql comes with the server");
    assert!(output.status.success(), "{output:?}");
    let rows = String::from_utf8(output.stdout).unwrap();
    assert_eq!(rows.lines().collect::<Vec<_>>(), seen);
    stack.stop().await;
}

/// Each way of coming back is another process's turn, as nginx has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_is_served_by_another_process() {
    let stack = start().await;
    let client = stack.stack.client().await;
    let model = "openai/sim-tokens=100,gap=10ms";
    let generation = client.generate(&client.chat().await, model).await;
    let mut events = Vec::new();
    for _ in 0..9 {
        let after = events.last().map(|entry: &domain::event::SeqEvent| entry.seq);
        events.extend(client.follow(&generation, after).await.deltas(2).await);
    }
    let after = events.last().map(|entry| entry.seq);
    events.extend(client.follow(&generation, after).await.rest().await);
    let served: Vec<usize> = stack.apis.iter().map(streams).collect();
    let busy = served.iter().filter(|streams| **streams > 0).count();
    assert!(busy >= 2, "streams of each process: {served:?}");
    assert_eq!(events, client.at(&stack.apis[0].url()).watch(&generation).await);
    stack.stop().await;
}

/// How many streams `api` has begun.
fn streams(api: &Service) -> usize {
    let is_one = |line: &&str| line.contains("request answered") && line.contains("/{id}/stream");
    api.output().lines().filter(is_one).count()
}

/// However long it takes a process from the one to the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_missed_between_a_look_into_the_log_and_news_of_it() {
    let places = ["follow.before_subscribe", "follow.before_read", "follow.after_read"];
    let stalls = places.map(|place| format!("{place}=stall:300")).join(";");
    let stalled = |program| match program {
        "api" => vec![("FAILPOINTS", stalls.clone())],
        _ => Vec::new(),
    };
    let size = Size { apis: 3, workers: 1 };
    let stack = Distributed::start_on(Engines::make().await, size, &[], stalled).await;
    let client = stack.stack.client().await;
    let model = "openai/sim-tokens=100,gap=10ms";
    let generation = client.generate(&client.chat().await, model).await;
    let clients: Vec<_> = stack.apis.iter().map(|api| client.at(&api.url())).collect();
    let seen = clients.iter().map(|client| client.watch(&generation));
    let seen = futures_util::future::join_all(seen).await;
    for events in &seen {
        let numbers: Vec<u64> = events.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        assert_eq!((end(events).as_str(), events), ("succeeded", &seen[0]));
    }
    for (api, place) in stack.apis.iter().flat_map(|api| places.map(|place| (api, place))) {
        let said = api.output();
        let is_it = |line: &str| line.contains("stalls here") && line.contains(place);
        assert!(said.lines().any(is_it), "{} never came to {place}: {said}", api.name);
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_comes_through_nginx_as_a_process_gives_it() {
    let stack = start().await;
    let url = &stack.stack.url;
    let page = http().get(url).send().await.unwrap();
    is_well(&page, "text/html; charset=utf-8", "no-cache");
    let page = page.text().await.unwrap();
    for (kind, media_type) in [("js", "text/javascript"), ("css", "text/css")] {
        let mut names = page.split('"').filter(|name| name.starts_with("/assets/"));
        let name = names.find(|name| name.ends_with(&format!(".{kind}")));
        let name = name.unwrap_or_else(|| panic!("no {kind}: was the page built? {page}"));
        let file = http().get(format!("{url}{name}")).send().await.unwrap();
        let lasting = "public, max-age=31536000, immutable";
        is_well(&file, &format!("{media_type}; charset=utf-8"), lasting);
        assert!(!file.bytes().await.unwrap().is_empty());
    }
    stack.stop().await;
}

/// It is there, of this kind, to be kept as `caching` says; and what keeps a page from harm is said once.
fn is_well(response: &Response, media_type: &str, caching: &str) {
    assert_eq!(response.status(), 200, "{response:?}");
    let headers = response.headers();
    for (name, value) in [
        ("content-type", media_type),
        ("cache-control", caching),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(all(headers, name), [value], "{name}: {headers:?}");
    }
    let policies = all(headers, "content-security-policy");
    assert_eq!(policies.len(), 1, "{headers:?}");
    assert!(policies[0].starts_with("default-src 'self';"), "{headers:?}");
}

fn all(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}
