//! Parts of the house that can be taken away for a while.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::NaiveDate;
use domain::{
    chat::{Chat, Message, Reach},
    generation::Generation,
    id::{ChatId, GenerationId, MessageId, UserId},
    ledger::{AuditEvent, UsageEvent},
    notice::Notice,
    report::Started,
    time::Timestamp,
};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use ports::{
    live::{
        Cancels, Concluded, EventLog, Heard, InFlight, Limits, LiveError, LogBatches, LogRead,
        Notices, Process, Quota, Seating, Verdicts,
    },
    queue::{
        DeadLetter, DeadPlace, Deliveries, Depth, Envelope, Queue, QueueError, QueueOperations,
        Safe, Topic,
    },
    store::{
        Backlog, ChatChange, Chats, Cursor, DailyUsage, GiveTurn, Ledger, MessageAppended,
        ModelUsage, NewOutboxRow, Overdue, Page, Posting, Progress, Settle, Settlement,
        ShownMessage, StoreError, TurnGiven,
    },
};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

/// Whether a part is there.
#[derive(Default)]
pub struct Switch {
    down: AtomicBool,
    refused: AtomicU64,
    damaged: Mutex<Option<ChatId>>,
}

impl Switch {
    /// Takes the part away.
    pub fn take_down(&self) {
        self.down.store(true, SeqCst);
    }

    /// Brings it back.
    pub fn bring_up(&self) {
        self.down.store(false, SeqCst);
    }

    /// How often somebody asked in vain.
    pub fn refused(&self) -> u64 {
        self.refused.load(SeqCst)
    }

    /// From now on nobody can read what was said in `chat`.
    pub fn damage(&self, chat: ChatId) {
        *self.damaged.lock().unwrap_or_else(PoisonError::into_inner) = Some(chat);
    }

    fn check_sound(&self, chat: ChatId) -> Result<(), StoreError> {
        let damaged = *self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if damaged != Some(chat) {
            return Ok(());
        }
        Err(StoreError::Inconsistent(io::Error::other("damaged by the test").into()))
    }

    pub(super) fn check(&self) -> Result<(), io::Error> {
        if !self.down.load(SeqCst) {
            return Ok(());
        }
        self.refused.fetch_add(1, SeqCst);
        Err(io::Error::other("taken down by the test"))
    }
}

/// A port behind a switch.
pub struct Breakable<P: ?Sized> {
    pub switch: Arc<Switch>,
    pub port: Arc<P>,
}

#[async_trait]
impl Queue for Breakable<dyn Queue> {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.publish(topic, envelope, delay).await
    }

    async fn publish_watched(&self, topic: &Topic, envelope: Envelope) -> Result<Safe, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.publish_watched(topic, envelope).await
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.consume(topic, prefetch).await
    }
}

#[async_trait]
impl QueueOperations for Breakable<dyn QueueOperations> {
    async fn depth(&self, topic: &Topic) -> Result<Depth, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.depth(topic).await
    }

    async fn dead_count(&self) -> Result<u64, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.dead_count().await
    }

    async fn dead_letters_behind(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.dead_letters_behind(after, limit).await
    }

    async fn dead_letters_called(
        &self,
        message_ids: &[Uuid],
    ) -> Result<Vec<DeadLetter>, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.dead_letters_called(message_ids).await
    }

    async fn replay(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.replay(message_ids).await
    }

    async fn purge(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        self.switch.check().map_err(|error| QueueError::Unavailable(error.into()))?;
        self.port.purge(message_ids).await
    }
}

#[async_trait]
impl Progress for Breakable<dyn Progress> {
    async fn give_turn(
        &self,
        turn: &GiveTurn<'_>,
        at: Timestamp,
    ) -> Result<Option<TurnGiven>, StoreError> {
        self.port.give_turn(turn, at).await
    }

    async fn who_waits(
        &self,
        after: Option<UserId>,
        max_in_flight: u32,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        self.port.who_waits(after, max_in_flight, limit).await
    }

    async fn find_any(&self, id: GenerationId) -> Result<Option<Generation>, StoreError> {
        self.port.find_any(id).await
    }

    async fn started(&self, started: &Started) -> Result<Settlement, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.started(started).await
    }

    async fn settle(&self, settle: &Settle<'_>, at: Timestamp) -> Result<Settlement, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.settle(settle, at).await
    }

    async fn overdue(&self, than: Overdue, limit: u32) -> Result<Vec<Generation>, StoreError> {
        self.port.overdue(than, limit).await
    }

    async fn unfinished(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.unfinished(after, limit).await
    }

    async fn to_stop(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        self.port.to_stop(after, limit).await
    }

    async fn backlog(&self, at: Timestamp) -> Result<Vec<Backlog>, StoreError> {
        self.port.backlog(at).await
    }

    async fn rescued(
        &self,
        id: GenerationId,
        before: u32,
        longer: Duration,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.port.rescued(id, before, longer, outbox, at).await
    }
}

