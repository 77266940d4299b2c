//! Who gets the right to write.

use domain::time::Timestamp;
use ports::live::{OpenRequest, Opened, Opening, ParkedLog, SealedLog, Writer};

use super::{
    super::{LEASE, numbers::Numbers},
    Log, Phase, Recovery,
};

impl Log {
    /// See `LogWriter::open`.
    pub(in crate::log) fn open(
        &mut self,
        request: &OpenRequest,
        now: Timestamp,
        numbers: &Numbers,
    ) -> Opened {
        if let Some(refusal) = self.refusal(request, now) {
            return refusal;
        }
        let fence = numbers.next(now);
        self.begin(request, fence);
        let opening = self.hand_to(request, fence, now);
        if self.canceled { Opened::Canceled(opening) } else { Opened::Writing(opening) }
    }

    fn refusal(&self, request: &OpenRequest, now: Timestamp) -> Option<Opened> {
        match &self.phase {
            Phase::Held { worker, until } if !request.takeover && *until > now => {
                Some(Opened::HeldBy { worker: worker.to_string(), until: *until })
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
            Phase::Blank | Phase::Held { .. } | Phase::Parked { .. } => None,
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
            request.takeover || request.last_seq > 0
        } else {
            request.last_seq.max(self.claimed) > self.last()
        };
        if is_lost {
            self.begin_after(fence.max(request.last_seq).max(self.claimed).max(self.last()));
        } else if is_blank {
            self.begin_after(0);
        }
    }

    fn hand_to(&mut self, request: &OpenRequest, fence: u64, now: Timestamp) -> Opening {
        let attempt = request.attempt.max(self.next_attempt);
        self.hold(attempt, fence, &request.worker, now);
        Opening {
            writer: Writer { generation: request.generation, attempt, fence },
            next_seq: self.last() + 1,
            inherited: self.entries(self.reported, usize::MAX),
        }
    }

    /// From now on the log is that writer's.
    pub(super) fn hold(&mut self, attempt: u32, fence: u64, worker: &str, now: Timestamp) {
        self.fence = fence;
        self.next_attempt = attempt.saturating_add(1);
        self.recovery = Recovery::None;
        self.phase = Phase::Held { worker: worker.into(), until: now + LEASE };
    }
}
