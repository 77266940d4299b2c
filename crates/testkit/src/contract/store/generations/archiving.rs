//! Being read again.

use std::time::{Duration, Instant};

use domain::{attempt::Outcome, event::SeqEvent};

use super::super::bench::{ALL, StoreUnderTest, t};
use crate::sample;

/// A wait for a key, until so many seconds after the beginning.
fn wait(seconds: u64) -> Outcome {
    Outcome::RetryIn { at: t(seconds), reason: "cooling_down".to_owned(), uses_rung: false }
}

/// Across the reports that brought them.
pub async fn archived_events_come_in_order_and_in_pages(store: StoreUnderTest) {
    let queued = store.queued().await;
    let events = sample::events(1, 1, &["a", "b\n\"\\", "\u{1F980}\u{0}", "d", "e"]);
    store.end(&queued, 1, wait(60), events[..2].to_vec(), t(1)).await;
    store.end(&queued, 1, wait(61), events[2..3].to_vec(), t(2)).await;
    store.end(&queued, 1, sample::succeeded(), events[3..].to_vec(), t(3)).await;
    let read = async |after, limit| -> Vec<SeqEvent> {
        store.generations.archived_events(queued.id, after, limit).await.unwrap()
    };
    assert_eq!(read(0, ALL).await, events);
    assert_eq!(read(0, 4).await, events[..4]);
    assert_eq!(read(1, 2).await, events[1..3]);
    assert_eq!(read(4, ALL).await, events[4..]);
    assert_eq!(read(6, ALL).await, []);
    assert_eq!(read(u64::MAX, ALL).await, []);
}

/// Whichever reports repeat them.
pub async fn events_archived_twice_are_there_once(store: StoreUnderTest) {
    let queued = store.queued().await;
    let events = sample::events(1, 1, &["a", "b", "c"]);
    store.end(&queued, 1, wait(60), events[..3].to_vec(), t(1)).await;
    store.end(&queued, 1, sample::succeeded(), events.clone(), t(2)).await;
    assert_eq!(store.archive(&queued).await, events);
    let page = store.generations.archived_events(queued.id, 1, 2).await.unwrap();
    assert_eq!(page, events[1..3]);
    assert_eq!(store.said(queued.chat_id).await, ["Hello?", "abc"]);
}

/// However they were written: in one report, in many, again in other words.
pub async fn a_long_archive_is_the_same_in_pages_of_any_size(store: StoreUnderTest) {
    let queued = store.queued().await;
    let told = |texts: &'static str, from, count| sample::events(from, 1, &vec![texts; count]);
    let reports =
        [told("a", 1, 1000), told("b", 400, 1400), told("c", 1900, 9), told("d", 1, 2500)];
    let mut events: Vec<SeqEvent> = Vec::new();
    for (report, second) in reports.iter().zip(1..) {
        store.end(&queued, 1, wait(60 + second), report.clone(), t(second)).await;
        for entry in report {
            if events.iter().all(|known| known.seq != entry.seq) {
                events.push(entry.clone());
            }
        }
    }
    events.sort_by_key(|entry| entry.seq);
    let whole = store.generations.archived_events(queued.id, 0, 9999).await.unwrap();
    let differs = whole.iter().zip(&events).find(|(one, other)| one != other);
    assert_eq!((differs, whole.len()), (None, events.len()));
    for size in [100, 500, 2000] {
        let (mut read, mut after) = (Vec::new(), 0);
        loop {
            let page = store.generations.archived_events(queued.id, after, size).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.seq;
            let is_full = page.len() == size as usize;
            read.extend(page);
            assert!(is_full || read.len() == events.len(), "{} of {size}", read.len());
        }
        assert!(read == events, "in pages of {size}");
    }
}

/// However long the answer is. The quickest of some reads: what else the machine does makes none quicker.
pub async fn a_page_of_an_archive_costs_what_it_holds(store: StoreUnderTest) {
    const PAGE: u32 = 100;
    let mut costs = Vec::new();
    // Of the long one, reading all would cost two hundred times as much.
    for length in [250, 50_000] {
        let queued = store.queued().await;
        let events = sample::events(1, 1, &vec!["a"; length - 1]);
        store.end(&queued, 1, sample::succeeded(), events.clone(), t(1)).await;
        let after = length as u64 - u64::from(PAGE);
        let mut quickest = Duration::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            let page = store.generations.archived_events(queued.id, after, PAGE).await.unwrap();
            quickest = quickest.min(began.elapsed());
            assert!(page == events[length - PAGE as usize..]);
        }
        costs.push(quickest);
    }
    assert!(costs[1] < 20 * costs[0], "{costs:?}");
}

/// And one without any has none.
pub async fn events_of_another_generation_are_apart(store: StoreUnderTest) {
    let (one, other) = (store.queued().await, store.queued().await);
    let events = sample::events(1, 1, &["a"]);
    store.end(&one, 1, sample::succeeded(), events.clone(), t(1)).await;
    assert_eq!(store.archive(&other).await, []);
    assert_eq!(store.archive(&one).await, events);
}
