//! The other vocabularies, without an account, as their users type them.

use serde_json::{Value, json};

use crate::{client::Client, stack::Stack};

fn id(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// A user, a thread, and a run in it that answers in `words` pieces.
pub async fn begin_run(somebody: &Client, words: u32) -> String {
    let user = somebody.post("/api/users", &json!({"name": "Ann"})).await;
    let user = id(&user.body, "user_id");
    let thread = somebody.post("/api/threads", &json!({ "user_id": user })).await;
    let thread = id(&thread.body, "thread_id");
    let model = format!("openai/sim-tokens={words},gap=20ms");
    let message = json!({"content": "Count.", "model": model});
    let begun = somebody.post(&format!("/api/threads/{thread}/messages"), &message).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    id(&begun.body, "run_id")
}

pub async fn a_run_is_followed_left_resumed_and_canceled(stack: &Stack) {
    let somebody = Client::nobody(&stack.url);
    let run = begin_run(&somebody, 500).await;
    let path = format!("/api/runs/{run}/events");
    let mut seen = somebody.pieces(&path, None).await;
    for seq in 1..=10 {
        assert_eq!(seen.next().await.unwrap().0, seq.to_string());
    }
    drop(seen);
    let mut seen = somebody.pieces(&path, Some("10")).await;
    assert_eq!(seen.next().await.unwrap().0, "11");
    let shown = somebody.get(&format!("/api/runs/{run}")).await;
    assert_eq!(shown.body["status"], "streaming", "{shown:?}");
    let canceled = somebody.post(&format!("/api/runs/{run}/cancel"), &json!({})).await;
    assert_eq!(canceled.status, 202, "{canceled:?}");
    let mut last = Value::Null;
    while let Some((_, event)) = seen.next().await {
        last = event;
    }
    assert_eq!((&last["type"], &last["status"]), (&json!("done"), &json!("canceled")));
}

pub async fn a_session_is_one_stream_in_every_tab(stack: &Stack) {
    let somebody = Client::nobody(&stack.url);
    let path = "/api/sse?session_id=tab-test&user_id=ann";
    // Through nginx each tab may be served by another process.
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(somebody.pieces(path, None).await);
    }
    for turn in 0..2 {
        let message = json!({
            "session_id": "tab-test", "user_id": "ann", "message": "Hi!",
            "model": "openai/sim-tokens=20,gap=5ms",
        });
        let accepted = somebody.post("/api/chat", &message).await;
        assert_eq!(accepted.status, 202, "{accepted:?}");
        let generation = id(&accepted.body, "generation_id");
        for tab in &mut tabs {
            let (mut said, mut last) = (String::new(), 0);
            loop {
                let (_, piece) = tab.next().await.expect("the stream goes on");
                assert_eq!(piece["generation_id"], generation.as_str());
                let number = piece["chunk_id"].as_u64().unwrap();
                assert!(number > last, "{piece} after {last}");
                last = number;
                said.push_str(piece["chunk"].as_str().unwrap());
                if piece["is_final"] == true {
                    break;
                }
            }
            assert_eq!(said, stack.record().calls()[turn].text, "every tab, in order");
        }
    }
}
