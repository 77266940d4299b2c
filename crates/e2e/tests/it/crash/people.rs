//! People who ask, watch, reload and stop, and do not give up when something breaks. How long they may
//! take in all is the run's to say.

use std::time::Duration;

use domain::{
    event::{Event, SeqEvent},
    generation::Status,
};
use serde_json::json;
use simulated_provider::Record;

use crate::{
    chance::Chance,
    checker::{Accepted, History, Mark, STOP_TAKES, Seen, Stopped},
    client::{Answer, Client, Entrance},
};

/// Between two tries of somebody who does not give up.
const AGAIN: Duration = Duration::from_millis(50);

/// The quickest answer there is.
pub const SHORT: &str = "openai/sim-tokens=3";

/// How often, of six, an answer is reloaded, and stopped.
const RELOADED: usize = 2;
const STOPPED: usize = 1;

/// What is done with one answer.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Watched from the beginning to the end.
    Watch,
    /// Watched with a reload after every so many events.
    Reload(usize),
    /// Stopped after so many events.
    Stop(usize),
}

impl Manner {
    /// For so many questions each, in any order: a third with reloads, a sixth stopped.
    pub fn of_all(count: usize, chance: &mut Chance) -> Vec<Self> {
        let manners = (0..count).map(|number| match number % 6 {
            stopped if stopped < STOPPED => Self::Stop(1 + chance.below(8)),
            reloaded if reloaded < STOPPED + RELOADED => Self::Reload(3 + chance.below(7)),
            _ => Self::Watch,
        });
        let manners = manners.collect();
        chance.shuffled(manners)
    }
}

/// Somebody with an account.
pub struct Person {
    client: Client,
    chat: String,
    name: String,
    history: History,
    record: Record,
}

impl Person {
    /// Somebody who registers at `url` while nothing is broken yet.
    pub async fn arrive(url: &str, name: String, history: &History, record: &Record) -> Self {
        let client = Client::register(url).await;
        let chat = client.chat().await;
        Self { client, chat, name, history: history.clone(), record: record.clone() }
    }

    /// Asks `model` a question, and watches the answer to its end in this `manner`. How it ended, if that was told.
    pub async fn ask(&self, number: usize, model: &str, manner: Manner) -> Option<Status> {
        let question = self.question(number);
        let generation = &self.send(number, model, &question).await;
        let mut watching = self.watching(generation);
        let events = &mut watching.events;
        match manner {
            Manner::Watch => self.watch(generation, events, usize::MAX, usize::MAX).await,
            Manner::Reload(every) => self.watch(generation, events, usize::MAX, every).await,
            Manner::Stop(after) => {
                self.watch(generation, events, after, usize::MAX).await;
                self.stop(generation, &question).await;
                self.watch(generation, events, usize::MAX, usize::MAX).await;
                // That nobody waits any more was said with the stop.
                return end(events);
            }
        }
        self.record.give_up(&question);
        end(events)
    }

    /// The words of one question, which no other has.
    pub fn question(&self, number: usize) -> String {
        format!("{} asks {number}", self.name)
    }

    /// What is seen of `generation` from now on.
    pub fn watching<'a>(&'a self, generation: &'a str) -> Watching<'a> {
        Watching { person: self, generation, events: Vec::new() }
    }

    /// Sends the question until it is accepted; always by the same name.
    pub async fn send(&self, number: usize, model: &str, question: &str) -> String {
        let request_id = format!("r-{number}");
        let body = json!({"userMessage": question, "model": model, "requestId": request_id});
        let path = format!("/api/chats/{}/generations", self.chat);
        let answer = self.insist(&path, &body).await;
        assert_eq!(answer.status, 202, "{question}: {answer:?}");
        let generation = answer.body["generationId"].as_str().unwrap().to_owned();
        self.history.accepted(Accepted {
            user: self.name.clone(),
            request_id: Some(request_id),
            generation: generation.clone(),
            question: question.to_owned(),
        });
        generation
    }

    /// Asks once, and is refused for now as `code` says: told when to come again, and nothing of it is kept.
    pub async fn is_refused(&self, code: &str) {
        let question = json!({"userMessage": self.question(0), "model": SHORT});
        let answer = self.client.try_generate(&self.chat, question).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (503, Some(code)), "{answer:?}");
        let again: Option<u64> = answer.retry_after.as_ref().and_then(|wait| wait.parse().ok());
        assert!(again.is_some(), "{answer:?}");
        assert_eq!(self.client.messages(&self.chat).await, []);
    }

    /// Asks to stop until that is accepted; how the generation stood then.
    pub async fn stop(&self, generation: &str, question: &str) -> String {
        let path = format!("/api/generations/{generation}/cancel");
        let answer = self.insist(&path, &json!({})).await;
        let at = self.record.elapsed();
        assert_eq!(answer.status, 202, "{question}: {answer:?}");
        let status = answer.body["status"].as_str().unwrap().to_owned();
        self.history.stopped(Stopped {
            generation: generation.to_owned(),
            question: question.to_owned(),
            status: status.clone(),
            at_us: at.as_micros().try_into().unwrap(),
        });
        // The news is on its way to a worker that may be about to call.
        self.record.give_up_in(question, STOP_TAKES);
        status
    }

    async fn insist(&self, path: &str, body: &serde_json::Value) -> Answer {
        loop {
            match self.client.try_post(path, body).await {
                Ok(answer) => return answer,
                Err(why) => self.history.refused(why),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Watches until the end or until there are `enough` events; a new connection after every
    /// `per_connection` events, and whenever one ends too soon.
    pub async fn watch(
        &self,
        generation: &str,
        events: &mut Vec<SeqEvent>,
        enough: usize,
        per_connection: usize,
    ) {
        while events.len() < enough && end(events).is_none() {
            let after = events.last().map(|entry| entry.seq);
            let mut viewer = match self.client.try_follow(generation, after).await {
                Entrance::Open(viewer) => viewer,
                // If that was too soon, it is found in what was seen.
                Entrance::Over => return,
                Entrance::Later(why) => {
                    self.history.refused(why);
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            };
            for _ in 0..per_connection {
                let Some(entry) = viewer.next().await else { break };
                if matches!(entry.event, Event::Done { .. }) {
                    self.history.mark(Mark::Answered);
                }
                events.push(entry);
                if events.len() >= enough {
                    break;
                }
            }
        }
    }
}

/// Somebody before a screen. What was on it is told even if the run ends sooner.
pub struct Watching<'a> {
    person: &'a Person,
    generation: &'a str,
    /// Everything so far.
    pub events: Vec<SeqEvent>,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        let (generation, events) = (self.generation.to_owned(), std::mem::take(&mut self.events));
        self.person.history.saw(Seen { generation, after: 0, events, has_left: false });
    }
}

/// How it ended, if it has.
fn end(events: &[SeqEvent]) -> Option<Status> {
    match events.last()?.event {
        Event::Done { status, .. } => Some(status),
        _ => None,
    }
}
