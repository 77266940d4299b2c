//! Being accepted.

use domain::{
    generation::Generation,
    id::{ChatId, GenerationId},
    job::Sampling,
    ledger::AuditEvent,
    model::ModelRef,
};
use futures_util::future::join_all;
use ports::store::{Admission, NewGeneration, RequestFingerprint};

use super::super::bench::{StoreUnderTest, t};
use crate::{clock::epoch, sample};

/// A request in a chat of a new user, known as `request_id` with a body of all `body`.
async fn request(store: &StoreUnderTest, request_id: &str, body: u8) -> NewGeneration {
    let chat = store.chat().await;
    let new = sample::new_generation(chat.owner, chat.id, "Hello?", epoch());
    known_as(new, request_id, body)
}

fn known_as(mut new: NewGeneration, request_id: &str, body: u8) -> NewGeneration {
    let request_id = request_id.to_owned();
    new.generation.request_id = Some(request_id.clone());
    new.fingerprint = Some(RequestFingerprint { request_id, body_hash: [body; 32] });
    new
}

/// The same request once more, as another call makes it: with ids of its own.
fn again(new: &NewGeneration) -> NewGeneration {
    let mut again = new.clone();
    let generation = &new.generation;
    let other = sample::new_generation(generation.user_id, generation.chat_id, "Hello?", t(5));
    again.generation.id = other.generation.id;
    again.generation.user_message_id = other.message.as_ref().unwrap().id;
    again.message = other.message;
    again.outbox = other.outbox;
    again.audit = other.audit;
    again
}

async fn admit(store: &StoreUnderTest, new: &NewGeneration) -> Admission {
    store.generations.admit(new, t(9)).await.unwrap()
}

fn replayed(generation: &Generation) -> Admission {
    Admission::Replayed(Box::new(generation.clone()))
}

/// Every field.
pub async fn an_accepted_generation_is_kept_as_asked_for(store: StoreUnderTest) {
    let mut new = request(&store, "r-\u{1F980}", 1).await;
    new.generation.system_prompt = Some("Be brief.".to_owned());
    let other = |model: &str| ModelRef { provider: sample::provider(), model: model.to_owned() };
    new.generation.fallbacks = vec![other("sim-\u{0}"), other("sim-echo")];
    new.generation.chain = Some("best".to_owned());
    new.generation.sampling = Sampling { temperature: Some(0.7), max_tokens: Some(99) };
    assert!(admit(&store, &new).await.is_created());
    assert_eq!(store.now(&new.generation).await, new.generation);
}

/// In one transaction.
pub async fn an_accepted_generation_comes_with_its_question_and_its_job(store: StoreUnderTest) {
    let new = request(&store, "r", 1).await;
    admit(&store, &new).await;
    assert_eq!(store.messages(new.generation.chat_id).await, [new.message.unwrap()]);
    let unsent = store.unsent().await;
    assert_eq!(unsent.len(), 1);
    assert_eq!((unsent[0].id, &unsent[0].envelope), (new.outbox[0].id, &new.outbox[0].envelope));
    assert_eq!(audited(&store).await, [new.audit]);
}

async fn audited(store: &StoreUnderTest) -> Vec<AuditEvent> {
    store.ledger.audit(None, 10).await.unwrap().items
}

/// A name that is there stays.
pub async fn a_chat_without_a_name_is_named_by_its_first_question(store: StoreUnderTest) {
    let chat = store.chat().await;
    for question in ["First?", "Second?"] {
        let mut new = sample::new_generation(chat.owner, chat.id, question, epoch());
        new.max_in_flight = 2;
        let named = question == "First?";
        assert_eq!(admit(&store, &new).await, Admission::Created { named });
        let found = store.chats.find(chat.owner, chat.id).await.unwrap().unwrap();
        assert_eq!(found.title, "First?");
    }
}

/// A question is a change to its chat.
pub async fn an_accepted_generation_moves_its_chat_up(store: StoreUnderTest) {
    let new = request(&store, "r", 1).await;
    admit(&store, &new).await;
    let (owner, chat) = (new.generation.user_id, new.generation.chat_id);
    let found = store.chats.find(owner, chat).await.unwrap().unwrap();
    assert_eq!(found.updated_at, t(9));
}

