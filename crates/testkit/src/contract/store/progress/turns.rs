//! Generations that wait for their turn.

use domain::{
    attempt::Outcome,
    chat::{Chat, Message},
    generation::{Generation, Status},
    id::{MessageId, UserId},
    job::{Job, Turn},
};
use futures_util::future::{join, join_all};
use ports::store::{Admission, Cancellation, GiveTurn, NewGeneration, Overdue, TurnGiven};

use super::super::bench::{ALL, StoreUnderTest, WHOLE, t};
use crate::sample;

/// A generation that is to be held behind others, of which at most two are.
fn held(chat: &Chat, parent: Option<MessageId>, seconds: u64) -> NewGeneration {
    let mut new = sample::new_generation(chat.owner, chat.id, "And then?", t(seconds));
    new.generation.held = true;
    new.outbox.clear();
    new.max_held = 2;
    if let Some(message) = &mut new.message {
        message.parent_id = parent;
    }
    new
}

/// A chat whose first generation streams.
async fn busy(store: &StoreUnderTest) -> (Chat, Generation) {
    let chat = store.chat().await;
    let first = sample::new_generation(chat.owner, chat.id, "Hello?", t(1));
    store.admit(&first).await;
    store.sent(&first.outbox).await;
    store.start(&first.generation, 1, t(1)).await;
    (chat, first.generation)
}

/// Gives a turn to whoever of `user` has waited longest, if nothing else is under way. Its job says all that
/// was said.
async fn give(store: &StoreUnderTest, user: UserId, seconds: u64) -> Option<TurnGiven> {
    let job = |next: &Generation, said: Vec<Message>| {
        let turn = |said: Message| Turn { role: said.role, content: said.content };
        let turns = said.into_iter().map(turn).collect();
        sample::job_row(&Job { turns, ..sample::job(next, "?") }, t(seconds))
    };
    let turn = GiveTurn { user, max_in_flight: 1, job: &job, history: WHOLE };
    store.progress.give_turn(&turn, t(seconds)).await.unwrap()
}

/// Whatever is under way; and no more of them than allowed.
pub async fn a_held_generation_is_accepted_and_nobody_s_work(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let [second, third, fourth] = [2, 3, 4].map(|seconds| held(&chat, None, seconds));
    for new in [&second, &third] {
        store.admit(new).await;
    }
    let admission = store.generations.admit(&fourth, t(4)).await.unwrap();
    assert_eq!(admission, Admission::Full);
    let kept = store.now(&second.generation).await;
    assert_eq!((kept.held, kept.state.status), (true, Status::Queued));
    let unfinished = store.progress.unfinished(None, ALL).await.unwrap();
    assert_eq!(unfinished.iter().map(|g| g.id).collect::<Vec<_>>(), [first.id]);
    let all = Overdue { queued_before: t(99), streaming_before: t(0) };
    assert_eq!(store.progress.overdue(all, ALL).await.unwrap(), []);
    assert_eq!(store.progress.who_waits(None, 2, ALL).await.unwrap(), [chat.owner]);
    // It is known when it is asked for again.
    let again = store.generations.admit(&second, t(5)).await.unwrap();
    assert!(matches!(again, Admission::Replayed(same) if same.id == second.generation.id));
}

/// Each once, however many questions of theirs wait, in pages that end; and nobody who has no room yet.
pub async fn who_waits_and_has_room_is_known(store: StoreUnderTest) {
    let mut waiting = Vec::new();
    for seconds in [1, 2, 3, 4, 5] {
        let chat = store.chat().await;
        store.admit(&held(&chat, None, seconds)).await;
        store.admit(&held(&chat, None, seconds)).await;
        waiting.push(chat.owner);
    }
    waiting.sort_by_key(|user| user.as_uuid());
    let (busy_chat, _) = busy(&store).await;
    store.admit(&held(&busy_chat, None, 2)).await;
    for size in [1, 2, 5, 6] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.progress.who_waits(after, 1, size).await.unwrap();
            assert!(page.len() <= size as usize);
            let Some(last) = page.last() else { break };
            after = Some(*last);
            found.extend(page);
        }
        assert_eq!(found, waiting, "pages of {size}");
    }
    waiting.push(busy_chat.owner);
    waiting.sort_by_key(|user| user.as_uuid());
    assert_eq!(store.progress.who_waits(None, 2, ALL).await.unwrap(), waiting);
    assert_eq!(store.progress.who_waits(None, 0, ALL).await.unwrap(), []);
}

