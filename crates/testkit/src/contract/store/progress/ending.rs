//! Attempts that end.

use domain::{
    attempt::Outcome,
    chat::{Message, Speaker},
    event::{Event, SeqEvent},
    failure::Failure,
    generation::{Generation, State, Status},
    id::MessageId,
    report::Ended,
    usage::Usage,
};
use futures_util::future::join_all;
use ports::store::{NewGeneration, Settle, Settlement, TokensSpent};

use super::super::bench::{ALL, StoreUnderTest, t};
use crate::sample;

pub(super) fn retry(seconds: u64, uses_rung: bool) -> Outcome {
    Outcome::RetryIn { at: t(seconds), reason: "overloaded".to_owned(), uses_rung }
}

fn failed() -> Outcome {
    Outcome::Failed(Failure { code: "bad_request".to_owned(), message: "Too long.".to_owned() })
}

fn changed(settlement: Settlement) -> Generation {
    match settlement {
        Settlement::Changed(generation) => *generation,
        other => panic!("{other:?}"),
    }
}

/// As a message of the assistant, and tells everything else.
pub async fn a_success_keeps_the_answer(store: StoreUnderTest) {
    let streaming = store.streaming_at(t(1)).await;
    let events = sample::events(1, 1, &["Hel", "lo\u{0}"]);
    let told = store.end(&streaming, 1, sample::succeeded(), events.clone(), t(4)).await;
    let now = store.now(&streaming).await;
    assert_eq!(changed(told), now);
    let shown = store.shown(now.chat_id).await;
    let spent: Vec<_> = shown.iter().map(|shown| shown.spent).collect();
    assert_eq!(spent, [None, TokensSpent::of(11, 6)], "a question takes nothing by itself");
    let answer = &shown[1].message;
    let expected = Message {
        id: now.assistant_message_id.unwrap(),
        chat_id: now.chat_id,
        role: Speaker::Assistant,
        content: "Hello\u{0}".to_owned(),
        parent_id: Some(now.user_message_id),
        generation_id: Some(now.id),
        created_at: t(4),
    };
    assert_eq!(answer, &expected);
    let expected = Generation {
        assistant_message_id: Some(answer.id),
        state: State { status: Status::Succeeded, ..streaming.state },
        finish_reason: Some("stop".to_owned()),
        input_tokens: 11,
        output_tokens: 6,
        last_seq: 3,
        finished_at: Some(t(4)),
        updated_at: t(4),
        ..streaming
    };
    assert_eq!(now, expected);
    assert_eq!(store.archive(&now).await, events);
}

/// A model that says nothing has answered all the same.
pub async fn an_answer_without_text_is_kept(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.end(&streaming, 1, sample::succeeded(), vec![], t(4)).await;
    assert_eq!(store.said(streaming.chat_id).await, ["Hello?", ""]);
}

/// If it came to anything at all.
pub async fn a_stopped_answer_is_kept_as_far_as_it_came(store: StoreUnderTest) {
    for (texts, said) in [(&["Hel"][..], &["Hello?", "Hel"][..]), (&[], &["Hello?"])] {
        let streaming = store.streaming().await;
        let events = sample::events(1, 1, texts);
        let now = changed(store.end(&streaming, 1, Outcome::Canceled, events, t(4)).await);
        assert_eq!((now.state.status, now.finished_at), (Status::Canceled, Some(t(4))));
        assert_eq!(now.assistant_message_id.is_some(), !texts.is_empty());
        assert_eq!(store.said(streaming.chat_id).await, said);
    }
}

/// What was streamed is in the archive only.
pub async fn a_failure_tells_why_and_keeps_no_answer(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    let events = sample::events(1, 1, &["Hel"]);
    store.end(&streaming, 1, failed(), events.clone(), t(4)).await;
    let now = store.now(&streaming).await;
    assert_eq!((now.state.status, now.finished_at), (Status::Failed, Some(t(4))));
    assert_eq!(now.error_code.as_deref(), Some("bad_request"));
    assert_eq!(now.error_message.as_deref(), Some("Too long."));
    assert_eq!((now.assistant_message_id, now.finish_reason), (None, None));
    assert_eq!(store.said(streaming.chat_id).await, ["Hello?"]);
    assert_eq!(store.archive(&streaming).await, events);
}

