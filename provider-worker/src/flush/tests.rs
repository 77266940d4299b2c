use std::sync::Mutex;

use ::ports::live::{OpenRequest, Opened, Parked, Sealing};
use async_trait::async_trait;
use domain::id::GenerationId;
use futures_util::FutureExt;
use tokio::time::advance;

use super::*;
use crate::load::Load;

/// Notes every append, and takes `delay` for each.
#[derive(Default)]
struct SlowLog {
    delay: Duration,
    appends: Mutex<Vec<(u64, Vec<String>)>>,
    /// Answers of the next appends, the last one first.
    answers: Mutex<Vec<Appended>>,
}

#[async_trait]
impl LogWriter for SlowLog {
    async fn open(&self, _: &OpenRequest) -> Result<Opened, LiveError> {
        unreachable!("the journal is open already")
    }

    async fn go_on(&self, _: &Writer) -> Result<(), LiveError> {
        unreachable!("the journal only appends")
    }

    async fn append(&self, _: &Writer, seq: u64, events: &[Bytes]) -> Result<Appended, LiveError> {
        tokio::time::sleep(self.delay).await;
        let texts = events.iter().map(|json| match Event::from_json(json).unwrap() {
            Event::Delta { delta } => delta,
            other => other.to_json(),
        });
        self.appends.lock().unwrap().push((seq, texts.collect()));
        Ok(self.answers.lock().unwrap().pop().unwrap_or(Appended::Appended))
    }

    async fn park(
        &self,
        _: &Writer,
        _: u64,
        _: &[Bytes],
        _: u32,
        _: Bytes,
    ) -> Result<Parked, LiveError> {
        unreachable!("the journal only appends")
    }

    async fn seal(&self, _: &Writer, _: u64, _: &[Bytes], _: Bytes) -> Result<Sealing, LiveError> {
        unreachable!("the journal only appends")
    }
}

fn journal(delay: Duration, answers: Vec<Appended>) -> (Arc<SlowLog>, Journal) {
    let answers = Mutex::new(answers);
    let log = Arc::new(SlowLog { delay, answers, ..SlowLog::default() });
    let generation = GenerationId::generate(testkit::clock::epoch());
    let writer = Writer { generation, attempt: 1, fence: 1, max_bytes: u64::MAX };
    let (log_writer, load) = (Arc::<SlowLog>::clone(&log), Load::default());
    let journal = Journal::new(log_writer, writer, 5, Limits::default(), load);
    (log, journal)
}

/// What was appended so far, and forgets it.
fn appended(log: &SlowLog) -> Vec<(u64, Vec<String>)> {
    std::mem::take(&mut log.appends.lock().unwrap())
}

fn one(seq: u64, text: &str) -> (u64, Vec<String>) {
    (seq, vec![text.to_owned()])
}

/// Lets the journal work for `span`.
async fn keep(journal: &mut Journal, span: Duration) -> Option<Stop> {
    tokio::time::timeout(span, journal.keep()).await.ok()
}

const MS: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn text_is_written_at_once_when_it_comes_slowly() {
    let (log, mut journal) = journal(Duration::ZERO, vec![]);
    for (seq, text) in [(5, "a"), (6, "b"), (7, "c")] {
        journal.say(text);
        assert_eq!(keep(&mut journal, MS).await, None);
        assert_eq!(appended(&log), [one(seq, text)], "not a millisecond later");
        advance(20 * MS).await;
    }
}

