//! Dead letters are looked at by many, and tell no more than is kept.

use futures_util::future::join3;
use ports::queue::{DeadLetter, MAX_REASON};

use super::bench::{QueueUnderTest, taken, topic};

/// Who looks while others look or take some out sees all that stay.
pub async fn looks_at_once_see_everything(under_test: QueueUnderTest) {
    let topic = topic();
    for text in ["a", "b", "c", "d"] {
        under_test.bury(&topic, text, "why").await;
    }
    let letters = under_test.dead_letters_become(&topic, 4).await;
    let (goes, stay) = letters.split_first().unwrap();
    let sees_all_that_stay = async || {
        for _ in 0..3 {
            let seen = under_test.dead_letters(&topic).await;
            let others: Vec<DeadLetter> =
                seen.into_iter().filter(|letter| letter.place() != goes.place()).collect();
            assert_eq!(others, stay);
        }
    };
    let ids = [goes.envelope.message_id];
    let replaying = under_test.operations.replay(&ids);
    let ((), (), replayed) = join3(sees_all_that_stay(), sees_all_that_stay(), replaying).await;
    assert_eq!(replayed.unwrap(), 1);
    assert_eq!(under_test.dead_letters(&topic).await, stay);
    let delivery = taken(&mut under_test.consume(&topic, 1).await).await;
    assert_eq!(delivery.envelope, goes.envelope);
    delivery.ack().await.unwrap();
}

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
