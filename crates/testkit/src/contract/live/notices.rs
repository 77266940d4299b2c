//! Promises of `ports::live::Notices`.

use domain::{
    generation::Status,
    id::{ChatId, GenerationId, UserId},
    notice::{News, Notice},
};

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
        assert_eq!(next(&mut one).await, notice);
        assert_eq!(next(&mut other).await, notice);
    }
}

/// Nothing is kept, and telling nobody is no fault.
pub async fn what_was_told_before_is_not_heard(live: LiveUnderTest) {
    let [before, after, _] = notices();
    live.notices.tell(&before).await.unwrap();
    let mut listener = live.notices.listen().await.unwrap();
    live.notices.tell(&after).await.unwrap();
    assert_eq!(next(&mut listener).await, after);
}