/// And writes nothing.
pub async fn the_same_request_again_is_its_first_generation(store: StoreUnderTest) {
    let first = request(&store, "r", 1).await;
    admit(&store, &first).await;
    let second = again(&first);
    assert_eq!(admit(&store, &second).await, replayed(&first.generation));
    assert_eq!(store.said(first.generation.chat_id).await, ["Hello?"]);
    assert_eq!(store.unsent().await.len(), 1);
    let (owner, id) = (second.generation.user_id, second.generation.id);
    assert_eq!(store.generations.find(owner, id).await.unwrap(), None);
}

/// Before the chat is looked for, and before the limit; and it tells how the generation is now.
pub async fn a_replay_is_noticed_before_anything_else(store: StoreUnderTest) {
    let first = request(&store, "r", 1).await;
    admit(&store, &first).await;
    let mut elsewhere = again(&first);
    elsewhere.generation.chat_id = ChatId::generate(epoch());
    assert_eq!(admit(&store, &elsewhere).await, replayed(&first.generation));
    let events = sample::events(1, 1, &["Hi"]);
    store.end(&first.generation, 1, sample::succeeded(), events, t(2)).await;
    let now = store.now(&first.generation).await;
    assert_eq!(admit(&store, &again(&first)).await, replayed(&now));
}

/// And writes nothing, even when the first generation has ended.
pub async fn the_same_request_with_another_body_is_a_conflict(store: StoreUnderTest) {
    let first = request(&store, "r", 1).await;
    admit(&store, &first).await;
    let other = known_as(again(&first), "r", 2);
    assert_eq!(admit(&store, &other).await, Admission::Conflict);
    store.end(&first.generation, 1, sample::succeeded(), Vec::new(), t(2)).await;
    assert_eq!(admit(&store, &other).await, Admission::Conflict);
    let (owner, id) = (other.generation.user_id, other.generation.id);
    assert_eq!(store.generations.find(owner, id).await.unwrap(), None);
}

/// Request ids are each user's own.
///
/// Security case 40.
pub async fn the_same_request_of_another_user_is_another(store: StoreUnderTest) {
    for body in [1, 1, 2] {
        let new = request(&store, "r", body).await;
        assert!(admit(&store, &new).await.is_created());
    }
}

/// And all are told its id.
///
/// Security case 97.
pub async fn of_simultaneous_requests_with_one_id_one_creates(store: StoreUnderTest) {
    for (round, allowed) in [1, 1, 1000, 1000].into_iter().enumerate() {
        let mut first = request(&store, &format!("r{round}"), 1).await;
        first.max_in_flight = allowed;
        let calls: Vec<_> = (0..50).map(|_| again(&first)).collect();
        let admissions = join_all(calls.iter().map(|call| admit(&store, call))).await;
        let created: Vec<_> =
            calls.iter().zip(&admissions).filter(|(_, admission)| admission.is_created()).collect();
        assert_eq!(created.len(), 1, "round {round}");
        let made = created[0].0.generation.id;
        let told = admissions.iter().filter(
            |admission| matches!(admission, Admission::Replayed(found) if found.id == made),
        );
        assert_eq!(told.count(), 49, "round {round}");
        assert_eq!(store.messages(first.generation.chat_id).await.len(), 1);
        assert_eq!(store.unsent().await.len(), 1);
    }
}

/// Equal ones are asked twice.
pub async fn requests_without_an_id_are_never_the_same(store: StoreUnderTest) {
    let chat = store.chat().await;
    for _ in 0..2 {
        let mut new = sample::new_generation(chat.owner, chat.id, "Hello?", epoch());
        new.max_in_flight = 2;
        assert!(admit(&store, &new).await.is_created());
    }
    assert_eq!(store.said(chat.id).await.len(), 2);
}

/// A write whose answer was lost can be repeated, with a request id and without.
pub async fn a_call_repeated_as_a_whole_writes_once(store: StoreUnderTest) {
    let named = request(&store, "r", 1).await;
    let unnamed = NewGeneration { fingerprint: None, ..request(&store, "r", 1).await };
    for new in [named, unnamed] {
        admit(&store, &new).await;
        assert_eq!(admit(&store, &new).await, replayed(&new.generation));
        assert_eq!(store.said(new.generation.chat_id).await, ["Hello?"]);
        assert_eq!(store.unsent().await.len(), 1);
    }
}

