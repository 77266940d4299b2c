//! The page that a Prometheus server reads.

use std::time::Duration;

use crate::{
    client::{Client, end, http},
    stack::{Sluice, provider, settings},
    within,
};

/// The page, once it holds all of `lines`.
async fn page_with(url: &str, lines: &[&str]) -> String {
    let read = async {
        loop {
            let page = http().get(url).send().await.unwrap().text().await.unwrap();
            if lines.iter().all(|line| page.lines().any(|found| found == *line)) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let what = format!("the page holds {lines:?}");
    within(&what, read).await
}

/// Security case 71.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_tell_of_answers_keys_and_queues_and_of_nobody() {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&provider);
    settings.retain(|(name, _)| !["OPENAI_API_KEYS", "METRICS_ADDRESS"].contains(name));
    settings.push(("OPENAI_API_KEYS", "canary-provider-key".to_owned()));
    settings.push(("METRICS_ADDRESS", "127.0.0.1:0".to_owned()));
    let sluice = Sluice::start(data.path(), &settings).await;
    let url = sluice.metrics_url();
    let client = Client::register(&sluice.url).await;
    let chat = client.chat().await;
    for (model, ending) in [
        ("openai/sim-tokens=3", "succeeded"),
        ("openai/sim-tokens=4", "succeeded"),
        ("openai/sim-status=400", "failed"),
    ] {
        let generation = client.generate(&chat, model).await;
        assert_eq!(end(&client.watch(&generation).await), ending);
    }
    let expected = [
        r#"sluice_jobs_completed_total{pool="openai",outcome="succeeded",reason=""} 2"#,
        r#"sluice_jobs_completed_total{pool="openai",outcome="failed",reason="bad_request"} 1"#,
        r#"gen_ai_client_operation_duration_seconds_count{gen_ai_provider_name="openai",error_type="ok"} 2"#,
        r#"gen_ai_client_token_usage_sum{gen_ai_provider_name="openai",gen_ai_token_type="output"} 7"#,
        r#"gen_ai_server_time_to_first_token_seconds_count{gen_ai_provider_name="openai"} 2"#,
        r#"sluice_job_queue_wait_seconds_count{pool="openai"} 3"#,
        r#"sluice_keys{provider="openai",state="active"} 1"#,
        r#"sluice_jobs{pool="openai",state="ready"} 0"#,
        r#"sluice_pool_slots_busy{pool="openai"} 0"#,
        r#"sluice_sse_resumes_total{result="new"} 3"#,
        "sluice_sse_connections 0",
        "sluice_dead_jobs 0",
        "sluice_oldest_queued_job_age_seconds 0",
        r#"sluice_accounting_entries_total{book="usage",result="booked"} 2"#,
    ];
    let page = page_with(&url, &expected).await;
    let route = r#"http_server_request_duration_seconds_count{http_request_method="POST",http_route="/api/chats/{id}/generations",http_response_status_code="202"} 3"#;
    assert!(page.contains(route), "{page}");
    for nobody in ["canary", "example.org", "sim-tokens", "say it", &chat] {
        assert!(!page.contains(nobody), "{nobody} is in the figures");
    }
    sluice.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_is_no_reason_not_to_start_unless_it_was_asked_for() {
    let provider = provider().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings(&provider);
    settings.retain(|(name, _)| *name != "METRICS_ADDRESS");
    // Whoever holds the usual port: this one or its neighbour starts at another.
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let one = Sluice::start(one.path(), &settings).await;
    let other = Sluice::start(other.path(), &settings).await;
    assert_ne!(one.metrics_url(), other.metrics_url());
    settings.push(("METRICS_ADDRESS", taken.local_addr().unwrap().to_string()));
    settings.push(("DATA_DIR", data.path().to_str().unwrap().to_owned()));
    let mut refused = crate::stack::Process::start("sluice", &["serve"], &settings);
    assert_eq!(refused.ended().await.code(), Some(1));
    assert!(
        refused.output().contains("METRICS_ADDRESS: cannot listen there"),
        "{}",
        refused.output()
    );
}
