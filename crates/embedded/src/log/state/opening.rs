//! Who gets the right to write.

use domain::{id::WishId, time::Timestamp};
use ports::live::{OpenRequest, Opened, Opening, ParkedLog, SealedLog, Takeover, Writer};
use uuid::Uuid;

use super::{
    super::{LEASE, numbers::Numbers},
    Log, Phase, Recovery,
};

/// Who writes, or died while writing.
#[derive(Debug)]
pub(super) struct Holder {
    worker: Box<str>,
    until: Timestamp,
    /// By which message, and with which wish; none of one that brings a lost log back.
    by: Option<(Uuid, WishId)>,
    /// The queue took its job away, and it goes on.
    goes_on: bool,
}

impl Holder {
    /// A writer that brings a lost log back.
    pub(super) fn unknown(now: Timestamp) -> Self {
        Self { worker: "unknown".into(), until: now + LEASE, by: None, goes_on: false }
    }

    fn new(request: &OpenRequest, now: Timestamp) -> Self {
        let by = Some((request.message, request.wish));
        Self { worker: request.worker.as_str().into(), until: now + LEASE, by, goes_on: false }
    }

    /// It is still there.
    pub(super) fn renew(&mut self, now: Timestamp) {
        self.until = now + LEASE;
    }

    /// Whether whoever asks may take it for gone.
    fn may_be_gone(&self, message: Uuid) -> bool {
        !self.goes_on && self.by.is_some_and(|(held, _)| held == message)
    }

    fn is_of(&self, wish: WishId) -> bool {
        self.by.is_some_and(|(_, held)| held == wish)
    }
}

impl Log {
    /// See `LogWriter::open`.
    pub(in crate::log) fn open(
        &mut self,
        request: &OpenRequest,
        now: Timestamp,
        numbers: &Numbers,
    ) -> Opened {
        let opening = match self.refusal(request, now) {
            Some(refusal) => return refusal,
            None if self.is_open_for(request) => self.hand_again(request, now),
            None => {
                let (fence, attempt) = (numbers.next(now), self.attempt_for(request));
                self.begin(request, fence);
                self.hand_to(request, attempt, fence, now)
            }
        };
        if self.canceled { Opened::Canceled(opening) } else { Opened::Writing(opening) }
    }

    /// See `LogWriter::go_on`.
    pub(in crate::log) fn go_on(&mut self, writer: &Writer) {
        if let Phase::Held(holder) = &mut self.phase
            && self.fence == writer.fence
        {
            holder.goes_on = true;
        }
    }

    /// Whether this very wish was granted before.
    fn is_open_for(&self, request: &OpenRequest) -> bool {
        matches!(&self.phase, Phase::Held(holder) if holder.is_of(request.wish))
    }

    fn is_taken_over(&self, holder: &Holder, takeover: Takeover) -> bool {
        match takeover {
            Takeover::No => false,
            Takeover::Own { fence } => fence == self.fence,
            Takeover::Gone { fence } => fence == self.fence && !holder.goes_on,
        }
    }

    fn refusal(&self, request: &OpenRequest, now: Timestamp) -> Option<Opened> {
        match &self.phase {
            Phase::Held(holder)
                if holder.until > now
                    && !holder.is_of(request.wish)
                    && !self.is_taken_over(holder, request.takeover) =>
            {
                let worker = holder.worker.to_string();
                let lease = (holder.until - now).to_std().unwrap_or_default();
                let gone = holder.may_be_gone(request.message).then_some(self.fence);
                Some(Opened::HeldBy { worker, lease, gone })
            }
            Phase::Parked { entries_after, note } if request.attempt < self.next_attempt => {
                Some(Opened::Parked(ParkedLog {
                    next_attempt: self.next_attempt,
                    entries: self.entries(*entries_after, usize::MAX),
                    note: note.clone(),
                }))
            }
            Phase::Sealed { note } => Some(self.sealed(Some(note.clone()))),
            Phase::Concluded { note } => Some(self.sealed(note.clone())),
            Phase::Blank | Phase::Held(_) | Phase::Parked { .. } => None,
        }
    }

    fn sealed(&self, note: Option<bytes::Bytes>) -> Opened {
        let by_workers = self.entries.len() - self.terminal;
        Opened::Sealed(SealedLog { entries: self.entries(self.base, by_workers), note })
    }

    /// Begins a new log, or one beyond all that an older one may have held that is gone.
    fn begin(&mut self, request: &OpenRequest, fence: u64) {
        let is_blank = matches!(self.phase, Phase::Blank);
        let is_lost = if is_blank {
            request.redelivered || request.last_seq > 0
        } else {
            request.last_seq.max(self.claimed) > self.last()
        };
        if is_lost {
            self.begin_after(fence.max(request.last_seq).max(self.claimed).max(self.last()));
        } else if is_blank {
            self.begin_after(0);
        }
    }

    fn attempt_for(&self, request: &OpenRequest) -> u32 {
        let is_own = matches!(request.takeover, Takeover::Own { .. });
        // Whoever had this job before may have begun the attempt that it asks for.
        let is_begun = matches!(self.phase, Phase::Blank) && request.redelivered && !is_own;
        request.attempt.saturating_add(u32::from(is_begun)).max(self.next_attempt)
    }

    fn hand_to(
        &mut self,
        request: &OpenRequest,
        attempt: u32,
        fence: u64,
        now: Timestamp,
    ) -> Opening {
        // Whose job was taken away goes on without it in the next attempt, too.
        let is_own = matches!(request.takeover, Takeover::Own { .. });
        let goes_on = matches!(&self.phase, Phase::Held(holder) if is_own && holder.goes_on);
        self.hold(attempt, fence, Holder { goes_on, ..Holder::new(request, now) });
        self.opening(request, attempt)
    }

    /// The right that was given before, once more.
    fn hand_again(&mut self, request: &OpenRequest, now: Timestamp) -> Opening {
        if let Phase::Held(holder) = &mut self.phase {
            holder.renew(now);
        }
        let attempt = self.next_attempt.saturating_sub(1);
        self.opening(request, attempt)
    }

    fn opening(&self, request: &OpenRequest, attempt: u32) -> Opening {
        let OpenRequest { generation, max_bytes, .. } = *request;
        let writer = Writer { generation, attempt, fence: self.fence, max_bytes };
        let inherited = self.entries(self.reported, usize::MAX);
        Opening { writer, next_seq: self.last() + 1, inherited }
    }

    /// From now on the log is that writer's.
    pub(super) fn hold(&mut self, attempt: u32, fence: u64, holder: Holder) {
        self.fence = fence;
        self.next_attempt = attempt.saturating_add(1);
        self.recovery = Recovery::None;
        self.phase = Phase::Held(holder);
    }
}