/// In all chats together; a refusal names one of them and writes nothing.
pub async fn a_user_has_no_more_under_way_than_allowed(store: StoreUnderTest) {
    let first = request(&store, "r1", 1).await;
    admit(&store, &first).await;
    store.unsent().await;
    let owner = first.generation.user_id;
    let chat = store.chat_of(owner).await;
    let mut second = sample::new_generation(owner, chat.id, "Too soon?", t(1));
    assert_eq!(admit(&store, &second).await, Admission::Busy(first.generation.id));
    store.start(&first.generation, 1, t(1)).await;
    assert_eq!(admit(&store, &second).await, Admission::Busy(first.generation.id));
    assert_eq!(store.said(chat.id).await.len(), 0);
    assert_eq!(store.unsent().await, []);
    let untouched = store.chats.find(owner, chat.id).await.unwrap();
    assert_eq!(untouched, Some(chat));
    second.max_in_flight = 2;
    assert!(admit(&store, &second).await.is_created());
}

/// However many ask at once, and however many may: more than a server of the tests has connections, too.
///
/// Security case 97.
pub async fn simultaneous_requests_stay_within_what_is_allowed(store: StoreUnderTest) {
    for allowed in [1, 3, 320] {
        let chat = store.chat().await;
        let request = |_| {
            let new = sample::new_generation(chat.owner, chat.id, "Hello?", epoch());
            NewGeneration { max_in_flight: allowed, ..new }
        };
        let calls: Vec<_> = (0..allowed + 20).map(request).collect();
        let admissions = join_all(calls.iter().map(|call| admit(&store, call))).await;
        let mut created: Vec<GenerationId> = Vec::new();
        let mut named = Vec::new();
        for (call, admission) in calls.iter().zip(admissions) {
            match admission {
                Admission::Created { .. } => created.push(call.generation.id),
                Admission::Busy(id) => named.push(id),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(created.len(), allowed as usize);
        assert!(named.iter().all(|id| created.contains(id)), "{named:?} not in {created:?}");
        assert_eq!(store.said(chat.id).await.len(), created.len());
    }
}

/// Whichever way it ended.
pub async fn an_ended_generation_makes_room(store: StoreUnderTest) {
    let chat = store.chat().await;
    let mut last: Option<Generation> = None;
    for round in 0..3 {
        let new = sample::new_generation(chat.owner, chat.id, "Next?", t(round));
        if let Some(running) = last {
            assert_eq!(admit(&store, &new).await, Admission::Busy(running.id));
            if round == 1 {
                store.end(&running, 1, sample::succeeded(), vec![], t(9)).await;
            } else {
                store.stop(&running, t(9)).await;
            }
        }
        assert!(admit(&store, &new).await.is_created());
        last = Some(new.generation);
    }
}

/// And neither does a chat that is not there. Nothing is written.
pub async fn a_foreign_chat_takes_no_generation(store: StoreUnderTest) {
    let chat = store.chat().await;
    let stranger = store.user().await.id;
    for (user, id) in [(stranger, chat.id), (chat.owner, ChatId::generate(epoch()))] {
        let new = sample::new_generation(user, id, "Mine?", epoch());
        assert_eq!(admit(&store, &new).await, Admission::NoSuchChat);
        assert_eq!(store.generations.find(user, new.generation.id).await.unwrap(), None);
    }
    assert_eq!(store.said(chat.id).await.len(), 0);
    assert_eq!(store.unsent().await, []);
}

/// Looked for by a stranger.
pub async fn a_foreign_generation_does_not_exist(store: StoreUnderTest) {
    let generation = store.queued().await;
    let stranger = store.user().await.id;
    assert_eq!(store.generations.find(stranger, generation.id).await.unwrap(), None);
    assert_eq!(store.generations.active(stranger, generation.chat_id).await.unwrap(), None);
    let unfinished = store.generations.unfinished_in_chat(stranger, generation.chat_id);
    assert_eq!(unfinished.await.unwrap(), []);
    let unknown = GenerationId::generate(epoch());
    assert_eq!(store.generations.find(generation.user_id, unknown).await.unwrap(), None);
}

/// In this chat, not in another one.
pub async fn the_active_generation_is_the_newest_that_has_not_ended(store: StoreUnderTest) {
    let chat = store.chat().await;
    let (owner, other) = (chat.owner, store.chat_of(chat.owner).await);
    let active = async || store.generations.active(owner, chat.id).await.unwrap();
    assert_eq!(active().await, None);
    let mut made = Vec::new();
    for (chat, second) in [(chat.id, 1), (chat.id, 2), (other.id, 3)] {
        let mut new = sample::new_generation(owner, chat, "Hello?", t(second));
        new.max_in_flight = 3;
        store.admit(&new).await;
        made.push(new.generation);
    }
    assert_eq!(active().await, Some(made[1].id));
    store.start(&made[1], 1, t(4)).await;
    assert_eq!(active().await, Some(made[1].id));
    store.end(&made[1], 1, sample::succeeded(), vec![], t(5)).await;
    assert_eq!(active().await, Some(made[0].id));
    store.end(&made[0], 1, sample::succeeded(), vec![], t(5)).await;
    assert_eq!(active().await, None);
}

/// Of several held ones it is the one whose turn comes first.
pub async fn what_is_held_is_active_only_where_nothing_else_is(store: StoreUnderTest) {
    let chat = store.chat().await;
    let made = [1, 2, 3].map(|second| {
        let mut new = sample::new_generation(chat.owner, chat.id, "Hello?", t(second));
        new.generation.held = second > 1;
        new.max_held = 2;
        new
    });
    for new in &made {
        store.admit(new).await;
    }
    let [first, second, third] = made.map(|new| new.generation);
    let unfinished = async || {
        let (owner, id) = (chat.owner, chat.id);
        let unfinished = store.generations.unfinished_in_chat(owner, id).await.unwrap();
        let active = store.generations.active(owner, id).await.unwrap();
        (unfinished, active)
    };
    let id = first.id;
    assert_eq!(unfinished().await, (vec![first.clone(), second.clone(), third.clone()], Some(id)));
    store.end(&first, 1, sample::succeeded(), vec![], t(4)).await;
    let id = second.id;
    assert_eq!(unfinished().await, (vec![second, third], Some(id)));
}

/// Its question stays the one message that it was, and both answers follow it.
pub async fn another_answer_to_a_question_writes_no_question(store: StoreUnderTest) {
    let chat = store.chat().await;
    let first = sample::new_generation(chat.owner, chat.id, "Hello?", t(1));
    store.admit(&first).await;
    store.start(&first.generation, 1, t(1)).await;
    store.end(&first.generation, 1, sample::succeeded(), sample::events(1, 1, &["a"]), t(2)).await;
    let question = first.message.unwrap();
    let mut again = sample::new_generation(chat.owner, chat.id, "Hello?", t(3));
    again.generation.user_message_id = question.id;
    again.message = None;
    store.admit(&again).await;
    store.start(&again.generation, 1, t(3)).await;
    store.end(&again.generation, 1, sample::succeeded(), sample::events(1, 1, &["b"]), t(4)).await;
    let messages = store.messages(chat.id).await;
    let parents: Vec<_> = messages.iter().map(|message| message.parent_id).collect();
    assert_eq!(parents, [None, Some(question.id), Some(question.id)]);
}

/// What was said since belongs to what is answered. It is told, unless the question waits, or names what it follows.
pub async fn a_question_follows_the_newest_message_if_it_is_to(store: StoreUnderTest) {
    let chat = store.chat().await;
    let question = |seconds: u64, parent_id| {
        let mut new = sample::new_generation(chat.owner, chat.id, "And?", t(seconds));
        new.message.as_mut().unwrap().parent_id = parent_id;
        NewGeneration { max_in_flight: 9, max_held: 9, follows_newest: true, ..new }
    };
    let first = question(1, None);
    assert!(admit(&store, &first).await.is_created(), "the chat is empty");
    let (first, overtaken) = (first.message.unwrap().id, question(2, None));
    assert_eq!(admit(&store, &overtaken).await, Admission::Overtaken);
    assert_eq!(store.generations.find(chat.owner, overtaken.generation.id).await.unwrap(), None);
    let second = question(3, Some(first));
    assert!(admit(&store, &second).await.is_created());
    assert_eq!(admit(&store, &question(4, Some(first))).await, Admission::Overtaken);
    let mut waits = question(5, Some(first));
    waits.generation.held = true;
    assert!(admit(&store, &waits).await.is_created());
    let beside = NewGeneration { follows_newest: false, ..question(6, Some(first)) };
    assert!(admit(&store, &beside).await.is_created());
}
