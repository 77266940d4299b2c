//! Promises of `ports::live::Notices`.

use domain::{
    generation::Status,
    id::{ChatId, GenerationId, UserId},
    notice::{News, Notice},
};
use ports::live::{Heard, NOTICES_KEPT};

use super::{super::waiting::next, bench::LiveUnderTest};
use crate::clock::epoch;

fn notices() -> [Notice; 3] {
    let user_id = UserId::generate(epoch());
    let chat_id = ChatId::generate(epoch());
    let generation_id = GenerationId::generate(epoch());
    let generation = News::Generation { generation_id, chat_id, status: Status::Queued };
    let named = News::Chat { chat_id, title: "Ünïcode, \"quotes\"\nand lines".to_owned() };
    [generation, named, News::Deleted { chat_id }].map(|news| Notice { user_id, news })
}

/// In order, as it was said.
pub async fn everybody_who_listens_is_told(live: LiveUnderTest) {
    let mut one = live.notices.listen().await.unwrap();
    let mut other = live.notices.listen().await.unwrap();
    for notice in notices() {
        live.notices.tell(&notice).await.unwrap();
        assert_eq!(next(&mut one).await, Heard::Notice(notice.clone()));
        assert_eq!(next(&mut other).await, Heard::Notice(notice));
    }
}

/// Nothing is kept, and telling nobody is no fault.
pub async fn what_was_told_before_is_not_heard(live: LiveUnderTest) {
    let [before, after, nobody_hears] = notices();
    live.notices.tell(&nobody_hears).await.unwrap();
    // A server may take a moment to tell: until somebody has heard it, it is not told before.
    let mut earlier = live.notices.listen().await.unwrap();
    live.notices.tell(&before).await.unwrap();
    while next(&mut earlier).await != Heard::Notice(before.clone()) {}
    drop(earlier);
    let mut listener = live.notices.listen().await.unwrap();
    live.notices.tell(&after).await.unwrap();
    assert_eq!(next(&mut listener).await, Heard::Notice(after));
}

/// Who is too slow is told so, and hears what comes then.
pub async fn who_lies_too_far_behind_is_told_that_some_was_missed(live: LiveUnderTest) {
    let mut slow = live.notices.listen().await.unwrap();
    let mut quick = live.notices.listen().await.unwrap();
    let [notice, last, _] = notices();
    for _ in 0..=NOTICES_KEPT {
        live.notices.tell(&notice).await.unwrap();
        assert_eq!(next(&mut quick).await, Heard::Notice(notice.clone()));
    }
    assert_eq!(next(&mut slow).await, Heard::Missed);
    live.notices.tell(&last).await.unwrap();
    while next(&mut slow).await != Heard::Notice(last.clone()) {}
}
