//! Whatever workers, crashes, losses and users do: no number has two contents, and a viewer sees
//! every number once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::id::GenerationId;
use embedded::MemoryLog;
use futures_util::{FutureExt, StreamExt};
use ports::live::{
    Appended, Cancels, EventLog, LiveError, LogBatches, LogWriter, OpenRequest, Opened, Opening,
    Parked, Sealing,
};
use proptest::prelude::*;
use testkit::clock::{ManualClock, epoch};

#[derive(Debug, Clone, Copy)]
enum Step {
    Open { takeover: bool },
    Append { worker: usize, count: usize, again: usize },
    Park { worker: usize, counts: bool },
    Seal { worker: usize },
    Cancel,
    Conclude,
    Lose,
    Pass { seconds: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let worker = 0..4_usize;
    prop_oneof![
        4 => any::<bool>().prop_map(|takeover| Step::Open { takeover }),
        12 => (worker.clone(), 0..4_usize, 0..3_usize)
            .prop_map(|(worker, count, again)| Step::Append { worker, count, again }),
        3 => (worker.clone(), any::<bool>())
            .prop_map(|(worker, counts)| Step::Park { worker, counts }),
        1 => worker.prop_map(|worker| Step::Seal { worker }),
        1 => Just(Step::Cancel),
        1 => Just(Step::Conclude),
        2 => Just(Step::Lose),
        2 => (0..20u64).prop_map(|seconds| Step::Pass { seconds }),
    ]
}

/// A worker as the driver writes it: it keeps what it wrote, and brings it back when it was lost.
struct Worker {
    opening: Opening,
    written: Vec<Bytes>,
}

impl Worker {
    fn next_seq(&self) -> u64 {
        self.opening.next_seq + self.written.len() as u64
    }

