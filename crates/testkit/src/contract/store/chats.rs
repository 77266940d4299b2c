//! Promises of `ports::store::Chats`.

use std::collections::BTreeSet;

use domain::{
    chat::{Chat, Message, Reach, Speaker},
    id::{ChatId, MessageId, UserId},
};
use ports::store::{
    Admission, ChatChange, Cursor, MessageAppended, PAGE_TEXT, Page, Settlement, ShownMessage,
    Towards,
};

use super::bench::{ALL, StoreUnderTest, WHOLE, t};
use crate::{clock::epoch, contract::contract, sample};

contract! {
    /// One test per promise of `ports::store::Chats`. Takes the path of an async function that
    /// makes a `testkit::contract::store::StoreUnderTest`.
    chats_contract = testkit::contract::store::chats:
        a_chat_is_kept_as_it_was_made,
        what_is_sought_is_a_text,
        a_chat_made_again_is_the_same,
        a_foreign_chat_does_not_exist,
        a_chat_has_an_owner,
        chats_are_found_by_what_is_in_them,
        a_renamed_chat_tells_its_name_and_time,
        chats_come_latest_changed_first,
        chats_come_in_pages,
        a_message_moves_its_chat_up,
        a_message_is_kept_as_it_was_said,
        a_message_appended_again_is_there_once,
        a_chat_without_a_name_is_named_by_its_first_message,
        messages_come_newest_first_in_pages,
        a_page_of_messages_holds_so_much_text,
        an_empty_chat_has_an_empty_page,
        history_comes_oldest_first_up_to_the_last,
        history_is_one_line_wherever_its_messages_are,
        history_ends_where_enough_was_said,
        it_is_known_when_a_message_was_said,
        a_deleted_chat_is_gone_with_all_in_it,
        a_generation_under_way_is_gone_with_its_chat,
}

async fn list(store: &StoreUnderTest, owner: UserId) -> Vec<ChatId> {
    let page = store.chats.list(owner, None, ALL).await.unwrap();
    page.items.into_iter().map(|chat| chat.id).collect()
}

async fn append(store: &StoreUnderTest, chat: &Chat, content: &str, seconds: u64) -> Message {
    let message = sample::message(chat.id, content, t(seconds));
    let appended = store.chats.append(chat.owner, &message, "").await.unwrap();
    assert_eq!(appended, MessageAppended::Appended { named: false });
    message
}

/// What was kept is what was given.
pub async fn a_chat_is_kept_as_it_was_made(store: StoreUnderTest) {
    let owner = store.user().await.id;
    let title = "Über \"quotes\", \u{1F980} and \\n".to_owned();
    let chat = Chat { title, updated_at: t(3), ..sample::chat(owner, t(2)) };
    store.chats.create(&chat).await.unwrap();
    assert_eq!(store.chats.find(owner, chat.id).await.unwrap(), Some(chat.clone()));
    assert_eq!(store.chats.list(owner, None, ALL).await.unwrap().items, [chat]);
}

/// Whoever asks.
pub async fn a_chat_has_an_owner(store: StoreUnderTest) {
    let chat = store.chat().await;
    assert_eq!(store.chats.owner(chat.id).await.unwrap(), Some(chat.owner));
    assert_eq!(store.chats.owner(ChatId::generate(epoch())).await.unwrap(), None);
}

/// In their names and messages, as they stand there: nothing in the text is a pattern.
///
/// Security cases 46, 89.
pub async fn chats_are_found_by_what_is_in_them(store: StoreUnderTest) {
    let owner = store.user().await.id;
    let [named, said, both] =
        [store.chat_of(owner).await, store.chat_of(owner).await, store.chat_of(owner).await];
    let foreign = store.chat().await;
    store.chats.rename(owner, named.id, "All about Otters_", t(1)).await.unwrap();
    append(&store, &said, "100% otters, 50! more", 2).await;
    store.chats.rename(owner, both.id, "otters", t(3)).await.unwrap();
    append(&store, &both, "OTTERS", 3).await;
    append(&store, &foreign, "otters", 4).await;
    for (text, limit, found) in [
        ("otters", ALL, vec![both.id, said.id, named.id]),
        ("OTTERS", 2, vec![both.id, said.id]),
        ("s_", ALL, vec![named.id]),
        ("%", ALL, vec![said.id]),
        ("0! m", ALL, vec![said.id]),
        ("ot%rs", ALL, vec![]),
    ] {
        let chats = store.chats.search(owner, text, limit).await.unwrap();
        assert_eq!(chats.into_iter().map(|chat| chat.id).collect::<Vec<_>>(), found, "{text}");
    }
}

