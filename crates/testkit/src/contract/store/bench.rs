//! What every case works with.

use std::{sync::Arc, time::Duration};

use domain::{
    account::User,
    attempt::Outcome,
    chat::{Chat, Message, Reach},
    event::SeqEvent,
    generation::Generation,
    id::{ChatId, MessageId, UserId},
    time::Timestamp,
};
use ports::store::{
    Accounts, ApiKeys, Cancellation, Chats, Generations, Jobs, Ledger, NewGeneration, NewOutboxRow,
    Outbox, OutboxRow, Overdue, Pools, Progress, Rest, Settle, Settlement, ShownMessage,
};

use super::super::waiting::Guard;
use crate::{clock::epoch, sample};

/// A store to be tried, empty at first.
pub struct StoreUnderTest {
    /// Accounts and refresh tokens.
    pub accounts: Arc<dyn Accounts>,
    /// Keys with which programs speak for users.
    pub api_keys: Arc<dyn ApiKeys>,
    /// Chats and messages.
    pub chats: Arc<dyn Chats>,
    /// Generations, as their users see them.
    pub generations: Arc<dyn Generations>,
    /// Generations, as workers move them.
    pub progress: Arc<dyn Progress>,
    /// Generations, as operators look for them.
    pub jobs: Arc<dyn Jobs>,
    /// Messages waiting to be published.
    pub outbox: Arc<dyn Outbox>,
    /// The usage and audit books.
    pub ledger: Arc<dyn Ledger>,
    /// What operators want of pools.
    pub pools: Arc<dyn Pools>,
    /// Kept until the case is over.
    pub guard: Guard,
}

/// So many seconds after the beginning.
pub(super) fn t(seconds: u64) -> Timestamp {
    epoch() + Duration::from_secs(seconds)
}

/// Everything, where a limit is asked for.
pub(super) const ALL: u32 = 1000;

/// A whole line.
pub(super) const WHOLE: Reach = Reach { messages: ALL, bytes: 1_000_000 };

impl StoreUnderTest {
    /// A user with an account.
    pub(super) async fn user(&self) -> User {
        let user = sample::user(epoch());
        self.accounts.create(sample::account(user.clone())).await.unwrap();
        user
    }

    /// A chat of a new user.
    pub(super) async fn chat(&self) -> Chat {
        self.chat_of(self.user().await.id).await
    }

    /// A chat of `owner`.
    pub(super) async fn chat_of(&self, owner: UserId) -> Chat {
        let chat = sample::chat(owner, epoch());
        self.chats.create(&chat).await.unwrap();
        chat
    }

    /// A generation of a new user, queued at `at`, its job published.
    pub(super) async fn queued_at(&self, at: Timestamp) -> Generation {
        let chat = self.chat().await;
        let new = sample::new_generation(chat.owner, chat.id, "Hello?", at);
        self.admit(&new).await;
        self.sent(&new.outbox).await;
        new.generation
    }

    /// A generation of a new user, queued at the beginning, its job published.
    pub(super) async fn queued(&self) -> Generation {
        self.queued_at(epoch()).await
    }

    /// A generation of a new user in its first attempt since `at`.
    pub(super) async fn streaming_at(&self, at: Timestamp) -> Generation {
        let queued = self.queued_at(at).await;
        self.start(&queued, 1, at).await.into_generation().unwrap()
    }

    /// A generation of a new user in its first attempt.
    pub(super) async fn streaming(&self) -> Generation {
        self.streaming_at(epoch()).await
    }

    /// Has `new` accepted.
    pub(super) async fn admit(&self, new: &NewGeneration) {
        let at = new.generation.created_at;
        assert!(self.generations.admit(new, at).await.unwrap().is_created());
    }

    /// Reports that `attempt` began.
    pub(super) async fn start(&self, of: &Generation, attempt: u32, at: Timestamp) -> Settlement {
        self.progress.started(&sample::started(of, attempt, at)).await.unwrap()
    }

    /// Reports that `attempt` ended, with a usage entry to be published.
    pub(super) async fn end(
        &self,
        of: &Generation,
        attempt: u32,
        outcome: Outcome,
        events: Vec<SeqEvent>,
        at: Timestamp,
    ) -> Settlement {
        let ended = sample::ended(of, attempt, outcome, events, at);
        let outbox = vec![sample::usage_row(of, at)];
        let settle = Settle { ended: &ended, message_id: MessageId::generate(at), outbox };
        self.progress.settle(&settle, at).await.unwrap()
    }

    /// Asks `of` to stop, of whose log nothing is left.
    pub(super) async fn stop(&self, of: &Generation, at: Timestamp) -> Cancellation {
        let rest = Rest::default();
        let stop = sample::stop(&rest, at);
        self.generations.cancel(of.user_id, of.id, stop, at).await.unwrap()
    }

    /// The generation as its owner sees it now.
    pub(super) async fn now(&self, of: &Generation) -> Generation {
        self.generations.find(of.user_id, of.id).await.unwrap().unwrap()
    }

    /// All messages of a chat, oldest first.
    pub(super) async fn messages(&self, chat: ChatId) -> Vec<Message> {
        self.shown(chat).await.into_iter().map(|shown| shown.message).collect()
    }

    /// The same, each with what it took.
    pub(super) async fn shown(&self, chat: ChatId) -> Vec<ShownMessage> {
        let Some(owner) = self.chats.owner(chat).await.unwrap() else { return Vec::new() };
        let page = self.chats.messages(owner, chat, None, ALL).await.unwrap();
        page.into_iter().flat_map(|page| page.items).rev().collect()
    }

    /// What is said in a chat, oldest first.
    pub(super) async fn said(&self, chat: ChatId) -> Vec<String> {
        self.messages(chat).await.into_iter().map(|message| message.content).collect()
    }

    /// All archived events.
    pub(super) async fn archive(&self, of: &Generation) -> Vec<SeqEvent> {
        self.generations.archived_events(of.id, 0, ALL).await.unwrap()
    }

    /// Marks rows as published.
    pub(super) async fn sent(&self, rows: &[NewOutboxRow]) {
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        self.outbox.mark_sent(&ids).await.unwrap();
    }

    /// Takes every row out of the outbox.
    pub(super) async fn unsent(&self) -> Vec<OutboxRow> {
        let never = t(1_000_000);
        let rows = self.outbox.claim(ALL, never, never).await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        self.outbox.mark_sent(&ids).await.unwrap();
        rows
    }

    /// Those of `of` that nobody seems to work on.
    pub(super) async fn overdue(&self, queued: Timestamp, streaming: Timestamp) -> Vec<Generation> {
        let than = Overdue { queued_before: queued, streaming_before: streaming };
        self.progress.overdue(than, ALL).await.unwrap()
    }
}
