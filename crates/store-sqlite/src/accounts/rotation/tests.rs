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
        revoked: false,
        successor_replaced: false,
    }
}

fn replaced() -> Token {
    Token { replaced_by: Some(MINE.0.to_vec()), replaced_at: Some(epoch()), ..fresh() }
}

#[test]
fn the_table_of_decisions() {
    let disabled = User { disabled: true, ..sample::user(epoch()) };
    let cases = [
        (fresh(), MINE, 0, Decision::Replace),
        (fresh(), MINE, 999, Decision::Replace),
        (fresh(), MINE, 1000, Decision::Refuse),
        (Token { revoked: true, ..fresh() }, MINE, 0, Decision::Refuse),
        (Token { user: disabled, ..fresh() }, MINE, 0, Decision::Refuse),
        (replaced(), MINE, 10, Decision::Repeat),
        (replaced(), MINE, 11, Decision::RevokeFamily),
        (replaced(), OTHER, 0, Decision::RevokeFamily),
        (Token { successor_replaced: true, ..replaced() }, MINE, 0, Decision::RevokeFamily),
        (Token { revoked: true, ..replaced() }, MINE, 11, Decision::Refuse),
    ];
    for (case, (token, successor, after, expected)) in cases.into_iter().enumerate() {
        let decision = token.decide(successor, seconds(10), epoch() + seconds(after));
        assert_eq!(decision, expected, "case {case}");
    }
}