/// There is room before the turn is given.
pub async fn who_may_not_pass_begins_behind_those_that_are_held(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let second = held(&chat, None, 2);
    store.admit(&second).await;
    let asked = sample::new_generation(chat.owner, chat.id, "And now?", t(4));
    let third = NewGeneration { may_pass: false, ..asked.clone() };
    let admission = store.generations.admit(&third, t(2)).await.unwrap();
    assert_eq!(admission, Admission::Busy(first.id), "it is under way, and not only waited for");
    store.end(&first, 1, Outcome::Canceled, vec![], t(3)).await;
    for max_in_flight in [1, 2, 1000] {
        let third = NewGeneration { may_pass: false, max_in_flight, ..asked.clone() };
        let admission = store.generations.admit(&third, t(4)).await.unwrap();
        assert_eq!(admission, Admission::Behind(second.generation.id));
    }
    let given = give(&store, chat.owner, 5).await.unwrap();
    assert_eq!(given.generation.id, second.generation.id);
    let third = NewGeneration { may_pass: false, max_in_flight: 2, ..asked };
    assert!(store.generations.admit(&third, t(6)).await.unwrap().is_created());
}

/// One after the other, each when there is room, its question after what was answered meanwhile.
pub async fn who_has_waited_longest_gets_a_turn_when_there_is_room(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let (second, third) =
        (held(&chat, Some(first.user_message_id), 2), held(&chat, Some(first.user_message_id), 3));
    for new in [&second, &third] {
        store.admit(new).await;
    }
    let give = async |seconds| give(&store, chat.owner, seconds).await.map(|it| it.generation);
    assert_eq!(give(4).await, None, "the first is under way");
    store.end(&first, 1, sample::succeeded(), sample::events(1, 1, &["Yes."]), t(5)).await;
    let given = give(6).await.unwrap();
    assert_eq!((given.id, given.held), (second.generation.id, false));
    assert_eq!(store.now(&given).await, given);
    assert_eq!(give(7).await, None, "the second is under way");
    let messages = store.messages(chat.id).await;
    let question = messages.iter().find(|m| m.id == given.user_message_id).unwrap();
    let answer = messages.iter().find(|m| m.generation_id == Some(first.id)).unwrap();
    assert_eq!((question.parent_id, question.created_at), (Some(answer.id), t(6)));
    assert_eq!(messages.last().map(|last| last.id), Some(question.id));
}

/// And so does its answer, though the clock that gives the turn, and the one that sees the end, are behind.
pub async fn a_turn_asks_after_what_it_follows_by_any_clock(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let second = held(&chat, Some(first.user_message_id), 2);
    store.admit(&second).await;
    store.end(&first, 1, sample::succeeded(), sample::events(1, 1, &["Yes."]), t(8)).await;
    let given = give(&store, chat.owner, 6).await.unwrap().generation;
    assert_eq!(store.now(&given).await, given);
    store.end(&given, 1, sample::succeeded(), sample::events(1, 1, &["So."]), t(5)).await;
    assert_eq!(store.said(chat.id).await, ["Hello?", "Yes.", "And then?", "So."]);
    // The same where the question before was moved, and has no answer.
    let (third, mut fourth) = (held(&chat, None, 9), held(&chat, None, 10));
    fourth.message.as_mut().unwrap().parent_id = Some(third.generation.user_message_id);
    for new in [&third, &fourth] {
        store.admit(new).await;
    }
    give(&store, chat.owner, 20).await.unwrap();
    store.end(&third.generation, 1, Outcome::Canceled, vec![], t(12)).await;
    give(&store, chat.owner, 13).await.unwrap();
    let last = store.messages(chat.id).await.pop().unwrap();
    assert_eq!(last.id, fourth.generation.user_message_id);
}

/// Each of them if there are several: it follows the answer to the last question that was asked, and its prompt has it.
pub async fn a_turn_passes_questions_that_were_stopped_before_theirs(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let mut line = vec![held(&chat, Some(first.user_message_id), 2)];
    for seconds in [3, 4] {
        let before = line.last().unwrap().generation.user_message_id;
        line.push(NewGeneration { max_held: 3, ..held(&chat, Some(before), seconds) });
    }
    for new in &line {
        store.admit(new).await;
    }
    for stopped in &line[..2] {
        store.stop(&stopped.generation, t(5)).await;
    }
    store.end(&first, 1, sample::succeeded(), sample::events(1, 1, &["Yes."]), t(6)).await;
    let given = give(&store, chat.owner, 7).await.unwrap();
    assert_eq!(given.generation.id, line[2].generation.id);
    assert_eq!(told(&given), ["Hello?", "Yes.", "And then?"]);
    // A question without an answer that somebody worked on was asked all the same.
    store.start(&given.generation, 1, t(8)).await;
    let next = held(&chat, Some(given.generation.user_message_id), 9);
    store.admit(&next).await;
    store.end(&given.generation, 1, Outcome::Canceled, vec![], t(10)).await;
    let given = give(&store, chat.owner, 11).await.unwrap();
    assert_eq!(told(&given), ["Hello?", "Yes.", "And then?", "And then?"]);
    // Where nothing was asked before, it begins the chat.
    let other = store.chat_of(chat.owner).await;
    let stopped = held(&other, None, 12);
    let next = held(&other, stopped.message.as_ref().map(|message| message.id), 13);
    for new in [&stopped, &next] {
        store.admit(new).await;
    }
    store.stop(&stopped.generation, t(14)).await;
    store.end(&given.generation, 1, Outcome::Canceled, vec![], t(15)).await;
    assert_eq!(told(&give(&store, chat.owner, 16).await.unwrap()), ["And then?"]);
}

