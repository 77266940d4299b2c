//! Promises of `ports::queue`.

mod bench;
mod dead_letters;
mod delays;
mod delivering;
mod looking;
mod returning;
mod sharing;

pub use self::{
    bench::QueueUnderTest, dead_letters::*, delays::*, delivering::*, looking::*, returning::*,
    sharing::*,
};
use super::contract;

contract! {
    /// One test per promise of `ports::queue::{Queue, QueueOperations}`. Takes the path of an async
    /// function that makes a `testkit::contract::queue::QueueUnderTest`.
    queue_contract = testkit::contract::queue:
        a_message_arrives_as_it_was_published,
        a_message_waits_for_its_first_consumer,
        a_waiting_consumer_is_woken,
        messages_come_in_about_the_order_of_publishing,
        topics_are_apart,
        an_acknowledged_message_is_gone,
        a_message_that_is_done_is_safe,
        depth_tells_what_waits_where,
        a_topic_never_used_is_empty,
        a_released_message_comes_again,
        a_dropped_delivery_comes_again,
        a_dropped_subscription_gives_back_what_it_held,
        a_message_that_always_comes_back_joins_the_dead_letters,
        a_delivery_is_not_lost_while_it_is_out,
        no_more_than_prefetch_are_out,
        every_way_to_end_a_delivery_makes_room,
        consumers_of_a_topic_share_its_messages,
        many_consumers_lose_nothing,
        a_message_given_back_goes_to_another_consumer,
        a_delayed_message_comes_no_earlier,
        a_delayed_message_holds_up_no_other,
        a_short_delay_does_not_wait_for_a_long_one,
        a_consumer_that_waits_hears_of_a_shorter_delay,
        a_delayed_message_is_counted_as_delayed,
        a_dead_letter_tells_where_it_was_and_why,
        dead_letters_are_looked_at_without_taking_them,
        dead_letters_come_oldest_first_up_to_the_limit,
        dead_letters_come_in_pages,
        a_dead_letter_is_found_by_its_id,
        a_replayed_message_comes_again,
        a_replayed_message_starts_afresh,
        a_purged_message_is_gone,
        unknown_dead_letters_are_not_counted,
        looks_at_once_see_everything,
        a_long_reason_is_cut_at_a_character,
}