#[tokio::test(start_paused = true)]
async fn text_that_comes_fast_is_written_together_after_the_first() {
    let (log, mut journal) = journal(Duration::ZERO, vec![]);
    for text in ["a", "b", "c", "d"] {
        journal.say(text);
        keep(&mut journal, MS).await;
    }
    assert_eq!(appended(&log), [one(5, "a")]);
    keep(&mut journal, 5 * MS).await;
    assert_eq!(appended(&log), [one(6, "bcd")]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_a_write_is_under_way_goes_with_the_next_one() {
    let (log, mut journal) = journal(50 * MS, vec![]);
    journal.say("a");
    keep(&mut journal, MS).await;
    for text in ["b", "c"] {
        journal.say(text);
        keep(&mut journal, 10 * MS).await;
    }
    assert_eq!(appended(&log), []);
    keep(&mut journal, 100 * MS).await;
    assert_eq!(appended(&log), [one(5, "a"), one(6, "bc")]);
    assert_eq!(journal.last_seq(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_event_waits_a_little_for_text_to_go_with() {
    let event =
        Event::Retry { attempt: 1, discard_from_seq: None, reason: "r".to_owned(), retry_at: None };
    let (log, mut journal) = journal(Duration::ZERO, vec![]);
    journal.add(event.clone());
    keep(&mut journal, 5 * MS).await;
    assert_eq!(appended(&log), []);
    journal.say("a");
    keep(&mut journal, MS).await;
    assert_eq!(appended(&log), [(5, vec![event.to_json(), "a".to_owned()])]);
    journal.add(event.clone());
    keep(&mut journal, 25 * MS).await;
    assert_eq!(appended(&log), [one(7, &event.to_json())], "it does not wait for ever");
}

#[tokio::test(start_paused = true)]
async fn a_silent_writer_shows_that_it_lives_and_hears_that_it_must_stop() {
    for (answer, stop) in [
        (Appended::CancelRequested, Stop::Canceled),
        (Appended::Fenced, Stop::Fenced),
        (Appended::Full, Stop::Full),
    ] {
        let (log, mut journal) = journal(Duration::ZERO, vec![answer, Appended::Appended]);
        assert_eq!(keep(&mut journal, 1500 * MS).await, None);
        assert_eq!(appended(&log), [(5, vec![])]);
        assert_eq!(keep(&mut journal, 1500 * MS).await, Some(stop));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_log_lost_is_written_again_with_the_same_numbers() {
    let lost = Appended::Lost { last_seq: 0 };
    let (log, mut journal) =
        journal(Duration::ZERO, vec![Appended::Appended, lost, lost, Appended::Appended]);
    journal.say("a");
    keep(&mut journal, 10 * MS).await;
    journal.say("b");
    keep(&mut journal, 100 * MS).await;
    let both = (5, vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(appended(&log), [one(5, "a"), one(6, "b"), both.clone(), both]);
    journal.say("c");
    assert_eq!(journal.flush().await, Ok(()));
    assert_eq!(appended(&log), [one(7, "c")]);
}

/// Whoever saw it has it, whether it has been brought back by then or not.
#[tokio::test(start_paused = true)]
async fn what_was_in_a_log_that_was_lost_is_not_forgotten() {
    let (_, mut journal) = journal(Duration::ZERO, vec![]);
    journal.say("seen");
    keep(&mut journal, MS).await;
    journal.say(" unseen");
    journal.close_text();
    assert!(journal.rewind(0).is_ok());
    journal.say(" text");
    journal.forget_untold();
    let seen = [Event::Delta { delta: "seen".to_owned() }];
    assert_eq!(journal.told().collect::<Vec<_>>(), seen);
    assert_eq!(journal.numbered().map(|entry| entry.event).collect::<Vec<_>>(), seen);
    assert_eq!(journal.unwritten().1.len(), 1, "to be brought back");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_lost_again_and_again_is_given_up() {
    let lost = Appended::Lost { last_seq: 0 };
    let (_, mut journal) = journal(Duration::ZERO, vec![lost; 20]);
    journal.say("a");
    assert_eq!(keep(&mut journal, 10_000 * MS).await, Some(Stop::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn only_what_nobody_can_have_seen_is_taken_back() {
    let (log, mut journal) = journal(Duration::ZERO, vec![]);
    journal.say("a");
    journal.flush().await.unwrap();
    journal.take_back();
    assert_eq!(journal.last_seq(), 5);
    journal.say("b");
    journal.close_text();
    journal.take_back();
    assert_eq!(journal.last_seq(), 5);
    assert!(journal.flush().now_or_never().is_some());
    assert_eq!(appended(&log), [one(5, "a")]);
}