/// What its job says.
fn told(given: &TurnGiven) -> Vec<String> {
    let job: Job = serde_json::from_slice(&given.job.envelope.body).unwrap();
    job.turns.into_iter().map(|turn| turn.content).collect()
}

/// In one transaction, made from all that was said before it: until it is published, it is the relay's.
pub async fn a_turn_comes_with_its_job(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let second = held(&chat, Some(first.user_message_id), 2);
    store.admit(&second).await;
    assert_eq!(give(&store, chat.owner, 3).await, None);
    assert_eq!(store.unsent().await, []);
    store.end(&first, 1, sample::succeeded(), sample::events(1, 1, &["Yes."]), t(4)).await;
    store.unsent().await;
    let given = give(&store, chat.owner, 5).await.unwrap();
    let than = Overdue { queued_before: t(99), streaming_before: t(99) };
    assert_eq!(store.progress.overdue(than, ALL).await.unwrap(), []);
    let unsent = store.unsent().await;
    assert_eq!(unsent.len(), 1);
    assert_eq!((unsent[0].id, &unsent[0].envelope), (given.job.id, &given.job.envelope));
    assert_eq!(told(&given), ["Hello?", "Yes.", "And then?"]);
    let backlog = store.progress.backlog(t(9)).await.unwrap();
    assert_eq!(backlog[0].first, t(5), "nobody could work on it before");
    let nobody = store.user().await.id;
    assert_eq!(give(&store, nobody, 6).await, None);
}

/// Each has one job.
pub async fn of_simultaneous_turns_there_are_as_many_as_there_is_room(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    for seconds in [2, 3] {
        store.admit(&held(&chat, None, seconds)).await;
    }
    store.end(&first, 1, sample::succeeded(), vec![], t(4)).await;
    store.unsent().await;
    let given = join_all((0..5).map(|_| give(&store, chat.owner, 5))).await;
    assert_eq!(given.iter().flatten().count(), 1);
    assert_eq!(store.unsent().await.len(), 1);
}

/// Whenever in the giving it comes: both count what is under way before they write.
pub async fn a_turn_given_beside_an_admission_stays_within_what_is_allowed(store: StoreUnderTest) {
    for round in 0..40 {
        let (chat, first) = busy(&store).await;
        store.admit(&held(&chat, None, 2)).await;
        store.end(&first, 1, sample::succeeded(), vec![], t(4)).await;
        let other = store.chat_of(chat.owner).await;
        let new = sample::new_generation(chat.owner, other.id, "And here?", t(5));
        let admitted = async {
            // As long as so many calls take.
            for _ in 0..round % 10 {
                store.progress.who_waits(None, 1, 1).await.unwrap();
            }
            store.generations.admit(&new, t(5)).await.unwrap()
        };
        let (given, admission) = join(give(&store, chat.owner, 5), admitted).await;
        let admitted = admission.is_created();
        assert!(given.is_some() != admitted, "round {round}: {given:?}, {admission:?}");
        let unfinished = store.progress.unfinished(None, ALL).await.unwrap();
        let under_way = unfinished.iter().filter(|found| found.user_id == chat.owner);
        assert_eq!(under_way.count(), 1, "round {round}");
    }
}

/// With all that was said after it, when its other answer gets a turn.
pub async fn a_question_that_was_asked_before_stays_where_it_is(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    store.end(&first, 1, sample::succeeded(), sample::events(1, 1, &["Yes."]), t(2)).await;
    let second = sample::new_generation(chat.owner, chat.id, "And then?", t(3));
    store.admit(&second).await;
    store.start(&second.generation, 1, t(3)).await;
    let mut again = held(&chat, None, 4);
    again.generation.user_message_id = first.user_message_id;
    again.message = None;
    store.admit(&again).await;
    store.end(&second.generation, 1, sample::succeeded(), vec![], t(5)).await;
    let before = store.messages(chat.id).await;
    let given = give(&store, chat.owner, 6).await.unwrap().generation;
    assert_eq!(given.id, again.generation.id);
    assert_eq!(store.messages(chat.id).await, before);
}

/// It never gets a turn.
pub async fn a_held_generation_is_canceled_at_once(store: StoreUnderTest) {
    let (chat, first) = busy(&store).await;
    let second = held(&chat, None, 2);
    store.admit(&second).await;
    let canceled = store.stop(&second.generation, t(3)).await;
    assert!(matches!(canceled, Cancellation::Canceled(_)), "{canceled:?}");
    assert_eq!(store.progress.who_waits(None, ALL, ALL).await.unwrap(), []);
    store.end(&first, 1, sample::succeeded(), vec![], t(5)).await;
    assert_eq!(give(&store, chat.owner, 6).await, None);
}
