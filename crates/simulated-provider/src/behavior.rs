//! What a call is answered with, as written in a model's name or in the script.
//!
//! Anybody who may name a model may write it, in the all-in-one process a user: so every size and every time has a
//! bound.

use std::{str::FromStr, time::Duration};

/// The longest answer; more than any that callers take.
pub const MOST_TOKENS: usize = 1_000_000;

/// The longest line; callers give up far below.
const LARGEST_LINE: usize = 64 << 20;

/// The longest wait; nobody waits longer for a call.
const LONGEST: Duration = Duration::from_hours(24);

/// How a whole answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Finish {
    /// All was said.
    #[default]
    Stop,
    /// The allowed length was reached.
    Length,
    /// A filter stopped it.
    ContentFilter,
}

impl Finish {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// What a call is answered with. The crate's page lists the words it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own")]
pub struct Behavior {
    /// How many tokens the answer has.
    pub tokens: usize,
    /// Between the request and the first token, or the refusal.
    pub ttft: Duration,
    /// Between tokens.
    pub gap: Duration,
    /// Refuse with this HTTP status.
    pub status: Option<u16>,
    /// The code in the refusal's body, instead of the usual one of the status.
    pub code: Option<String>,
    /// The `retry-after` header of a refusal, as it stands.
    pub retry_after: Option<String>,
    /// Refuse only the first calls with one prompt.
    pub fail: Option<u32>,
    /// Break the connection after so many bytes of the body.
    pub cut: Option<usize>,
    /// Send nothing more from this token on, and keep the connection.
    pub stall: Option<usize>,
    /// Send comments for ever from this token on.
    pub keepalive: Option<usize>,
    /// Send malformed JSON before this token.
    pub malformed: Option<usize>,
    /// Send an error object in place of this token.
    pub error: Option<usize>,
    /// Send bytes that are no UTF-8 before this token.
    pub badutf8: Option<usize>,
    /// Send a line of so many bytes first.
    pub giant: Option<usize>,
    /// Send neither a finish reason nor `[DONE]`.
    pub noend: bool,
    /// Send no `[DONE]`.
    pub nodone: bool,
    /// Keep the connection after `[DONE]`.
    pub hold: bool,
    /// Between `[DONE]` and the end of the body.
    pub trail: Duration,
    /// Send no usage.
    pub nousage: bool,
    /// Do not stop, whatever the allowed length.
    pub endless: bool,
    /// End lines with CR LF.
    pub crlf: bool,
    /// Send at most so many bytes at once.
    pub slice: Option<usize>,
    /// How a whole answer ends.
    pub finish: Finish,
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            tokens: 20,
            ttft: Duration::ZERO,
            gap: Duration::ZERO,
            status: None,
            code: None,
            retry_after: None,
            fail: None,
            cut: None,
            stall: None,
            keepalive: None,
            malformed: None,
            error: None,
            badutf8: None,
            giant: None,
            noend: false,
            nodone: false,
            hold: false,
            trail: Duration::ZERO,
            nousage: false,
            endless: false,
            crlf: false,
            slice: None,
            finish: Finish::Stop,
        }
    }
}

impl Behavior {
    /// How long a refusal tells the key to rest, if it says so in whole seconds.
    #[must_use]
    pub fn rest(&self) -> Option<Duration> {
        self.retry_after.as_ref()?.parse().ok().map(Duration::from_secs)
    }
}

/// A behavior that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBehavior {
    /// No such word.
    #[error("unknown word {0:?}; known: {KNOWN}")]
    Word(String),
    /// The word's value does not fit.
    #[error("{word}={value:?}: must be {allowed}")]
    Value {
        /// Which word.
        word: &'static str,
        /// What stood there.
        value: String,
        /// What may stand there.
        allowed: &'static str,
    },
}

const KNOWN: &str = "tokens, ttft, gap, status, code, retry-after, fail, cut, stall, keepalive, \
    malformed, error, badutf8, giant, noend, nodone, hold, trail, nousage, endless, crlf, slice, \
    finish";

/// A value with the word it belongs to.
struct Pair<'a>(&'static str, &'a str);

