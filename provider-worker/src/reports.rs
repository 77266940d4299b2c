//! What a worker publishes: reports for the control plane, and the jobs that follow.

use std::time::Duration;

use ::ports::{
    live::LogEntry,
    queue::{ATTEMPT_HEADER, Envelope, QueueError, Topic},
};
use bytes::Bytes;
use domain::{
    event::{Event, SeqEvent},
    id::{EventId, GenerationId, OutboxId},
    job::Job,
    report::{Ended, Report, Spent, Started},
    unreadable::Unreadable,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{attempt::inherited_headers, lane::Lane, patience::persist};

/// How long the news that an attempt began is worth trying; its end tells the same and more.
const STARTED_PATIENCE: Duration = Duration::from_secs(5);

/// What an ended attempt leaves in the log for whoever is handed its job again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Note {
    /// The report without its events, which are in the log.
    pub(crate) ended: Ended,
    /// The events numbered greater than this belong to the report.
    pub(crate) after: u64,
    /// Rungs used by the next attempt.
    pub(crate) retries: u32,
    /// Why the job joins the dead letters, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dead_letter: Option<String>,
}

impl Note {
    /// The note as the log keeps it.
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings, numbers and times always have a JSON form").into()
    }

    /// The report with those of `entries` that belong to it.
    pub(crate) fn report(&self, entries: &[LogEntry]) -> Ended {
        let mut ended = self.ended.clone();
        let own = entries.iter().filter(|entry| entry.seq > self.after);
        ended.events = decode(own.map(|entry| (entry.seq, &entry.json)));
        ended
    }
}

/// The events that `entries` hold. One that cannot be read is left out: it was written by a later
/// version, and the answer must not be lost for it.
pub(crate) fn decode<'a>(entries: impl Iterator<Item = (u64, &'a Bytes)>) -> Vec<SeqEvent> {
    let read = |(seq, json): (u64, &Bytes)| match Event::from_json(json) {
        Ok(event) => Some(SeqEvent { seq, event }),
        Err(error) => {
            let error = Unreadable::from(error);
            tracing::error!(seq, %error, "an event of the log cannot be read");
            None
        }
    };
    entries.filter_map(read).collect()
}

/// Publishes on behalf of one job; what it publishes carries the job's own headers, and with them
/// its trace.
#[derive(Clone, Copy)]
pub(crate) struct Reporter<'a> {
    pub(crate) lane: &'a Lane,
    pub(crate) source: &'a Envelope,
}

impl Reporter<'_> {
    /// Publishes the end of an attempt.
    pub(crate) async fn ended(&self, ended: Ended) -> Result<(), QueueError> {
        let (generation, attempt) = (ended.generation_id, ended.attempt);
        let kind = format!("ended/{}", ended.last_seq);
        let report = Report::Ended(Box::new(ended));
        let envelope = self.envelope(generation, attempt, "report", &kind, &report);
        self.publish(&Topic::Responses, envelope, None).await
    }

    /// Publishes that an attempt began; best effort. The future may outlive this reporter.
    pub(crate) fn started(&self, started: Started) -> impl Future<Output = ()> + Send + use<> {
        let (generation, attempt) = (started.generation_id, started.attempt);
        let report = Report::Started(started);
        let envelope = self.envelope(generation, attempt, "report", "started", &report);
        let queue = std::sync::Arc::clone(&self.lane.ports.queue);
        async move {
            let publish = || queue.publish(&Topic::Responses, envelope.clone(), None);
            if let Err(error) = persist(STARTED_PATIENCE, "publish", publish).await {
                tracing::warn!(%error, %generation, attempt, "could not tell that an attempt began");
            }
        }
    }

    /// Publishes what was spent in an attempt and is not reported with its end, as long as it is waited for. The
    /// future may outlive this reporter.
    pub(crate) fn spent(&self, spent: Spent) -> impl Future<Output = ()> + Send + use<> {
        let (generation, attempt) = (spent.generation_id, spent.attempt);
        let part = spent.part.map(|part| format!("/{part}")).unwrap_or_default();
        let name = format!("spent/{}{part}", spent.opening.unwrap_or_default());
        let envelope = self.envelope(generation, attempt, "report", &name, &Report::Spent(spent));
        let queue = std::sync::Arc::clone(&self.lane.ports.queue);
        let patience = self.lane.limits.patience;
        async move {
            let publish = || queue.publish(&Topic::Responses, envelope.clone(), None);
            if let Err(error) = persist(patience, "publish", publish).await {
                tracing::warn!(%error, %generation, attempt, "could not tell what an attempt has spent");
            }
        }
    }

    /// Publishes the job that follows, or the same one again for later, for whoever it was meant for at first. It is a
    /// message of its own, even if another worker that did not know whether this one had come so far publishes the
    /// same job, or works on it by the message that this worker has: what becomes of one says nothing of the other.
    pub(crate) async fn next_job(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let envelope = self.envelope(job.generation_id, job.attempt, "job", "job", job);
        let envelope = Envelope { message_id: self.own_id(), ..envelope };
        let topic = Topic::Requests(job.provider.clone());
        self.publish(&topic, envelope, Some(delay)).await
    }

    /// The id of a message that is no copy of any other.
    fn own_id(&self) -> Uuid {
        OutboxId::generate(self.lane.now()).as_uuid()
    }

    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        let queue = &self.lane.ports.queue;
        let publish = || queue.publish(topic, envelope.clone(), delay);
        persist(self.lane.limits.patience, "publish", publish).await
    }

    /// `name` tells the messages of one attempt apart; a repeated one gets the same id.
    fn envelope<T: Serialize>(
        &self,
        generation: GenerationId,
        attempt: u32,
        kind: &str,
        name: &str,
        body: &T,
    ) -> Envelope {
        let body = serde_json::to_vec(body);
        let mut headers = inherited_headers(self.source);
        headers.insert(ATTEMPT_HEADER.to_owned(), attempt.to_string());
        Envelope {
            message_id: EventId::of_attempt(generation, attempt, name).as_uuid(),
            correlation_id: generation.as_uuid(),
            kind: kind.to_owned(),
            at: self.lane.now(),
            headers,
            body: body.expect("strings, numbers and times always have a JSON form").into(),
        }
    }
}
