//! The scripts, each with the part it shares with others before it.

use redis::Script;

/// Puts the parts of a script together.
macro_rules! script {
    ($($part:literal),+) => {
        Script::new(concat!($(include_str!(concat!("scripts/", $part))),+))
    };
}

/// All scripts. Redis keeps them by their digests; one it does not know is sent as text.
pub(crate) struct Scripts {
    pub(crate) open: Script,
    pub(crate) append: Script,
    pub(crate) park: Script,
    pub(crate) seal: Script,
}

impl Scripts {
    /// Computes the digests.
    pub(crate) fn load() -> Self {
        Self {
            open: script!("log/log.lua", "log/open.lua"),
            append: script!("log/log.lua", "log/write.lua", "log/message.lua", "log/append.lua"),
            park: script!("log/log.lua", "log/write.lua", "log/message.lua", "log/park.lua"),
            seal: script!("log/log.lua", "log/write.lua", "log/message.lua", "log/seal.lua"),
        }
    }
}