/// Whatever a database would make of it elsewhere.
///
/// Security case 46.
pub async fn what_is_sought_is_a_text(store: StoreUnderTest) {
    let owner = store.user().await.id;
    let texts = [
        "'; DROP TABLE messages; --",
        "x' OR '1'='1",
        "\") UNION SELECT password_hash FROM users --",
        "\\' /* $1 ?1 :a */",
        "100%",
        "a_b",
        "!",
    ];
    let mut chats = Vec::new();
    for (second, text) in (1..).zip(texts) {
        let titled = Chat { title: text.to_owned(), ..sample::chat(owner, t(second)) };
        store.chats.create(&titled).await.unwrap();
        let chat = sample::chat(owner, t(second + 100));
        store.chats.create(&chat).await.unwrap();
        append(&store, &chat, text, second + 100).await;
        chats.extend([(titled.id, text), (chat.id, text)]);
    }
    for sought in texts.into_iter().chain(["%", "_", "a%b", "?1", "$1"]) {
        let holding = chats.iter().filter(|(_, text)| text.contains(sought)).map(|(id, _)| *id);
        let found = store.chats.search(owner, sought, ALL).await.unwrap();
        let found: BTreeSet<_> = found.into_iter().map(|chat| chat.id).collect();
        assert_eq!(found, holding.collect(), "{sought}");
    }
}

/// A write whose answer was lost can be repeated.
pub async fn a_chat_made_again_is_the_same(store: StoreUnderTest) {
    let chat = store.chat().await;
    store.chats.rename(chat.owner, chat.id, "Named", t(1)).await.unwrap();
    store.chats.create(&chat).await.unwrap();
    let found = store.chats.find(chat.owner, chat.id).await.unwrap().unwrap();
    assert_eq!(found.title, "Named");
}

/// Every method answers a stranger as if there were no such chat, and changes nothing.
pub async fn a_foreign_chat_does_not_exist(store: StoreUnderTest) {
    let chat = store.chat().await;
    append(&store, &chat, "mine", 0).await;
    let stranger = store.user().await.id;
    let message = sample::message(chat.id, "yours", t(1));
    let (chats, id) = (&store.chats, chat.id);
    assert_eq!(chats.find(stranger, id).await.unwrap(), None);
    assert_eq!(chats.rename(stranger, id, "Mine", t(1)).await.unwrap(), ChatChange::NotFound);
    assert_eq!(chats.append(stranger, &message, "Mine").await.unwrap(), MessageAppended::NotFound);
    assert_eq!(chats.messages(stranger, id, None, ALL).await.unwrap(), None);
    assert_eq!(chats.delete(stranger, id).await.unwrap(), ChatChange::NotFound);
    assert_eq!(list(&store, stranger).await, []);
    assert_eq!(chats.find(chat.owner, id).await.unwrap(), Some(chat));
    assert_eq!(store.said(id).await, ["mine"]);
}

/// A change answers with the chat as it is now.
pub async fn a_renamed_chat_tells_its_name_and_time(store: StoreUnderTest) {
    let chat = store.chat().await;
    let named = Chat { title: "Named".to_owned(), updated_at: t(7), ..chat };
    let change = store.chats.rename(named.owner, named.id, "Named", t(7)).await.unwrap();
    assert_eq!(change, ChatChange::Changed(named.clone()));
    assert_eq!(store.chats.find(named.owner, named.id).await.unwrap(), Some(named));
}

