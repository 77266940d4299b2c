//! A worker that does what a test tells it.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use domain::{
    attempt::{FinishReason, Outcome},
    event::{Event, SeqEvent},
    failure::Failure,
    generation::Status,
    id::OutboxId,
    job::Job,
    report::{Ended, REPORT_VERSION, Report, Spent, Started},
    usage::Usage,
};
use futures_util::StreamExt;
use ports::{
    Clock,
    clock::SystemClock,
    live::{Appended, LogWriter, OpenRequest, Opened, Sealing, Writer},
    queue::{Deliveries, Delivery, Envelope, Queue, Topic},
};
use testkit::sample;

/// A worker that does what a test tells it.
pub struct Worker {
    queue: Arc<dyn Queue>,
    log: Arc<dyn LogWriter>,
    jobs: Deliveries,
}

/// A job being worked on.
pub struct Holding {
    queue: Arc<dyn Queue>,
    log: Arc<dyn LogWriter>,
    delivery: Option<Delivery>,
    /// The job.
    pub job: Job,
    writer: Writer,
    /// The number of the next event.
    pub next_seq: u64,
    events: Vec<SeqEvent>,
}

impl Worker {
    pub(super) async fn new(queue: Arc<dyn Queue>, log: Arc<dyn LogWriter>) -> Self {
        let jobs = queue.consume(&Topic::Requests(sample::provider()), 10).await.unwrap();
        Self { queue, log, jobs }
    }

    /// The next message, whatever it says.
    pub async fn letter(&mut self) -> Delivery {
        self.jobs.next().await.unwrap().unwrap()
    }

    /// The next job as it was delivered.
    pub async fn delivery(&mut self) -> (Delivery, Job) {
        let delivery = self.letter().await;
        let job = serde_json::from_slice(&delivery.envelope.body).unwrap();
        (delivery, job)
    }

    /// The next job, opened for writing, without anybody having been told.
    pub async fn open(&mut self) -> Holding {
        let (delivery, job) = self.delivery().await;
        let request = OpenRequest {
            attempt: job.attempt,
            last_seq: job.last_seq,
            message: delivery.envelope.message_id,
            ..testkit::log::request(job.generation_id)
        };
        let opened = if delivery.redelivered {
            testkit::log::take_over(&*self.log, request).await
        } else {
            self.log.open(&request).await.unwrap()
        };
        let opening = match opened {
            Opened::Writing(opening) | Opened::Canceled(opening) => opening,
            other => panic!("cannot write: {other:?}"),
        };
        Holding {
            queue: Arc::clone(&self.queue),
            log: Arc::clone(&self.log),
            delivery: Some(delivery),
            job,
            writer: opening.writer,
            next_seq: opening.next_seq,
            events: Vec::new(),
        }
    }

    /// The next job, opened, its start reported and its first event written.
    pub async fn start(&mut self) -> Holding {
        let mut holding = self.open().await;
        holding.report_start().await;
        holding.announce().await;
        holding
    }

    /// Answers the next job with `texts`, one event each.
    pub async fn answer(&mut self, texts: &[&str]) {
        let mut holding = self.start().await;
        for text in texts {
            holding.say(text).await;
        }
        holding.succeed().await;
    }
}

impl Holding {
    /// The attempt being made.
    pub fn attempt(&self) -> u32 {
        self.writer.attempt
    }

    /// Writes the first event.
    pub async fn announce(&mut self) {
        let (attempt, model) = (self.attempt(), self.job.model.clone());
        self.write(vec![Event::Status { status: Status::Streaming, attempt, model }]).await;
    }

    /// Reports that the attempt began.
    pub async fn report_start(&self) {
        self.report(&Report::Started(self.started())).await;
    }

    /// What is said when the attempt begins.
    pub fn started(&self) -> Started {
        let (generation_id, attempt) = (self.job.generation_id, self.attempt());
        Started { v: REPORT_VERSION, generation_id, attempt, at: SystemClock.now() }
    }

    /// Writes events; fails unless they are taken.
    pub async fn write(&mut self, events: Vec<Event>) {
        assert_eq!(self.try_write(events).await, Appended::Appended);
    }

    /// Writes events, if they are taken.
    pub async fn try_write(&mut self, events: Vec<Event>) -> Appended {
        let first = self.next_seq;
        let json: Vec<Bytes> = events.iter().map(|event| event.to_json().into()).collect();
        let appended = self.log.append(&self.writer, first, &json).await.unwrap();
        if appended == Appended::Appended {
            self.keep(events);
        }
        appended
    }

    fn keep(&mut self, events: Vec<Event>) {
        for event in events {
            self.events.push(SeqEvent { seq: self.next_seq, event });
            self.next_seq += 1;
        }
    }

