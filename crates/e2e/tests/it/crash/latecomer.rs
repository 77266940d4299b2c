//! Somebody whose answer is under way when something breaks, and who looks at it only afterwards.

use domain::event::{Event, SeqEvent};

use crate::{
    client::{Client, Entrance, end, text},
    within,
};

/// Somebody with an answer under way.
pub struct Latecomer {
    client: Client,
    chat: String,
    generation: String,
}

impl Latecomer {
    /// Asks `model`, and goes away as soon as the answer has begun.
    pub async fn asks(url: &str, model: &str) -> Self {
        let client = Client::register(url).await;
        let chat = client.chat().await;
        let generation = client.generate(&chat, model).await;
        let mut viewer = client.follow(&generation, None).await;
        viewer.next().await.expect("the answer begins");
        Self { client, chat, generation }
    }

    /// Sees the answer from its first event to its last, with nothing missing, and as it is kept.
    pub async fn sees_everything(&self) {
        let events = within("the whole answer", self.events()).await;
        let numbers: Vec<u64> = events.iter().map(|entry| entry.seq).collect();
        let all: Vec<u64> = (1..).take(numbers.len()).collect();
        assert_eq!((numbers, end(&events).as_str()), (all, "succeeded"));
        let kept = &self.client.messages(&self.chat).await[1];
        assert_eq!(*kept, ("assistant".to_owned(), text(&events)));
    }

    /// Asks again, and is answered.
    pub async fn is_answered_once_more(&self) {
        let generation = self.client.generate(&self.chat, "openai/sim-tokens=3").await;
        assert_eq!(end(&self.client.watch(&generation).await), "succeeded");
    }

    async fn events(&self) -> Vec<SeqEvent> {
        let mut events: Vec<SeqEvent> = Vec::new();
        let is_end = |last: &SeqEvent| matches!(last.event, Event::Done { .. });
        while !events.last().is_some_and(is_end) {
            let after = events.last().map(|entry| entry.seq);
            if let Entrance::Open(viewer) = self.client.try_follow(&self.generation, after).await {
                events.extend(viewer.rest().await);
            }
        }
        events
    }
}