/// A change moves a chat to the top.
pub async fn chats_come_latest_changed_first(store: StoreUnderTest) {
    let owner = store.user().await.id;
    let mut ids = Vec::new();
    for second in 0..3 {
        let chat = sample::chat(owner, t(second));
        store.chats.create(&chat).await.unwrap();
        ids.insert(0, chat.id);
    }
    assert_eq!(list(&store, owner).await, ids);
    store.chats.rename(owner, ids[2], "Up", t(9)).await.unwrap();
    assert_eq!(list(&store, owner).await, [ids[2], ids[0], ids[1]]);
}

/// Pages follow each other without a gap or a repetition, even through chats of one time.
pub async fn chats_come_in_pages(store: StoreUnderTest) {
    let owner = store.user().await.id;
    for second in [0, 1, 1, 1, 2, 3, 3] {
        store.chats.create(&sample::chat(owner, t(second))).await.unwrap();
    }
    let all = list(&store, owner).await;
    assert_eq!(all.len(), 7);
    for size in [1, 2, 3, 7, 8] {
        let pages =
            pages(size, async |after| store.chats.list(owner, after, size).await.unwrap()).await;
        let ids: Vec<_> = pages.iter().map(|chat| chat.id).collect();
        assert_eq!(ids, all, "pages of {size}");
    }
}

/// All items, read in pages of `size`, to the end and back again.
pub(super) async fn pages<T: PartialEq + std::fmt::Debug>(
    size: u32,
    read: impl AsyncFn(Option<Cursor>) -> Page<T>,
) -> Vec<T> {
    let mut items = Vec::new();
    let mut last = read(None).await;
    loop {
        assert!(last.items.len() <= size as usize, "a page holds too much");
        let is_full = last.items.len() == size as usize;
        assert!(last.next.is_none() || is_full, "a page holds too little");
        let (next, previous) = (last.next, last.previous);
        items.extend(last.items);
        assert!(items.len() < 100, "the pages never end");
        let Some(next) = next else {
            check_way_back(&items, previous, read).await;
            return items;
        };
        last = read(Some(next)).await;
        assert!(!last.items.is_empty(), "a page follows the last one");
    }
}

/// From the last page, which begins at `previous`, back to the newest item.
async fn check_way_back<T: PartialEq + std::fmt::Debug>(
    items: &[T],
    mut previous: Option<Cursor>,
    read: impl AsyncFn(Option<Cursor>) -> Page<T>,
) {
    let mut end = None;
    loop {
        let page = read(previous).await;
        let Some(first) = page.items.first() else { break };
        let begin = items.iter().position(|item| item == first).unwrap();
        assert_eq!(page.items, items[begin..begin + page.items.len()]);
        assert!(end.is_none_or(|end| begin + page.items.len() == end), "pages join");
        assert!(page.next.is_some(), "older ones are there");
        (end, previous) = (Some(begin), page.previous);
    }
    assert!(end.is_none_or(|end| end == 0), "the newest is reached");
}

/// Talking in a chat is a change to it.
pub async fn a_message_moves_its_chat_up(store: StoreUnderTest) {
    let first = store.chat().await;
    let second = sample::chat(first.owner, t(1));
    store.chats.create(&second).await.unwrap();
    append(&store, &first, "Hello", 5).await;
    assert_eq!(list(&store, first.owner).await, [first.id, second.id]);
    let found = store.chats.find(first.owner, first.id).await.unwrap().unwrap();
    assert_eq!(found.updated_at, t(5));
}

/// Whatever the text, and whoever speaks.
pub async fn a_message_is_kept_as_it_was_said(store: StoreUnderTest) {
    let chat = store.chat().await;
    let texts = ["", "line\r\nline", "\u{1F980}'\";--", "zero\u{0}byte", "%_\\"];
    let roles = [Speaker::User, Speaker::Assistant, Speaker::System].into_iter().cycle();
    let mut said = Vec::new();
    for ((text, role), second) in texts.into_iter().zip(roles).zip(0..) {
        let message = Message { role, ..sample::message(chat.id, text, t(second)) };
        store.chats.append(chat.owner, &message, "").await.unwrap();
        said.push(message);
    }
    assert_eq!(store.messages(chat.id).await, said);
}

