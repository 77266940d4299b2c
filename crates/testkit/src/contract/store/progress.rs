//! Promises of `ports::store::Progress`.

mod ending;
mod resting;
mod starting;
mod turns;

pub use self::{ending::*, resting::*, starting::*, turns::*};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::Progress`. Takes the path of an async function that
    /// makes a `testkit::contract::store::StoreUnderTest`.
    progress_contract = testkit::contract::store::progress:
        a_start_makes_it_streaming,
        a_later_attempt_takes_over,
        a_start_said_twice_or_late_changes_nothing,
        an_unknown_generation_is_answered_as_unknown,
        a_generation_is_found_whoever_it_belongs_to,
        a_success_keeps_the_answer,
        an_answer_without_text_is_kept,
        a_stopped_answer_is_kept_as_far_as_it_came,
        a_failure_tells_why_and_keeps_no_answer,
        a_retry_waits_for_its_time,
        a_wait_uses_no_rung_and_no_attempt,
        an_answer_is_what_viewers_have_at_its_end,
        an_answer_without_its_retried_text_is_what_viewers_have,
        tokens_add_up_over_attempts,
        an_end_without_a_call_leaves_what_an_attempt_spent,
        an_end_tells_when_its_attempt_began,
        an_end_without_events_takes_none_back,
        an_end_is_enough_without_a_start,
        an_end_publishes_what_follows_from_it,
        an_end_said_twice_changes_nothing,
        of_simultaneous_ends_one_counts,
        an_end_of_an_overtaken_attempt_changes_nothing,
        an_answer_comes_after_its_question,
        an_answer_is_later_than_all_that_was_said,
        an_answer_moves_its_chat_up,
        queued_ones_are_overdue_by_their_time,
        streaming_ones_are_overdue_by_their_last_change,
        overdue_ones_come_longest_waiting_first,
        what_the_relay_will_publish_is_not_overdue,
        what_has_ended_is_not_overdue,
        whoever_is_to_stop_is_known_until_it_has,
        the_backlog_is_summed_by_rung,
        the_backlog_knows_of_jobs_that_are_not_published,
        a_rescue_is_counted_and_gives_time,
        of_simultaneous_rescues_one_counts_and_puts_back,
        unfinished_ones_come_in_pages_in_order,
        a_held_generation_is_accepted_and_nobody_s_work,
        who_waits_and_has_room_is_known,
        who_may_not_pass_begins_behind_those_that_are_held,
        who_has_waited_longest_gets_a_turn_when_there_is_room,
        a_turn_asks_after_what_it_follows_by_any_clock,
        a_turn_passes_questions_that_were_stopped_before_theirs,
        a_turn_comes_with_its_job,
        of_simultaneous_turns_there_are_as_many_as_there_is_room,
        a_turn_given_beside_an_admission_stays_within_what_is_allowed,
        a_question_that_was_asked_before_stays_where_it_is,
        a_held_generation_is_canceled_at_once,
}
