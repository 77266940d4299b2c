//! Promises of `ports::store::Generations`.

mod admitting;
mod archiving;
mod canceling;
mod looking;

pub use self::{admitting::*, archiving::*, canceling::*, looking::*};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::Generations`. Takes the path of an async function
    /// that makes a `testkit::contract::store::StoreUnderTest`.
    generations_contract = testkit::contract::store::generations:
        an_accepted_generation_is_kept_as_asked_for,
        a_question_follows_the_newest_message_if_it_is_to,
        an_accepted_generation_comes_with_its_question_and_its_job,
        a_chat_without_a_name_is_named_by_its_first_question,
        an_accepted_generation_moves_its_chat_up,
        another_answer_to_a_question_writes_no_question,
        the_same_request_again_is_its_first_generation,
        a_replay_is_noticed_before_anything_else,
        the_same_request_with_another_body_is_a_conflict,
        the_same_request_of_another_user_is_another,
        of_simultaneous_requests_with_one_id_one_creates,
        requests_without_an_id_are_never_the_same,
        a_call_repeated_as_a_whole_writes_once,
        a_user_has_no_more_under_way_than_allowed,
        simultaneous_requests_stay_within_what_is_allowed,
        an_ended_generation_makes_room,
        a_foreign_chat_takes_no_generation,
        a_foreign_generation_does_not_exist,
        the_active_generation_is_the_newest_that_has_not_ended,
        what_is_held_is_active_only_where_nothing_else_is,
        a_queued_generation_is_canceled_at_once,
        what_viewers_have_of_a_queued_generation_is_its_answer,
        who_saw_more_than_is_left_is_told_what_follows,
        a_generation_waiting_for_its_retry_is_canceled_at_once,
        a_streaming_generation_is_asked_to_stop,
        a_generation_that_has_ended_cannot_be_stopped,
        a_job_that_comes_after_its_cancellation_changes_nothing,
        a_cancellation_that_races_the_end_agrees_with_it,
        archived_events_come_in_order_and_in_pages,
        a_long_archive_is_the_same_in_pages_of_any_size,
        a_page_of_an_archive_costs_what_it_holds,
        events_archived_twice_are_there_once,
        events_of_another_generation_are_apart,
        the_generations_of_a_chat_come_in_order,
        a_question_tells_the_newest_generation_asked_for_with_it,
        attempts_are_told_in_order,
}