/// Only then, and whoever named it is told so.
pub async fn a_chat_without_a_name_is_named_by_its_first_message(store: StoreUnderTest) {
    let chat = store.chat().await;
    for (title, named) in [("", false), ("First \u{1F980}", true), ("Second", false)] {
        let message = sample::message(chat.id, title, t(1));
        let appended = store.chats.append(chat.owner, &message, title).await.unwrap();
        assert_eq!(appended, MessageAppended::Appended { named }, "{title}");
    }
    let found = store.chats.find(chat.owner, chat.id).await.unwrap().unwrap();
    assert_eq!(found.title, "First \u{1F980}");
    // A question finds the name there already.
    let new = sample::new_generation(chat.owner, chat.id, "Third?", t(2));
    let admission = store.generations.admit(&new, t(2)).await.unwrap();
    assert_eq!(admission, Admission::Created { named: false });
}

/// A write whose answer was lost can be repeated.
pub async fn a_message_appended_again_is_there_once(store: StoreUnderTest) {
    let chat = store.chat().await;
    let message = append(&store, &chat, "once", 1).await;
    let again = store.chats.append(chat.owner, &message, "").await.unwrap();
    assert_eq!(again, MessageAppended::Appended { named: false });
    assert_eq!(store.said(chat.id).await, ["once"]);
}

/// Pages follow each other without a gap or a repetition, even through messages of one time.
pub async fn messages_come_newest_first_in_pages(store: StoreUnderTest) {
    let chat = store.chat().await;
    let mut newest_first = Vec::new();
    for second in [1, 2, 2, 2, 3] {
        let message = append(&store, &chat, "…", second).await;
        newest_first.push(ShownMessage { message, spent: None });
    }
    let place = |shown: &ShownMessage| (shown.message.created_at, shown.message.id);
    newest_first.sort_by_key(|shown| std::cmp::Reverse(place(shown)));
    for size in [1, 2, 5, 6] {
        let read = async |after| {
            store.chats.messages(chat.owner, chat.id, after, size).await.unwrap().unwrap()
        };
        assert_eq!(pages(size, read).await, newest_first, "pages of {size}");
    }
}

/// And at least one message, however long that is. None is skipped or repeated, whichever way they are read.
pub async fn a_page_of_messages_holds_so_much_text(store: StoreUnderTest) {
    let chat = store.chat().await;
    let most = usize::try_from(PAGE_TEXT).unwrap();
    // Bytes count, not letters, of which each has two.
    for (bytes, second) in
        [10, most / 2, most / 2, 10, most - 2, 2, 3 * most, 10, most, 10].into_iter().zip(0..)
    {
        append(&store, &chat, &"ä".repeat(bytes / 2), second).await;
    }
    for (limit, sizes) in [(ALL, vec![2, 2, 2, 3, 1]), (2, vec![2; 5]), (1, vec![1; 10])] {
        let read = async |after: Option<Cursor>| {
            let page = store.chats.messages(chat.owner, chat.id, after, limit).await.unwrap();
            let page = page.unwrap();
            let mut lengths: Vec<_> =
                page.items.iter().map(|item| item.message.content.len()).collect();
            if after.is_some_and(|after| after.towards == Towards::Newer) {
                lengths.reverse();
            }
            let before_the_last: usize = lengths.iter().rev().skip(1).sum();
            assert!(before_the_last < most, "{before_the_last} bytes, and more");
            page
        };
        let (mut items, mut read_sizes, mut page) = (Vec::new(), Vec::new(), read(None).await);
        loop {
            read_sizes.push(page.items.len());
            items.extend(page.items);
            let Some(next) = page.next else { break };
            page = read(Some(next)).await;
        }
        assert_eq!(read_sizes, sizes, "with a limit of {limit}");
        assert_eq!(items.len(), 10);
        assert!(items.is_sorted_by_key(|item| std::cmp::Reverse(item.message.created_at)));
        check_way_back(&items, page.previous, read).await;
    }
}

