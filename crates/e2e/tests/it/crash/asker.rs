//! Somebody who asks while the store takes nothing, and again when it does.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    checker::StoreState,
    client::{Answer, Client, end},
    stack::Distributed,
    within,
};

/// Between two tries.
const AGAIN: Duration = Duration::from_millis(50);

/// The name of the question, which nobody else gives to one.
const NAME: &str = "asked while nothing was taken";

/// So many words of the question cannot all be kept in what room is left here and there.
const WORDS: u128 = 3_000;

/// Somebody with one question.
pub struct Asker {
    client: Client,
    chat: String,
    question: String,
    database_url: String,
}

impl Asker {
    /// Somebody who comes while nothing is broken yet.
    pub async fn arrive(installation: &Distributed) -> Self {
        let client = Client::register(&installation.stack.url).await;
        let chat = client.chat().await;
        // No two are alike, so that the text cannot be made shorter.
        let word = |number: u128| Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
        let question = (0..WORDS).map(|number| word(number).to_string()).collect();
        Self { client, chat, question, database_url: installation.engines.database_url.clone() }
    }

    /// The question is refused, for now, and nothing of it is kept.
    pub async fn is_refused(&self) {
        let answer = self.ask().await;
        let code = &answer.body["code"];
        assert_eq!((answer.status, code), (503, &"unavailable".into()), "{answer:?}");
        assert_eq!(self.client.messages(&self.chat).await, []);
        let store = StoreState::read(&self.database_url).await;
        let mut names = store.generations.iter().map(|row| row.request_id.as_deref());
        assert!(!names.any(|name| name == Some(NAME)), "a part of it is kept");
    }

    /// It is accepted in the end, asked again and again, and answered.
    pub async fn is_answered(&self) {
        let accepted = within("an accepted question", async {
            loop {
                let answer = self.ask().await;
                if answer.status == 202 {
                    return answer;
                }
                assert!(answer.status >= 500, "{answer:?}");
                sleep(AGAIN).await;
            }
        });
        let generation = accepted.await.body["generationId"].as_str().unwrap().to_owned();
        assert_eq!(end(&self.client.watch(&generation).await), "succeeded");
        let kept = self.client.messages(&self.chat).await;
        let whose: Vec<&str> = kept.iter().map(|(role, _)| role.as_str()).collect();
        assert_eq!(whose, ["user", "assistant"]);
        assert!(kept[0].1 == self.question, "the question is whole");
    }

    async fn ask(&self) -> Answer {
        let (question, model) = (&self.question, "openai/sim-tokens=3");
        let extra = json!({"userMessage": question, "model": model, "requestId": NAME});
        self.client.try_generate(&self.chat, extra).await
    }
}
