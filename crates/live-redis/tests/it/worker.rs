//! A worker as the driver writes it: it keeps what it wrote, tries again, and brings back what was
//! lost.

use std::time::Duration;

use bytes::Bytes;
use domain::id::GenerationId;
use futures_util::StreamExt;
use live_redis::RedisLive;
use ports::live::{Appended, LogBatches, LogEntry, LogWriter, OpenRequest, Opened, Opening};
use tokio::time::{sleep, timeout};

/// How long anything may take that should come soon.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn word(number: u64) -> Bytes {
    Bytes::from(format!("{{\"type\":\"delta\",\"delta\":\"token {number} \"}}"))
}

pub fn request(generation: GenerationId) -> OpenRequest {
    testkit::log::request(generation)
}

pub fn writing(opened: Opened) -> Opening {
    match opened {
        Opened::Writing(opening) => opening,
        other => panic!("the log should have been given, but {other:?}"),
    }
}

pub struct Worker {
    pub live: RedisLive,
    pub opening: Opening,
    events: Vec<Bytes>,
    /// How often it was told that the log had lost something.
    pub losses: u32,
}

impl Worker {
    pub async fn begin(live: &RedisLive, generation: GenerationId) -> Self {
        let opening = writing(live.open(&request(generation)).await.unwrap());
        Self { live: live.clone(), opening, events: Vec::new(), losses: 0 }
    }

    fn next_seq(&self) -> u64 {
        self.opening.next_seq + self.events.len() as u64
    }

    /// Says one more word, however often it takes.
    pub async fn say(&mut self) {
        let mut from = self.next_seq();
        self.events.push(word(from));
        let saying = async {
            loop {
                let skip = usize::try_from(from - self.opening.next_seq).unwrap();
                match self.live.append(&self.opening.writer, from, &self.events[skip..]).await {
                    Ok(Appended::Appended) => return,
                    Ok(Appended::Lost { last_seq }) => {
                        self.losses += 1;
                        from = (last_seq + 1).max(self.opening.next_seq);
                    }
                    Ok(other) => panic!("{other:?}"),
                    Err(_) => sleep(Duration::from_millis(10)).await,
                }
            }
        };
        timeout(PATIENCE, saying).await.expect("it is written in the end");
    }

    pub async fn say_all(&mut self, count: u64) {
        for _ in 0..count {
            self.say().await;
        }
    }
}

/// The next `count` entries; a follower that is told of trouble goes on.
pub async fn followed(batches: &mut LogBatches, count: usize) -> Vec<LogEntry> {
    let mut entries = Vec::new();
    let following = async {
        while entries.len() < count {
            if let Ok(batch) = batches.next().await.expect("the stream goes on") {
                entries.extend(batch);
            }
        }
    };
    timeout(PATIENCE, following).await.expect("everything comes in the end");
    entries
}

/// Fails unless these are words, at least one, numbered from `first` on.
pub fn assert_are_words(entries: &[LogEntry], first: u64) {
    assert!(!entries.is_empty());
    for (entry, seq) in entries.iter().zip(first..) {
        assert_eq!(*entry, LogEntry { seq, json: word(seq) });
    }
}
