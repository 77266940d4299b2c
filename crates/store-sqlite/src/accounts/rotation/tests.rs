use std::time::Duration;

use domain::id::EventId;
use testkit::{clock::epoch, sample};

use super::*;

const MINE: TokenHash = TokenHash([1; 32]);
const OTHER: TokenHash = TokenHash([2; 32]);

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn fresh() -> Token {
    Token {
        user: sample::user(epoch()),
        family: FamilyId::generate(epoch()),
        expires_at: epoch() + seconds(1000),
        replaced_by: None,
        replaced_at: None,
        is_kept: true,
        revoked: false,
        successor_replaced: false,
    }
}

fn replaced() -> Token {
    Token { replaced_by: Some(MINE.0.to_vec()), replaced_at: Some(epoch()), ..fresh() }
}

/// Security case 11.
#[test]
fn the_table_of_decisions() {
    let disabled = User { disabled: true, ..sample::user(epoch()) };
    let used = || Token { is_kept: false, ..fresh() };
    let cases = [
        (fresh(), MINE, None, 0, Decision::Replace),
        (fresh(), MINE, None, 999, Decision::Replace),
        (fresh(), MINE, None, 1000, Decision::Refuse),
        (Token { revoked: true, ..fresh() }, MINE, None, 0, Decision::Refuse),
        (Token { user: disabled, ..fresh() }, MINE, None, 0, Decision::Refuse),
        (replaced(), MINE, None, 10, Decision::Repeat(MINE)),
        (replaced(), MINE, None, 11, Decision::RevokeFamily),
        (replaced(), OTHER, None, 0, Decision::RevokeFamily),
        (replaced(), OTHER, Some(MINE), 10, Decision::Repeat(MINE)),
        (replaced(), OTHER, Some(MINE), 11, Decision::RevokeFamily),
        (replaced(), MINE, Some(OTHER), 10, Decision::Repeat(MINE)),
        (replaced(), OTHER, Some(OTHER), 0, Decision::RevokeFamily),
        (Token { successor_replaced: true, ..replaced() }, MINE, None, 0, Decision::RevokeFamily),
        (Token { revoked: true, ..replaced() }, MINE, None, 11, Decision::Refuse),
        (used(), MINE, None, 0, Decision::RevokeFamily),
        (used(), MINE, None, 1000, Decision::Refuse),
        (Token { revoked: true, ..used() }, MINE, None, 0, Decision::Refuse),
    ];
    for (case, (token, successor, former, after, expected)) in cases.into_iter().enumerate() {
        let refresh = Refresh {
            presented: Presented { hash: OTHER, family: None },
            successor,
            former,
            tolerance: seconds(10),
            noted_as: EventId::of_deed(epoch()),
        };
        let decision = token.decide(&refresh, epoch() + seconds(after));
        assert_eq!(decision, expected, "case {case}");
    }
}