/// And uses a rung.
pub async fn a_retry_waits_for_its_time(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.end(&streaming, 1, retry(60, true), sample::events(1, 1, &["Hel"]), t(4)).await;
    let now = store.now(&streaming).await;
    let status = Status::Queued;
    let parked = State { status, retries: 1, retry_at: Some(t(60)), ..streaming.state };
    assert_eq!((now.state, now.finished_at, now.last_seq), (parked, None, 2));
    store.start(&streaming, 2, t(60)).await;
    let now = store.now(&streaming).await;
    assert_eq!((now.state.status, now.state.retry_at), (Status::Streaming, None));
    assert_eq!(store.said(streaming.chat_id).await, ["Hello?"]);
}

/// The attempt keeps its number for when it really starts.
pub async fn a_wait_uses_no_rung_and_no_attempt(store: StoreUnderTest) {
    let queued = store.queued().await;
    let events = vec![SeqEvent {
        seq: 1,
        event: Event::Retry {
            attempt: 1,
            discard_from_seq: None,
            reason: "cooling_down".to_owned(),
            retry_at: Some(t(60)),
        },
    }];
    store.end(&queued, 1, retry(60, false), events.clone(), t(1)).await;
    let now = store.now(&queued).await;
    assert_eq!(now.state, State { retry_at: Some(t(60)), ..State::NEW });
    assert_eq!((now.last_seq, now.started_at), (1, None));
    assert_eq!(store.archive(&queued).await, events);
    assert!(matches!(store.start(&queued, 1, t(60)).await, Settlement::Changed(_)));
    assert_eq!(store.now(&queued).await.started_at, Some(t(60)));
}

/// Even if some of its events came with an earlier report.
pub async fn an_answer_is_what_viewers_have_at_its_end(store: StoreUnderTest) {
    for outcome in [sample::succeeded(), Outcome::Canceled] {
        let streaming = store.streaming().await;
        let events = sample::events(1, 1, &["Hel", "lo ", "world"]);
        store.end(&streaming, 1, retry(60, true), events[..3].to_vec(), t(1)).await;
        store.start(&streaming, 2, t(60)).await;
        store.end(&streaming, 2, outcome, events[3..].to_vec(), t(61)).await;
        assert_eq!(store.said(streaming.chat_id).await, ["Hello?", "Hello world"]);
    }
}

/// Voided by a later event, in another report.
pub async fn an_answer_without_its_retried_text_is_what_viewers_have(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.end(&streaming, 1, retry(60, true), sample::events(1, 1, &["Hel"]), t(1)).await;
    store.start(&streaming, 2, t(60)).await;
    let void = Event::Retry {
        attempt: 2,
        discard_from_seq: Some(2),
        reason: "truncated".to_owned(),
        retry_at: None,
    };
    let mut events = vec![SeqEvent { seq: 3, event: void }];
    events.extend(sample::events(4, 2, &["Good ", "day"]));
    store.end(&streaming, 2, sample::succeeded(), events, t(61)).await;
    assert_eq!(store.said(streaming.chat_id).await, ["Hello?", "Good day"]);
}

/// Those of a try in vain as well.
pub async fn tokens_add_up_over_attempts(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.end(&streaming, 1, retry(60, true), vec![], t(1)).await;
    store.start(&streaming, 2, t(60)).await;
    // Before it another model was asked in the same attempt.
    let told = sample::ended(&streaming, 2, sample::succeeded(), vec![], t(61));
    let ended = Ended { usage_before: Some(Usage::estimated(5, 2)), ..told };
    let settle = Settle { ended: &ended, message_id: MessageId::generate(t(61)), outbox: vec![] };
    let now = changed(store.progress.settle(&settle, t(61)).await.unwrap());
    assert_eq!((now.input_tokens, now.output_tokens), (27, 14));
}