    /// Writes more text.
    pub async fn say(&mut self, text: &str) {
        self.write(vec![Event::Delta { delta: text.to_owned() }]).await;
    }

    /// Ends the attempt with an answer.
    pub async fn succeed(self) {
        self.end(Outcome::Succeeded { finish: FinishReason::Stop }).await;
    }

    /// Ends the attempt without an answer, for good.
    pub async fn fail(self, code: &str, message: &str) {
        let failure = Failure { code: code.to_owned(), message: message.to_owned() };
        self.end(Outcome::Failed(failure)).await;
    }

    /// Ends the attempt as a worker does that cannot read the job, and has not looked into the log.
    pub async fn bury(mut self) {
        let message = "The request could not be read by the worker.".to_owned();
        let failure = Failure { code: Failure::POISON_JOB.to_owned(), message };
        let ended = self.ended(Outcome::Failed(failure), None);
        let ended = Ended { last_seq: 0, events: Vec::new(), ..ended };
        self.report(&Report::Ended(Box::new(ended))).await;
        self.ack().await;
    }

    /// Says more and ends with an answer, as if the log had been lost right after.
    pub async fn succeed_with_the_log_lost(mut self, texts: &[&str]) {
        let delta = |text: &&str| Event::Delta { delta: (*text).to_owned() };
        self.keep(texts.iter().map(delta).collect());
        let ended = self.ended(Outcome::Succeeded { finish: FinishReason::Stop }, None);
        self.report(&Report::Ended(Box::new(ended))).await;
        self.ack().await;
    }

    /// Seals the log with the usage, reports `outcome`, and acknowledges the job.
    pub async fn end(mut self, outcome: Outcome) {
        let ended = self.seal(outcome).await;
        self.report(&Report::Ended(Box::new(ended))).await;
        self.ack().await;
    }

    /// Seals the log with the usage; the report about it.
    pub async fn seal(&mut self, outcome: Outcome) -> Ended {
        let usage = Usage::by_provider(11, 6);
        let event = Event::Usage { input_tokens: 11, output_tokens: 6, source: usage.source };
        let json = [Bytes::from(event.to_json())];
        let sealing = self.log.seal(&self.writer, self.next_seq, &json, Bytes::new());
        assert_eq!(sealing.await.unwrap(), Sealing::Sealed);
        self.keep(vec![event]);
        self.ended(outcome, Some(usage))
    }

    /// Parks the log until `next_attempt` with these last events; the report about it.
    pub async fn park(&mut self, last: Event, outcome: Outcome, next_attempt: u32) -> Ended {
        let json = [Bytes::from(last.to_json())];
        let first = self.next_seq;
        let parked = self.log.park(&self.writer, first, &json, next_attempt, Bytes::new());
        assert_eq!(parked.await.unwrap(), ports::live::Parked::Parked);
        self.keep(vec![last]);
        self.ended(outcome, None)
    }

    fn ended(&self, outcome: Outcome, usage: Option<Usage>) -> Ended {
        let at = SystemClock.now();
        Ended {
            v: REPORT_VERSION,
            generation_id: self.job.generation_id,
            user_id: self.job.user_id,
            attempt: self.attempt(),
            outcome,
            provider: self.job.provider.clone(),
            model: self.job.model.clone(),
            key: None,
            usage,
            usage_before: None,
            started_at: at,
            ended_at: at,
            last_seq: self.next_seq - 1,
            events: self.events.clone(),
        }
    }

    /// What was spent in the attempt, in that opening of the log, if no end of it is in the log.
    pub fn spent(&self, opening: Option<u64>) -> Spent {
        Spent {
            v: REPORT_VERSION,
            generation_id: self.job.generation_id,
            user_id: self.job.user_id,
            attempt: self.attempt(),
            opening,
            part: None,
            provider: self.job.provider.clone(),
            model: self.job.model.clone(),
            usage: Usage::estimated(11, 6),
            at: SystemClock.now(),
        }
    }

    /// Publishes a report.
    pub async fn report(&self, report: &Report) {
        let at = SystemClock.now();
        let envelope = Envelope {
            message_id: OutboxId::generate(at).as_uuid(),
            correlation_id: self.job.generation_id.as_uuid(),
            kind: "report".to_owned(),
            at,
            headers: BTreeMap::new(),
            body: serde_json::to_vec(report).unwrap().into(),
        };
        self.queue.publish(&Topic::Responses, envelope, None).await.unwrap();
    }

    /// Acknowledges the job.
    pub async fn ack(&mut self) {
        self.delivery.take().unwrap().ack().await.unwrap();
    }
}
