use reqwest::{Client, Response};
use serde_json::{Value, json};
use simulated_provider::Running;

use super::{ask, start};

async fn control(provider: &Running, method: &str, path: &str, body: Option<Value>) -> Response {
    let url = format!("http://{}/control/{path}", provider.address());
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.request(method.parse().unwrap(), url);
    let request = body.into_iter().fold(request, |request, body| request.json(&body));
    request.send().await.unwrap()
}

#[tokio::test]
async fn the_script_answers_otherwise_than_the_name_says() {
    let provider = start().await;
    let rules = json!({"rules": [{"key": "sim-1", "times": 1, "behavior": "status=503"}]});
    assert_eq!(control(&provider, "PUT", "script", Some(rules)).await.status(), 204);
    assert_eq!(ask(&provider, "sim-tokens=1").await.status(), 503);
    assert_eq!(ask(&provider, "sim-tokens=1").await.status(), 200);
    let wrong = json!({"rules": [{"behavior": "speed=1"}]});
    let refused = control(&provider, "PUT", "script", Some(wrong)).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("unknown word \"speed\""));
    assert_eq!(control(&provider, "DELETE", "script", None).await.status(), 204);
    provider.stop().await;
}

#[tokio::test]
async fn the_record_and_its_judgement_can_be_asked_for() {
    let provider = start().await;
    for _ in 0..3 {
        ask(&provider, "sim-tokens=1").await.text().await.unwrap();
    }
    let calls: Value = control(&provider, "GET", "calls", None).await.json().await.unwrap();
    assert_eq!(calls.as_array().unwrap().len(), 3);
    assert_eq!(calls[0]["text"], "c1.0 ");
    let judged: Value =
        control(&provider, "GET", "judge?limit=2", None).await.json().await.unwrap();
    assert_eq!(judged["sim-1"]["mostInWindow"], 3);
    assert_eq!(judged["sim-1"]["overLimit"], 1);
    assert_eq!(control(&provider, "DELETE", "calls", None).await.status(), 204);
    let calls: Value = control(&provider, "GET", "calls", None).await.json().await.unwrap();
    assert_eq!(calls, json!([]));
    provider.stop().await;
}

#[tokio::test]
async fn calls_for_a_question_that_was_given_up_are_seen() {
    let provider = start().await;
    ask(&provider, "sim-tokens=1").await.text().await.unwrap();
    let mark = json!({"question": "say it"});
    assert_eq!(control(&provider, "POST", "given-up", Some(mark)).await.status(), 204);
    let late: Value = control(&provider, "GET", "given-up", None).await.json().await.unwrap();
    assert_eq!(late, json!([]), "the call before was in order");
    ask(&provider, "sim-tokens=1").await.text().await.unwrap();
    let late: Value = control(&provider, "GET", "given-up", None).await.json().await.unwrap();
    assert_eq!(late[0]["number"], 2, "{late}");
    provider.stop().await;
}