/// As one by whoever stops what only waits, or gives it up.
pub async fn an_end_without_a_call_leaves_what_an_attempt_spent(store: StoreUnderTest) {
    for has_ended in [true, false] {
        let streaming = store.streaming().await;
        if has_ended {
            store.end(&streaming, 1, retry(60, true), vec![], t(1)).await;
        }
        let told = sample::ended(&streaming, 1, Outcome::Canceled, vec![], t(2));
        let ended = Ended { model: "another".to_owned(), key: None, usage: None, ..told };
        let settle =
            Settle { ended: &ended, message_id: MessageId::generate(t(2)), outbox: vec![] };
        changed(store.progress.settle(&settle, t(2)).await.unwrap());
        let attempts = store.generations.attempts(streaming.id).await.unwrap();
        let kept: Vec<_> = attempts
            .iter()
            .map(|one| (one.outcome.as_deref().unwrap(), one.model.as_str(), one.input_tokens))
            .collect();
        let expected =
            if has_ended { ("retry", "sim-demo", 11) } else { ("canceled", "another", 0) };
        assert_eq!(kept, [expected]);
    }
}

/// Whoever stops an attempt may note its start before its worker does, and later than it was. Who knows of no call does
/// not know when it began either.
pub async fn an_end_tells_when_its_attempt_began(store: StoreUnderTest) {
    for (has_key, began) in [(true, t(1)), (false, t(3))] {
        let queued = store.queued().await;
        store.start(&queued, 1, t(3)).await;
        let told = sample::ended(&queued, 1, Outcome::Canceled, vec![], t(4));
        let key = told.key.clone().filter(|_| has_key);
        let ended = Ended { key, started_at: t(1), ..told };
        let settle =
            Settle { ended: &ended, message_id: MessageId::generate(t(4)), outbox: vec![] };
        let now = changed(store.progress.settle(&settle, t(4)).await.unwrap());
        assert_eq!((now.started_at, store.now(&queued).await), (Some(t(1)), now.clone()));
        let attempts = store.generations.attempts(queued.id).await.unwrap();
        let times: Vec<_> = attempts.iter().map(|one| (one.started_at, one.ended_at)).collect();
        assert_eq!(times, [(began, Some(t(4)))]);
    }
}

/// The last seq stays that of the last event, though who reports may not know of it.
pub async fn an_end_without_events_takes_none_back(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.end(&streaming, 1, retry(60, true), sample::events(1, 1, &["Hel"]), t(1)).await;
    assert_eq!(streaming.last_seq, 0);
    store.end(&streaming, 2, failed(), vec![], t(61)).await;
    assert_eq!(store.now(&streaming).await.last_seq, 2);
}

/// Its report may come first, or may have been lost.
pub async fn an_end_is_enough_without_a_start(store: StoreUnderTest) {
    let queued = store.queued().await;
    store.end(&queued, 1, sample::succeeded(), sample::events(1, 1, &["Hi"]), t(2)).await;
    let now = store.now(&queued).await;
    assert_eq!((now.state.status, now.state.attempt), (Status::Succeeded, 1));
    assert_eq!(store.start(&queued, 1, t(3)).await, Settlement::Unchanged(Box::new(now)));
    assert_eq!(store.said(queued.chat_id).await, ["Hello?", "Hi"]);
}

/// In the same transaction.
pub async fn an_end_publishes_what_follows_from_it(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    assert_eq!(store.unsent().await, []);
    store.end(&streaming, 1, sample::succeeded(), vec![], t(2)).await;
    let unsent = store.unsent().await;
    assert_eq!(unsent.len(), 1);
    assert_eq!(unsent[0].envelope.correlation_id, streaming.id.as_uuid());
}

/// Whatever was said: no second message, no second bill, no second entry in the archive.
pub async fn an_end_said_twice_changes_nothing(store: StoreUnderTest) {
    let outcomes =
        [sample::succeeded(), Outcome::Canceled, failed(), retry(60, true), retry(60, false)];
    for outcome in outcomes {
        let queued = store.queued().await;
        let events = sample::events(1, 1, &["Hi"]);
        store.end(&queued, 1, outcome.clone(), events.clone(), t(1)).await;
        let (now, said) = (store.now(&queued).await, store.said(queued.chat_id).await);
        assert_eq!(store.unsent().await.len(), 1);
        let again = store.end(&queued, 1, outcome, events.clone(), t(2)).await;
        assert_eq!(again, Settlement::Unchanged(Box::new(now.clone())));
        assert_eq!(store.now(&queued).await, now);
        assert_eq!(store.said(queued.chat_id).await, said);
        assert_eq!(store.archive(&queued).await, events);
        assert_eq!(store.unsent().await, []);
    }
}

