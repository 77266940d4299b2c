//! The generation: one requested answer, and the states it goes through.
//!
//! ```text
//!            start(n)                 succeed / fail / cancel(n)
//!  queued ────────────▶ streaming ───────────────────────────────▶ succeeded · failed · canceled
//!    ▲ │                  │   ▲ start(n+1), after a crash                        ▲
//!    │ │  retry(n), wait  │   │                                                  │
//!    └─┼──────────────────┘───┘                                                  │
//!      └─── cancel, fail ────────────────────────────────────────────────────────┘
//! ```
//!
//! Commands carry the number of the attempt they speak of. A command of an attempt that another one
//! has overtaken changes nothing; neither does any command once a terminal state is reached.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ChatId, GenerationId, MessageId, UserId},
    job::Sampling,
    model::{ModelRef, ProviderName},
    time::Timestamp,
};

/// Where a generation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Accepted, and waiting: for a worker, for a key, or for the time of its next try.
    Queued,
    /// A worker is on it.
    Streaming,
    /// Answered.
    Succeeded,
    /// Given up.
    Failed,
    /// Stopped by its user.
    Canceled,
}

impl Status {
    /// Every status, in the order of the life of a generation.
    pub const ALL: [Self; 5] =
        [Self::Queued, Self::Streaming, Self::Succeeded, Self::Failed, Self::Canceled];

    /// Whether nothing can change any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled)
    }

    /// The name used in JSON and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Streaming => "streaming",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The status called `name`, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// The part of a generation that the rules below move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Where it is.
    pub status: Status,
    /// The highest attempt that has started or ended; 0 before the first.
    pub attempt: u32,
    /// Rungs of the retry ladder used so far.
    pub retries: u32,
    /// When the next try is due, while one is parked.
    pub retry_at: Option<Timestamp>,
    /// Its user asked to stop while a worker was on it.
    pub cancel_requested: bool,
}

impl State {
    /// A generation just accepted.
    pub const NEW: Self = Self {
        status: Status::Queued,
        attempt: 0,
        retries: 0,
        retry_at: None,
        cancel_requested: false,
    };
}

/// What may happen to a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A worker opened `attempt`.
    Start {
        /// Its number.
        attempt: u32,
    },
    /// `attempt` ended without an answer; the next one is due at `at`. Uses a rung.
    Retry {
        /// Its number.
        attempt: u32,
        /// When the next one is due.
        at: Timestamp,
    },
    /// `attempt` could not start for want of a key, and is due again at `at`. Uses no rung.
    Wait {
        /// The number it will have.
        attempt: u32,
        /// When it is due.
        at: Timestamp,
    },
    /// `attempt` brought the answer.
    Succeed {
        /// Its number.
        attempt: u32,
    },
    /// `attempt` failed for good.
    Fail {
        /// Its number.
        attempt: u32,
    },
    /// `attempt` was stopped on its user's wish.
    Stop {
        /// Its number.
        attempt: u32,
    },
    /// The user asks to stop, whatever the attempt.
    Cancel,
}

/// What a command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// This is the state now.
    Changed(State),
    /// An older attempt spoke, or the same thing was said twice; nothing changed.
    Stale,
    /// The generation had ended before; nothing changed.
    AlreadyTerminal,
}

impl State {
    /// What `command` makes of this state.
    #[must_use]
    pub fn apply(self, command: Command) -> Transition {
        if self.status.is_terminal() {
            return Transition::AlreadyTerminal;
        }
        match command {
            Command::Start { attempt } => self.start(attempt),
            Command::Retry { attempt, at } => self.park(attempt, self.retries + 1, at),
            Command::Wait { attempt, at } => self.wait(attempt, at),
            Command::Succeed { attempt } => self.end(attempt, Status::Succeeded),
            Command::Fail { attempt } => self.end(attempt, Status::Failed),
            Command::Stop { attempt } => self.end(attempt, Status::Canceled),
            Command::Cancel => self.cancel(),
        }
    }

    fn start(self, attempt: u32) -> Transition {
        if attempt <= self.attempt {
            return Transition::Stale;
        }
        Transition::Changed(Self { status: Status::Streaming, attempt, retry_at: None, ..self })
    }

    fn park(self, attempt: u32, retries: u32, at: Timestamp) -> Transition {
        let already_parked = attempt == self.attempt && self.status == Status::Queued;
        if attempt < self.attempt || already_parked {
            return Transition::Stale;
        }
        let status = Status::Queued;
        Transition::Changed(Self { status, attempt, retries, retry_at: Some(at), ..self })
    }

    fn wait(self, attempt: u32, at: Timestamp) -> Transition {
        if attempt <= self.attempt || self.retry_at == Some(at) {
            return Transition::Stale;
        }
        Transition::Changed(Self { status: Status::Queued, retry_at: Some(at), ..self })
    }

    fn end(self, attempt: u32, status: Status) -> Transition {
        // By the number alone it is not the last word: a later attempt has voided what this one wrote. Whoever can see
        // that the log ends with it nevertheless (a log that was lost counts anew) says it with the number here.
        if attempt < self.attempt {
            return Transition::Stale;
        }
        Transition::Changed(Self { status, attempt, retry_at: None, ..self })
    }

    fn cancel(self) -> Transition {
        match self.status {
            Status::Queued => {
                let status = Status::Canceled;
                Transition::Changed(Self { status, retry_at: None, ..self })
            }
            _ if self.cancel_requested => Transition::Stale,
            _ => Transition::Changed(Self { cancel_requested: true, ..self }),
        }
    }
}

/// One requested answer, as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// Which one.
    pub id: GenerationId,
    /// Who asked.
    pub user_id: UserId,
    /// Where the answer goes.
    pub chat_id: ChatId,
    /// The message it answers.
    pub user_message_id: MessageId,
    /// The answer, once there is one.
    pub assistant_message_id: Option<MessageId>,
    /// Where it is.
    pub state: State,
    /// Who is asked.
    pub provider: ProviderName,
    /// Which of the provider's models.
    pub model: String,
    /// Who is asked, one after the other, if that one cannot answer.
    pub fallbacks: Vec<ModelRef>,
    /// The name by which all of them were asked for, if it was a chain's.
    pub chain: Option<String>,
    /// The rules put before the chat, if any.
    pub system_prompt: Option<String>,
    /// How to sample.
    pub sampling: Sampling,
    /// The caller's own name for the request; the same one never makes a second generation.
    pub request_id: Option<String>,
    /// Why it failed, as a stable code.
    pub error_code: Option<String>,
    /// Why it failed, for people.
    pub error_message: Option<String>,
    /// How the model ended, for example `stop` or `length`.
    pub finish_reason: Option<String>,
    /// Tokens of the prompt over all attempts.
    pub input_tokens: u64,
    /// Tokens of the answer over all attempts.
    pub output_tokens: u64,
    /// The seq of the last event a worker wrote; the terminal events come after it.
    pub last_seq: u64,
    /// It waits for its turn, behind another of its user: nobody works on it yet.
    pub held: bool,
    /// How often the rescuer has put it back.
    pub rescues: u32,
    /// In how many of these an attempt was under way, whose worker was lost; the others found it waiting.
    pub lost: u32,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its first attempt started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When the row last changed.
    pub updated_at: Timestamp,
}

impl Generation {
    /// Whether a worker is on it that has not heard yet, or not done yet, what its user wishes: to stop.
    #[must_use]
    pub const fn is_to_stop(&self) -> bool {
        self.state.cancel_requested && !self.state.status.is_terminal()
    }
}

#[cfg(test)]
mod tests;
