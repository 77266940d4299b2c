//! The scenarios on several processes of each service: PostgreSQL, RabbitMQ, Redis, nginx in front.

use crate::{
    client::Client,
    scenarios::{scenarios, vocabularies},
    stack::{Distributed, Size},
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