/// Copies of one report, and reports that contradict each other.
pub async fn of_simultaneous_ends_one_counts(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    let end = |n| {
        let outcome = if n % 2 == 0 { sample::succeeded() } else { failed() };
        store.end(&streaming, 1, outcome, sample::events(1, 1, &["Hi"]), t(2))
    };
    let settlements = join_all((0..20).map(end)).await;
    let now = Box::new(store.now(&streaming).await);
    let counted = settlements.iter().filter(|told| **told == Settlement::Changed(now.clone()));
    assert_eq!(counted.count(), 1);
    let others = settlements.iter().filter(|told| **told == Settlement::Unchanged(now.clone()));
    assert_eq!(others.count(), 19);
    assert_eq!(now.input_tokens, 11);
    assert_eq!(store.archive(&streaming).await.len(), 2);
    assert_eq!(store.unsent().await.len(), 1);
}

/// A worker that was thought dead speaks too late.
pub async fn an_end_of_an_overtaken_attempt_changes_nothing(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.start(&streaming, 2, t(1)).await;
    let now = store.now(&streaming).await;
    for outcome in [sample::succeeded(), failed(), Outcome::Canceled, retry(60, true)] {
        let end = store.end(&streaming, 1, outcome, sample::events(1, 1, &["Hi"]), t(2)).await;
        assert_eq!(end, Settlement::Unchanged(Box::new(now.clone())));
    }
    assert_eq!(store.said(streaming.chat_id).await, ["Hello?"]);
    assert_eq!(store.archive(&streaming).await, []);
    assert_eq!(store.unsent().await, []);
}

/// Even by a clock that stands still or is behind.
pub async fn an_answer_comes_after_its_question(store: StoreUnderTest) {
    for _ in 0..8 {
        for at in [t(10), t(9)] {
            let queued = store.queued_at(t(10)).await;
            store.end(&queued, 1, sample::succeeded(), sample::events(1, 1, &["Hi"]), at).await;
            assert_eq!(store.said(queued.chat_id).await, ["Hello?", "Hi"]);
        }
    }
}

/// As a question does.
pub async fn an_answer_moves_its_chat_up(store: StoreUnderTest) {
    let streaming = store.streaming().await;
    store.end(&streaming, 1, sample::succeeded(), sample::events(1, 1, &["Hi"]), t(7)).await;
    let chat = store.chats.find(streaming.user_id, streaming.chat_id).await.unwrap().unwrap();
    assert_eq!(chat.updated_at, t(7));
}

/// Processes whose clocks differ hear of their ends. Whoever reads on from the newest message finds them all.
pub async fn an_answer_is_later_than_all_that_was_said(store: StoreUnderTest) {
    let chat = store.chat().await;
    let ask = async |seconds| {
        let new = sample::new_generation(chat.owner, chat.id, "?", t(seconds));
        let new = NewGeneration { max_in_flight: 9, ..new };
        store.admit(&new).await;
        store.start(&new.generation, 1, t(seconds)).await;
        new.generation
    };
    let answer = async |of: &Generation, text, seconds| {
        let events = sample::events(1, 1, &[text]);
        store.end(of, 1, sample::succeeded(), events, t(seconds)).await;
    };
    let read = async |from| store.chats.messages(chat.owner, chat.id, from, ALL).await.unwrap();
    let (slow, quick) = (ask(1).await, ask(2).await);
    answer(&quick, "quick", 9).await;
    let seen = read(None).await.unwrap().previous;
    answer(&slow, "slow", 5).await;
    let aside = sample::message(chat.id, "aside", t(20));
    store.chats.append(chat.owner, &aside, "").await.unwrap();
    let last = ask(30).await;
    answer(&last, "last", 25).await;
    let news = read(seen).await.unwrap().items;
    let news: Vec<_> = news.iter().rev().map(|shown| shown.message.content.as_str()).collect();
    assert_eq!(news, ["slow", "aside", "?", "last"]);
}
