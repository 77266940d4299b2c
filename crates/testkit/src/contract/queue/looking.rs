//! Dead letters are looked at by many, and tell no more than is kept.

use ports::queue::MAX_REASON;

use super::bench::{QueueUnderTest, topic};

/// However long the reason is.
pub async fn a_long_reason_is_cut_at_a_character(under_test: QueueUnderTest) {
    let topic = topic();
    // More than a broker takes at once; and the limit is in the midst of a character.
    let why = format!("x{}", "ä".repeat(100_000));
    let buried = under_test.bury(&topic, "bad", &why).await;
    let letters = under_test.dead_letters_become(&topic, 1).await;
    assert_eq!(letters[0].envelope, buried);
    let (kept, whole) = (&letters[0].why, &why[..MAX_REASON - 1]);
    assert!(kept == whole, "{} bytes are kept", kept.len());
}