    /// What it has from `seq` on, and the number of the first of it.
    fn from(&self, seq: u64) -> (u64, Vec<Bytes>) {
        let first = seq.max(self.opening.next_seq);
        let skip = usize::try_from(first - self.opening.next_seq).unwrap();
        (first, self.written.iter().skip(skip).cloned().collect())
    }
}

struct World {
    clock: Arc<ManualClock>,
    log: MemoryLog,
    generation: GenerationId,
    workers: Vec<Worker>,
    /// What was ever seen under each number.
    seen: BTreeMap<u64, Bytes>,
    viewer: LogBatches,
    viewer_at: u64,
    /// What the next job would say.
    attempt: u32,
    reported: u64,
    words: u32,
    concluded: bool,
    lost: bool,
}

fn done<T>(answer: impl Future<Output = Result<T, LiveError>>) -> T {
    done_at_once(answer).unwrap()
}

fn done_at_once<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("the log never waits")
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let log = MemoryLog::new(clock.clone());
        let generation = GenerationId::generate(epoch());
        let viewer = done(log.follow(generation, 0));
        let (workers, seen) = (Vec::new(), BTreeMap::new());
        Self {
            clock,
            log,
            generation,
            workers,
            seen,
            viewer,
            viewer_at: 0,
            attempt: 1,
            reported: 0,
            words: 0,
            concluded: false,
            lost: false,
        }
    }

    fn word(&mut self) -> Bytes {
        self.words += 1;
        Bytes::from(self.words.to_string())
    }

    fn open(&mut self, takeover: bool) -> Result<(), TestCaseError> {
        let request = OpenRequest {
            attempt: self.attempt,
            last_seq: self.reported,
            ..testkit::log::request(self.generation)
        };
        // A fresh job, handed over once, cannot know of a log that was lost.
        let opened = if takeover || self.lost {
            done_at_once(testkit::log::take_over(&self.log, request))
        } else {
            done(self.log.open(&request))
        };
        if let Opened::Writing(opening) | Opened::Canceled(opening) = opened {
            let highest = self.seen.last_key_value().map_or(0, |(seq, _)| *seq);
            prop_assert!(opening.next_seq > highest, "{} after {highest}", opening.next_seq);
            prop_assert!(opening.writer.attempt >= self.attempt);
            self.workers.push(Worker { opening, written: Vec::new() });
        }
        Ok(())
    }

    fn worker(&self, number: usize) -> Option<usize> {
        self.workers.len().checked_sub(1 + number)
    }

    fn append(&mut self, number: usize, count: usize, again: usize) -> Result<(), TestCaseError> {
        let Some(index) = self.worker(number) else { return Ok(()) };
        let repeat_from = self.workers[index].next_seq().saturating_sub(again as u64);
        let new: Vec<Bytes> = (0..count).map(|_| self.word()).collect();
        let worker = &mut self.workers[index];
        worker.written.extend(new);
        let mut from = repeat_from;
        for _ in 0..3 {
            let (first_seq, events) = worker.from(from);
            match done(self.log.append(&worker.opening.writer, first_seq, &events)) {
                Appended::Lost { last_seq } if !events.is_empty() => from = last_seq + 1,
                Appended::Fenced | Appended::CancelRequested if number == 0 => {
                    worker.written.truncate(worker.written.len() - count);
                    return Ok(());
                }
                Appended::Appended if number > 0 && count > 0 => {
                    return Err(TestCaseError::fail("an older writer wrote"));
                }
                _ => return Ok(()),
            }
        }
        Err(TestCaseError::fail("lost again and again"))
    }

    fn park(&mut self, number: usize, counts: bool) {
        let Some(index) = self.worker(number) else { return };
        let worker = &self.workers[index];
        let (writer, first_seq) = (&worker.opening.writer, worker.next_seq());
        let next_attempt = writer.attempt + u32::from(counts);
        if done(self.log.park(writer, first_seq, &[], next_attempt, Bytes::new())) == Parked::Parked
        {
            self.attempt = next_attempt;
            self.reported = first_seq - 1;
        }
    }

    fn seal(&mut self, number: usize) -> Result<(), TestCaseError> {
        let Some(index) = self.worker(number) else { return Ok(()) };
        let worker = &self.workers[index];
        let sealing = self.log.seal(&worker.opening.writer, worker.next_seq(), &[], Bytes::new());
        prop_assert!(number == 0 || done(sealing) != Sealing::Sealed, "an older writer sealed");
        Ok(())
    }

    /// Older workers die with the log: without a store nobody could tell them from the last one.
    fn lose(&mut self) {
        if !self.concluded {
            done(self.log.expire(self.generation, Duration::ZERO, Duration::ZERO));
            let older = self.workers.len().saturating_sub(1);
            self.workers.drain(..older);
            self.lost = true;
        }
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Open { takeover } => self.open(takeover)?,
            Step::Append { worker, count, again } => self.append(worker, count, again)?,
            Step::Park { worker, counts } => self.park(worker, counts),
            Step::Seal { worker } => self.seal(worker)?,
            Step::Cancel => done(self.log.request(self.generation)),
            Step::Conclude => {
                let first_seq = self.seen.last_key_value().map_or(1, |(seq, _)| *seq + 1);
                let word = self.word();
                done(self.log.conclude(self.generation, first_seq, vec![word]));
                self.concluded = true;
            }
            Step::Lose => self.lose(),
            Step::Pass { seconds } => self.clock.advance(Duration::from_secs(seconds)),
        }
        self.look()
    }

    fn look(&mut self) -> Result<(), TestCaseError> {
        for entry in done(self.log.read(self.generation, 0, u32::MAX)).entries {
            let first = self.seen.entry(entry.seq).or_insert_with(|| entry.json.clone());
            prop_assert_eq!(first, &entry.json, "number {} has two contents", entry.seq);
        }
        while let Some(Some(batch)) = self.viewer.next().now_or_never() {
            for entry in batch.unwrap() {
                prop_assert!(entry.seq > self.viewer_at);
                let expected = self.seen.range(self.viewer_at + 1..).next();
                prop_assert_eq!(expected, Some((&entry.seq, &entry.json)));
                self.viewer_at = entry.seq;
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_number_has_two_contents(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.take(step)?;
        }
    }
}