impl Pair<'_> {
    fn refuse(&self, allowed: &'static str) -> UnknownBehavior {
        UnknownBehavior::Value { word: self.0, value: self.1.to_owned(), allowed }
    }

    fn number<T: FromStr>(&self) -> Result<T, UnknownBehavior> {
        self.1.parse().map_err(|_| self.refuse("a number"))
    }

    fn at_most(&self, most: usize, allowed: &'static str) -> Result<usize, UnknownBehavior> {
        let number: usize = self.number()?;
        (number <= most).then_some(number).ok_or_else(|| self.refuse(allowed))
    }

    fn duration(&self) -> Result<Duration, UnknownBehavior> {
        let refuse =
            || self.refuse("a number of milliseconds, for example 20ms, or of seconds, 2s");
        let (digits, unit) = match self.1.strip_suffix("ms") {
            Some(digits) => (digits, 1),
            None => self.1.strip_suffix('s').map_or((self.1, 1), |digits| (digits, 1000)),
        };
        let millis: u64 = digits.parse().map_err(|_| refuse())?;
        let time = Duration::from_millis(millis.saturating_mul(unit));
        (time <= LONGEST).then_some(time).ok_or_else(|| self.refuse("a day at most"))
    }

    fn finish(&self) -> Result<Finish, UnknownBehavior> {
        [Finish::Stop, Finish::Length, Finish::ContentFilter]
            .into_iter()
            .find(|finish| finish.as_str() == self.1)
            .ok_or_else(|| self.refuse("stop, length or content_filter"))
    }
}

impl FromStr for Behavior {
    type Err = UnknownBehavior;

    /// Reads words separated by commas.
    fn from_str(words: &str) -> Result<Self, UnknownBehavior> {
        Self::default().scripted(words)
    }
}

impl Behavior {
    /// This behavior, changed as `words` say.
    pub(crate) fn scripted(mut self, words: &str) -> Result<Self, UnknownBehavior> {
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            self.set(name, value)?;
        }
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), UnknownBehavior> {
        let pair = |word| Pair(word, value);
        match name {
            "tokens" => self.tokens = pair("tokens").at_most(MOST_TOKENS, "1000000 at most")?,
            "ttft" => self.ttft = pair("ttft").duration()?,
            "gap" => self.gap = pair("gap").duration()?,
            "status" => {
                let status = pair("status");
                let code: u16 = status.number()?;
                let fits = (400..600).contains(&code);
                self.status =
                    Some(fits.then_some(code).ok_or_else(|| status.refuse("400 to 599"))?);
            }
            "code" => self.code = Some(value.to_owned()),
            "retry-after" => self.retry_after = Some(value.to_owned()),
            "fail" => self.fail = Some(pair("fail").number()?),
            "cut" => self.cut = Some(pair("cut").number()?),
            "stall" => self.stall = Some(pair("stall").number()?),
            "keepalive" => self.keepalive = Some(pair("keepalive").number()?),
            "malformed" => self.malformed = Some(pair("malformed").number()?),
            "error" => self.error = Some(pair("error").number()?),
            "badutf8" => self.badutf8 = Some(pair("badutf8").number()?),
            "giant" => {
                self.giant = Some(pair("giant").at_most(LARGEST_LINE, "67108864 at most")?);
            }
            "slice" => self.slice = Some(pair("slice").number::<usize>()?.max(1)),
            "finish" => self.finish = pair("finish").finish()?,
            "noend" => self.noend = true,
            "nodone" => self.nodone = true,
            "hold" => self.hold = true,
            "trail" => self.trail = pair("trail").duration()?,
            "nousage" => self.nousage = true,
            "endless" => self.endless = true,
            "crlf" => self.crlf = true,
            _ => return Err(UnknownBehavior::Word(name.to_owned())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read() {
        let behavior: Behavior =
            "tokens=7,gap=20ms,ttft=2s,status=429,retry-after=-5,hold".parse().unwrap();
        assert_eq!(behavior.tokens, 7);
        assert_eq!(behavior.gap, Duration::from_millis(20));
        assert_eq!(behavior.ttft, Duration::from_secs(2));
        assert_eq!(behavior.status, Some(429));
        assert_eq!(behavior.retry_after.as_deref(), Some("-5"));
        assert!(behavior.hold && !behavior.crlf);
        let largest: Behavior = "tokens=1000000,giant=67108864,ttft=86400s".parse().unwrap();
        assert_eq!(largest.ttft, LONGEST);
        assert_eq!((largest.tokens, largest.giant), (MOST_TOKENS, Some(LARGEST_LINE)));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (words, hint) in [
            ("speed=9", "unknown word \"speed\"; known: tokens, "),
            ("tokens=-1", "tokens=\"-1\": must be a number"),
            ("gap=soon", "gap=\"soon\": must be a number of milliseconds"),
            ("status=200", "must be 400 to 599"),
            ("finish=end", "must be stop, length or content_filter"),
            ("tokens=1000001", "must be 1000000 at most"),
            ("giant=1000000000000000", "must be 67108864 at most"),
            ("giant=18446744073709551615", "must be 67108864 at most"),
            ("ttft=86401s", "ttft=\"86401s\": must be a day at most"),
            ("gap=18446744073709551615s", "must be a day at most"),
            ("trail=18446744073709551615", "must be a day at most"),
        ] {
            let error = words.parse::<Behavior>().unwrap_err().to_string();
            assert!(error.contains(hint), "{words}: {error}");
        }
    }
}
