//! Whether callers kept to what a provider allows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::{CallView, End};

/// What the record says of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// The most calls that began within any one window.
    pub most_in_window: usize,
    /// Calls that began while the limit of their window was used up.
    pub over_limit: usize,
    /// The most calls that were under way at once, except those whose caller was about to be found
    /// gone.
    pub most_at_once: usize,
    /// Calls that began after the same key had been answered 401.
    pub after_rejection: usize,
    /// Calls that began while the key had been told to rest (by a 429 with `retry-after`), except
    /// those already on their way when it was.
    pub while_resting: usize,
}

/// Judges every key: at most `limit` calls in any window of `window_us` microseconds.
#[must_use]
pub fn judge(calls: &[CallView], limit: usize, window_us: u64) -> BTreeMap<String, Judgement> {
    let mut by_key: BTreeMap<&str, Vec<&CallView>> = BTreeMap::new();
    for call in calls {
        by_key.entry(&call.key).or_default().push(call);
    }
    let judged = |(key, calls): (&str, Vec<&CallView>)| {
        (key.to_owned(), judge_key(&calls, limit, window_us))
    };
    by_key.into_iter().map(judged).collect()
}

fn judge_key(calls: &[&CallView], limit: usize, window_us: u64) -> Judgement {
    let mut judgement = Judgement::default();
    let rejected_us = calls.iter().filter(|call| call.end == Some(End::Refused { status: 401 }));
    let rejected_us = rejected_us.filter_map(|call| call.ended_us).min();
    for (index, call) in calls.iter().enumerate() {
        let began =
            |other: &&&CallView| other.started_us.saturating_add(window_us) > call.started_us;
        let in_window = calls[..=index].iter().filter(began).count();
        judgement.most_in_window = judgement.most_in_window.max(in_window);
        judgement.over_limit += usize::from(in_window > limit);
        let open = |other: &&&CallView| open_until(other).is_none_or(|end| end > call.started_us);
        let at_once = 1 + calls[..index].iter().filter(open).count();
        judgement.most_at_once = judgement.most_at_once.max(at_once);
        let late = rejected_us.is_some_and(|rejected| call.started_us > rejected);
        judgement.after_rejection += usize::from(late);
        judgement.while_resting += usize::from(is_resting(&calls[..index], call));
    }
    judgement
}

/// How long news may take: to all callers that a key is to rest, or from one of them that it is gone.
const NEWS_US: u64 = 100_000;

/// Until when `call` was under way as its caller saw it; none while it goes on.
fn open_until(call: &CallView) -> Option<u64> {
    let news_us = if call.end == Some(End::ClientGone) { NEWS_US } else { 0 };
    call.ended_us.map(|ended| ended.saturating_sub(news_us))
}

fn is_resting(earlier: &[&CallView], call: &CallView) -> bool {
    earlier.iter().any(|told| {
        let (Some(ended), Some(until)) = (told.ended_us, told.rest_until_us) else { return false };
        ended + NEWS_US < call.started_us && call.started_us < until
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(key: &str, started_us: u64, ended_us: u64, end: End) -> CallView {
        CallView {
            number: 0,
            key: key.to_owned(),
            model: String::new(),
            question: String::new(),
            prompt_tokens: 0,
            started_us,
            first_token_us: None,
            ended_us: Some(ended_us),
            end: Some(end),
            rest_until_us: None,
            tokens: 0,
            text: String::new(),
        }
    }

    #[test]
    fn windows_slide() {
        let calls: Vec<_> =
            [0, 50, 99, 100, 150].map(|at| call("a", at, at + 10, End::Completed)).to_vec();
        let judged = judge(&calls, 3, 100);
        assert_eq!(judged["a"].most_in_window, 3);
        assert_eq!(judged["a"].over_limit, 0);
        assert_eq!(judge(&calls, 2, 100)["a"].over_limit, 3);
        assert_eq!(judge(&calls, 5, u64::MAX)["a"].most_in_window, 5);
    }

    #[test]
    fn calls_at_once_and_after_a_rejection_are_seen() {
        let refused = End::Refused { status: 401 };
        let calls =
            [call("a", 0, 100, refused), call("a", 50, 60, refused), call("a", 61, 70, refused)];
        let judged = judge(&calls, 9, 1);
        assert_eq!(judged["a"].most_at_once, 2);
        assert_eq!(judged["a"].after_rejection, 1);
    }

    #[test]
    fn whoever_is_gone_may_call_again_before_that_is_known() {
        let at_once = |end, at| {
            let calls = [call("a", 0, 500_000, end), call("a", at, 900_000, End::Completed)];
            judge(&calls, 9, 1)["a"].most_at_once
        };
        assert_eq!(at_once(End::ClientGone, 399_999), 2);
        assert_eq!(at_once(End::ClientGone, 400_000), 1);
        assert_eq!(at_once(End::Completed, 499_999), 2);
        assert_eq!(at_once(End::Completed, 500_000), 1);
    }

    #[test]
    fn a_key_told_to_rest_rests() {
        let told = CallView {
            rest_until_us: Some(1_000_000),
            ..call("a", 0, 10, End::Refused { status: 429 })
        };
        let later = |at| call("a", at, at + 1, End::Completed);
        let judged = judge(&[told, later(50_000), later(500_000), later(1_000_000)], 9, 1);
        assert_eq!(judged["a"].while_resting, 1, "one was under way, one came in time");
    }
}
