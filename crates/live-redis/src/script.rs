//! The scripts, each with the parts it shares with others before it.

use std::borrow::Cow;

use crate::run::Script;

/// Puts the parts of a script together.
macro_rules! script {
    ($($part:literal),+) => {
        Script::new(&planted(concat!($(include_str!(concat!("scripts/", $part))),+)))
    };
}

/// Bugs that tests plant to see them caught: the name, what a script says, and what it says then.
const BUGS: [(&str, &str, &str); 3] = [
    ("drop_fence", "if fence ~= log.fence then", "if false then"),
    ("min_cooldown", "if rest > resting then", "if rest < resting or resting <= now() then"),
    ("careless_pool", "    return pool.careful\n", "    return 0\n"),
];

fn planted(script: &str) -> Cow<'_, str> {
    BUGS.iter()
        .filter(|(bug, ..)| failpoint::is_planted(bug))
        .fold(Cow::Borrowed(script), |script, (_, right, wrong)| {
            Cow::Owned(script.replace(right, wrong))
        })
}

/// A script that writes to a log as its worker.
macro_rules! worker_script {
    ($last:literal) => {
        script!("log/log.lua", "log/add.lua", "log/write.lua", $last)
    };
}

/// All scripts. Redis keeps them by their digests; one it does not know is sent as text.
pub(crate) struct Scripts {
    pub(crate) open: Script,
    pub(crate) go_on: Script,
    pub(crate) append: Script,
    pub(crate) park: Script,
    pub(crate) seal: Script,
    pub(crate) read: Script,
    pub(crate) conclude: Script,
    pub(crate) expire: Script,
    pub(crate) cancel: Script,
    pub(crate) register: Script,
    pub(crate) lend: Script,
    pub(crate) answering: Script,
    pub(crate) give_back: Script,
    pub(crate) switch: Script,
    pub(crate) list: Script,
    pub(crate) probe: Script,
    pub(crate) check: Script,
    pub(crate) acquire: Script,
    pub(crate) release: Script,
    pub(crate) take_seat: Script,
    pub(crate) keep_seats: Script,
    pub(crate) notice: Script,
    pub(crate) tell: Script,
    pub(crate) wish: Script,
    pub(crate) drain: Script,
    pub(crate) reload: Script,
    pub(crate) scale: Script,
    pub(crate) report_worker: Script,
    pub(crate) workers: Script,
}

impl Scripts {
    /// Computes the digests.
    pub(crate) fn load() -> Self {
        Self {
            open: script!("log/log.lua", "log/open.lua"),
            go_on: script!("log/go_on.lua"),
            append: script!(
                "log/fast.lua",
                "log/log.lua",
                "log/add.lua",
                "log/write.lua",
                "log/append.lua"
            ),
            park: worker_script!("log/park.lua"),
            seal: worker_script!("log/seal.lua"),
            read: script!("log/log.lua", "log/read.lua"),
            conclude: script!("log/log.lua", "log/add.lua", "log/conclude.lua"),
            expire: script!("log/log.lua", "log/expire.lua"),
            cancel: script!("log/log.lua", "log/cancel.lua"),
            register: script!("keys/pool.lua", "keys/register.lua"),
            lend: script!("keys/pool.lua", "keys/lend.lua"),
            answering: script!("keys/pool.lua", "keys/answering.lua"),
            give_back: script!("keys/pool.lua", "keys/give_back.lua"),
            switch: script!("keys/pool.lua", "keys/switch.lua"),
            list: script!("keys/pool.lua", "keys/list.lua"),
            probe: script!("keys/pool.lua", "keys/probe.lua"),
            check: script!("limits/check.lua"),
            acquire: script!("limits/acquire.lua"),
            release: script!("limits/release.lua"),
            take_seat: script!("limits/take_seat.lua"),
            keep_seats: script!("limits/keep_seats.lua"),
            notice: script!("notice.lua"),
            tell: script!("controls/tell.lua"),
            wish: script!("controls/wish.lua"),
            drain: script!("controls/drain.lua"),
            reload: script!("controls/reload.lua"),
            scale: script!("controls/scale.lua"),
            report_worker: script!("controls/report.lua"),
            workers: script!("controls/workers.lua"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BUGS;

    #[test]
    fn every_bug_has_a_place() {
        let places = [
            include_str!("scripts/log/write.lua"),
            include_str!("scripts/keys/give_back.lua"),
            include_str!("scripts/keys/lend.lua"),
        ];
        for ((bug, right, _), script) in BUGS.iter().zip(places) {
            assert_eq!(script.matches(right).count(), 1, "{bug}");
        }
    }
}