/// No messages is not the same as no chat.
pub async fn an_empty_chat_has_an_empty_page(store: StoreUnderTest) {
    let chat = store.chat().await;
    let empty = Page { items: Vec::new(), next: None, previous: None };
    let messages = store.chats.messages(chat.owner, chat.id, None, ALL).await.unwrap();
    assert_eq!(messages, Some(empty));
    let unknown = ChatId::generate(epoch());
    assert_eq!(store.chats.messages(chat.owner, unknown, None, ALL).await.unwrap(), None);
    assert_eq!(store.chats.history(unknown, None, WHOLE).await.unwrap(), []);
}

/// What a model is told ends with the question it is asked.
pub async fn history_comes_oldest_first_up_to_the_last(store: StoreUnderTest) {
    let chat = store.chat().await;
    let messages = line(&store, &chat, None, 0..6).await;
    let history = async |last: Option<MessageId>, messages| {
        let reach = Reach { messages, ..WHOLE };
        store.chats.history(chat.id, last, reach).await.unwrap()
    };
    assert_eq!(history(None, ALL).await, messages);
    assert_eq!(history(None, 2).await, messages[4..]);
    assert_eq!(history(Some(messages[3].id), ALL).await, messages[..=3]);
    assert_eq!(history(Some(messages[3].id), 2).await, messages[2..=3]);
    let other = store.chat_of(chat.owner).await;
    assert_eq!(store.chats.history(other.id, Some(messages[3].id), WHOLE).await.unwrap(), []);
}

/// Messages of a chat, said one after the other in these seconds, of which the first follows `parent`.
async fn line(
    store: &StoreUnderTest,
    chat: &Chat,
    mut parent: Option<MessageId>,
    seconds: std::ops::Range<u64>,
) -> Vec<Message> {
    let mut line = Vec::new();
    for second in seconds {
        let said = sample::message(chat.id, "four", t(second));
        let message = Message { parent_id: parent, ..said };
        store.chats.append(chat.owner, &message, "").await.unwrap();
        parent = Some(message.id);
        line.push(message);
    }
    line
}

/// However much was said beside it, and whichever of its messages was stored first. It ends where it has said enough.
pub async fn history_is_one_line_wherever_its_messages_are(store: StoreUnderTest) {
    let chat = store.chat().await;
    let long = line(&store, &chat, None, 0..40).await;
    let branch = line(&store, &chat, Some(long[4].id), 50..52).await;
    // Said after what follows it.
    let late = line(&store, &chat, Some(branch[1].id), 90..91).await;
    let early = line(&store, &chat, Some(late[0].id), 60..61).await;
    let whole = [&long[..5], &branch, &late, &early].concat();
    for (messages, bytes, told) in [
        (30, 1000, 9),
        (8, 1000, 8),
        (5, 1000, 5),
        (1, 1000, 1),
        (30, 20, 5),
        (30, 21, 6),
        (30, 1, 1),
    ] {
        let reach = Reach { messages, bytes };
        let said = store.chats.history(chat.id, Some(early[0].id), reach).await.unwrap();
        assert_eq!(said, whole[9 - told..], "{reach:?}");
    }
    let newest = store.chats.history(chat.id, None, WHOLE).await.unwrap();
    assert_eq!(newest, whole[..8], "ends with what was said last");
}