#[async_trait]
impl Chats for Breakable<dyn Chats> {
    async fn create(&self, chat: &Chat) -> Result<(), StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.create(chat).await
    }

    async fn find(&self, owner: UserId, id: ChatId) -> Result<Option<Chat>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.find(owner, id).await
    }

    async fn owner(&self, id: ChatId) -> Result<Option<UserId>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.owner(id).await
    }

    async fn search(&self, owner: UserId, text: &str, limit: u32) -> Result<Vec<Chat>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.search(owner, text, limit).await
    }

    async fn rename(
        &self,
        owner: UserId,
        id: ChatId,
        title: &str,
        at: Timestamp,
    ) -> Result<ChatChange, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.rename(owner, id, title, at).await
    }

    async fn delete(&self, owner: UserId, id: ChatId) -> Result<ChatChange, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.delete(owner, id).await
    }

    async fn list(
        &self,
        owner: UserId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Chat>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.list(owner, after, limit).await
    }

    async fn messages(
        &self,
        owner: UserId,
        chat: ChatId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Option<Page<ShownMessage>>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.messages(owner, chat, after, limit).await
    }

    async fn append(
        &self,
        owner: UserId,
        message: &Message,
        title: &str,
    ) -> Result<MessageAppended, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.append(owner, message, title).await
    }

    async fn history(
        &self,
        chat: ChatId,
        last: Option<MessageId>,
        reach: Reach,
    ) -> Result<Vec<Message>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.switch.check_sound(chat)?;
        self.port.history(chat, last, reach).await
    }

    async fn when_said(
        &self,
        chat: ChatId,
        id: Option<MessageId>,
    ) -> Result<Option<(MessageId, Timestamp)>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.when_said(chat, id).await
    }
}

/// What is in the books can still be read.
#[async_trait]
impl Ledger for Breakable<dyn Ledger> {
    async fn post_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, StoreError> {
        self.port.post_usage(events).await
    }

    async fn post_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, StoreError> {
        self.switch.check().map_err(|error| StoreError::Unavailable(error.into()))?;
        self.port.post_audit(events).await
    }

    async fn daily_usage(
        &self,
        user: UserId,
        from: NaiveDate,
    ) -> Result<Vec<DailyUsage>, StoreError> {
        self.port.daily_usage(user, from).await
    }

    async fn audit(
        &self,
        from: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, StoreError> {
        self.port.audit(from, limit).await
    }

    async fn model_usage(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, StoreError> {
        self.port.model_usage(from).await
    }
}

#[async_trait]
impl Cancels for Breakable<dyn Cancels> {
    async fn request(&self, generation: GenerationId) -> Result<(), LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        self.port.request(generation).await
    }

    async fn listen(&self) -> Result<BoxStream<'static, GenerationId>, LiveError> {
        self.port.listen().await
    }
}

#[async_trait]
impl EventLog for Breakable<dyn EventLog> {
    async fn read(&self, id: GenerationId, after: u64, limit: u32) -> Result<LogRead, LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        self.port.read(id, after, limit).await
    }

    async fn follow(&self, id: GenerationId, after: u64) -> Result<LogBatches, LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        let switch = Arc::clone(&self.switch);
        let batches = self.port.follow(id, after).await?;
        let batches = batches.map(move |batch| {
            switch.check().map_err(|error| LiveError(error.into()))?;
            batch
        });
        Ok(batches.boxed())
    }

    async fn conclude(
        &self,
        id: GenerationId,
        first_seq: u64,
        events: Vec<Bytes>,
    ) -> Result<Concluded, LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        self.port.conclude(id, first_seq, events).await
    }

    async fn expire(
        &self,
        id: GenerationId,
        entries: Duration,
        tombstone: Duration,
    ) -> Result<(), LiveError> {
        self.port.expire(id, entries, tombstone).await
    }
}

/// Whoever counts by themselves meanwhile goes on; only what others serve is not known.
#[async_trait]
impl Limits for Breakable<dyn Limits> {
    async fn check_all(&self, who: &str, buckets: &[(&str, Quota)]) -> Result<Verdicts, LiveError> {
        self.port.check_all(who, buckets).await
    }

    async fn use_up(&self, what: &str, by: Uuid, kept: Duration) -> Result<bool, LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        self.port.use_up(what, by, kept).await
    }

    async fn acquire_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
    ) -> Result<InFlight, LiveError> {
        self.port.acquire_inflight(user, generation, expiry).await
    }

    async fn release_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
    ) -> Result<(), LiveError> {
        self.port.release_inflight(user, generation).await
    }

    async fn take_seat(
        &self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        most: u32,
    ) -> Result<Seating, LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        self.port.take_seat(process, user, streams, most).await
    }

    async fn keep_seats(
        &self,
        process: Process<'_>,
        streams: &[(UserId, u32)],
    ) -> Result<(), LiveError> {
        self.switch.check().map_err(|error| LiveError(error.into()))?;
        self.port.keep_seats(process, streams).await
    }
}

/// News of which some are lost, as often as somebody says so.
pub struct Leaky {
    pub port: Arc<dyn Notices>,
    pub lost: broadcast::Sender<()>,
}

#[async_trait]
impl Notices for Leaky {
    async fn tell(&self, notice: &Notice) -> Result<(), LiveError> {
        self.port.tell(notice).await
    }

    async fn listen(&self) -> Result<BoxStream<'static, Heard>, LiveError> {
        let lost = BroadcastStream::new(self.lost.subscribe()).map(|_| Heard::Missed);
        Ok(stream::select(self.port.listen().await?, lost).boxed())
    }
}