/// Whatever is said beside the line counts as well, and ends it no sooner.
pub async fn history_ends_where_enough_was_said(store: StoreUnderTest) {
    let chat = store.chat().await;
    let mut said = line(&store, &chat, None, 0..6).await;
    for (bytes, told) in [(0, 1), (1, 1), (4, 1), (5, 2), (8, 2), (9, 3), (1000, 6)] {
        let reach = Reach { messages: ALL, bytes };
        for last in [None, Some(said[5].id)] {
            let history = store.chats.history(chat.id, last, reach).await.unwrap();
            assert_eq!(history, said[6 - told..], "{last:?} {reach:?}");
        }
    }
    let aside = sample::message(chat.id, &"aside".repeat(100), t(7));
    let aside = Message { parent_id: Some(said[2].id), ..aside };
    store.chats.append(chat.owner, &aside, "").await.unwrap();
    said.extend(line(&store, &chat, Some(said[5].id), 8..9).await);
    for (bytes, told) in [(4, 1), (5, 2), (20, 5), (1000, 7)] {
        let reach = Reach { messages: ALL, bytes };
        let history = store.chats.history(chat.id, None, reach).await.unwrap();
        assert_eq!(history, said[7 - told..], "{reach:?}");
    }
}

/// Of the newest one, and of any.
pub async fn it_is_known_when_a_message_was_said(store: StoreUnderTest) {
    let chat = store.chat().await;
    let when = async |chat, id| store.chats.when_said(chat, id).await.unwrap();
    assert_eq!(when(chat.id, None).await, None);
    let [first, second] =
        [append(&store, &chat, "one", 1).await, append(&store, &chat, "two", 2).await];
    assert_eq!(when(chat.id, None).await, Some((second.id, t(2))));
    assert_eq!(when(chat.id, Some(first.id)).await, Some((first.id, t(1))));
    let other = store.chat_of(chat.owner).await;
    assert_eq!(when(other.id, Some(first.id)).await, None, "it is another chat's");
    let unknown = MessageId::generate(t(1));
    assert_eq!(when(chat.id, Some(unknown)).await, None);
}

/// Chat, messages and generations go together, and what was booked stays.
pub async fn a_deleted_chat_is_gone_with_all_in_it(store: StoreUnderTest) {
    let generation = store.streaming().await;
    let events = sample::events(1, 1, &["Hi"]);
    let end = store.end(&generation, 1, sample::succeeded(), events, t(2)).await;
    assert!(matches!(end, Settlement::Changed(_)));
    let usage = super::ledger::usage(generation.user_id, generation.id, 1, t(2));
    store.ledger.post_usage(&[usage]).await.unwrap();
    let (owner, chat) = (generation.user_id, generation.chat_id);
    let kept = store.chats.find(owner, chat).await.unwrap().unwrap();
    let change = store.chats.delete(owner, chat).await.unwrap();
    assert_eq!(change, ChatChange::Changed(kept));
    assert_eq!(store.chats.find(owner, chat).await.unwrap(), None);
    assert_eq!(store.chats.messages(owner, chat, None, ALL).await.unwrap(), None);
    assert_eq!(store.messages(chat).await, []);
    assert_eq!(store.generations.find(owner, generation.id).await.unwrap(), None);
    assert_eq!(store.archive(&generation).await, []);
    assert_eq!(store.chats.delete(owner, chat).await.unwrap(), ChatChange::NotFound);
    let days = store.ledger.daily_usage(owner, t(0).date_naive()).await.unwrap();
    assert_eq!(days.len(), 1, "what was booked stays");
}

/// Its reports are answered as unknown, and it holds up nothing.
pub async fn a_generation_under_way_is_gone_with_its_chat(store: StoreUnderTest) {
    let generation = store.streaming().await;
    let owner = generation.user_id;
    store.chats.delete(owner, generation.chat_id).await.unwrap();
    assert_eq!(store.start(&generation, 2, t(1)).await, Settlement::Unknown);
    let events = sample::events(1, 1, &["Hi"]);
    let end = store.end(&generation, 1, sample::succeeded(), events, t(2)).await;
    assert_eq!(end, Settlement::Unknown);
    assert_eq!(store.unsent().await, []);
    assert_eq!(store.overdue(t(99), t(99)).await, []);
    assert_eq!(store.progress.unfinished(None, ALL).await.unwrap(), []);
    let chat = store.chat_of(owner).await;
    let new = sample::new_generation(owner, chat.id, "Again?", t(3));
    assert!(store.generations.admit(&new, t(3)).await.unwrap().is_created());
}
