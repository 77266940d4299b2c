//! Promises of `ports::live`.

mod bench;
pub mod cancels;
pub mod controls;
pub mod event_log;
pub mod key_pool;
pub mod limits;
pub mod log_writer;
pub mod notices;

pub use self::bench::LiveUnderTest;
use super::contract;

contract! {
    /// One test per promise of `ports::live::LogWriter`. Takes the path of an async function that
    /// makes a `testkit::contract::live::LiveUnderTest`.
    log_writer_contract = testkit::contract::live::log_writer:
        the_first_opening_begins_at_one,
        entries_are_there_as_written,
        writing_again_changes_nothing,
        a_held_log_tells_who_holds_it,
        a_lease_that_ended_frees_the_log,
        every_call_renews_the_lease,
        a_takeover_does_not_wait_for_the_lease,
        an_opening_fences_off_earlier_writers,
        a_fenced_writer_writes_nothing_again,
        every_opening_has_a_fence_of_its_own,
        the_attempt_asked_for_is_written_if_it_is_later,
        inherited_entries_pile_up_until_reported,
        simultaneous_openings_have_one_writer,
        a_wish_made_again_gets_the_same_right,
        another_message_takes_nothing_over,
        a_writer_that_goes_on_is_not_gone,
        a_fenced_writer_keeps_nobody_away,
        a_takeover_is_from_the_writer_it_names,
        a_writer_takes_over_from_itself,
        a_log_brought_back_is_waited_for,
        a_parked_log_opens_for_the_next_attempt,
        a_job_of_a_parked_attempt_learns_of_it,
        parked_entries_are_those_not_reported_before,
        inherited_entries_are_parked_with_the_log,
        a_wait_that_does_not_count_opens_the_same_attempt,
        parking_again_changes_nothing,
        parking_lets_go_of_the_log,
        a_sealed_log_keeps_its_entries_and_note,
        sealing_again_changes_nothing,
        sealing_again_after_the_end_changes_nothing,
        nothing_follows_a_seal,
        a_full_log_takes_nothing_but_its_end,
        all_attempts_fill_one_log,
        a_lost_log_has_its_room_again,
        a_log_begun_anew_has_its_room_again,
        a_gap_is_refused_until_it_is_filled,
        a_gap_is_refused_to_park_and_seal,
        a_lost_log_is_written_again,
        a_lost_log_knows_how_far_it_had_come,
        what_cannot_be_filled_is_left_out,
        a_log_lost_before_parking_is_written_again,
        a_log_lost_before_sealing_is_written_again,
        numbers_go_on_beyond_a_lost_log,
        attempts_go_on_beyond_a_lost_log,
        a_writer_that_knows_of_more_than_its_log_goes_on_beyond,
        numbers_go_on_beyond_a_log_never_brought_back,
        a_log_that_should_exist_goes_on_beyond_what_it_held,
        a_log_that_ends_too_early_goes_on_beyond_what_it_held,
        a_writer_of_a_lost_log_is_fenced_off_by_the_next,
}

contract! {
    /// One test per promise of `ports::live::EventLog`. Takes the path of an async function that
    /// makes a `testkit::contract::live::LiveUnderTest`.
    event_log_contract = testkit::contract::live::event_log:
        reading_begins_after_a_number_and_ends_at_the_limit,
        an_unknown_log_is_missing,
        the_phase_tells_how_far_a_log_has_come,
        following_gives_what_is_there_and_what_comes,
        following_begins_after_a_number,
        following_waits_for_a_log_to_begin,
        following_goes_on_over_a_pause_and_a_new_attempt,
        following_ends_after_the_terminal_events,
        following_an_ended_log_ends_at_once,
        following_from_beyond_the_end_waits_for_the_end,
        followers_hold_up_nobody,
        a_slow_follower_misses_nothing,
        beginning_to_follow_while_entries_come_misses_nothing,
        many_followers_see_the_same,
        following_goes_on_in_a_log_begun_anew,
        concluding_writes_the_terminal_events_once,
        one_of_many_concludes,
        concluding_fences_off_the_writer,
        concluding_ends_a_parked_log,
        concluding_keeps_the_note_of_the_seal,
        concluding_begins_a_missing_log,
        concluding_gives_no_number_a_second_content,
        concluding_comes_after_what_was_lost,
        entries_expire_in_their_time,
        the_end_is_remembered_longer_than_the_entries,
        a_concluded_log_stays_concluded_without_its_entries,
        following_an_expired_log_ends_at_once,
        the_end_is_forgotten_in_its_time,
        an_open_log_that_expires_is_forgotten,
        expiring_an_unknown_log_does_nothing,
}

contract! {
    /// One test per promise of `ports::live::Cancels`. Takes the path of an async function that makes
    /// a `testkit::contract::live::LiveUnderTest`.
    cancels_contract = testkit::contract::live::cancels:
        a_wish_before_the_log_begins_is_remembered,
        a_remembered_wish_is_no_log,
        a_wish_lets_the_writer_only_seal,
        a_wish_is_told_before_anything_is_written,
        a_wish_outlasts_the_writer,
        a_wish_outlasts_a_pause,
        a_wish_after_the_end_changes_nothing,
        a_wish_after_the_terminal_events_changes_nothing,
        wishing_twice_is_wishing_once,
        everybody_who_listens_hears_of_it,
        a_listener_hears_of_every_generation,
}

contract! {
    /// One test per promise of `ports::live::KeyPool`. Takes the path of an async function that makes
    /// a `testkit::contract::live::LiveUnderTest`.
    key_pool_contract = testkit::contract::live::key_pool:
        without_keys_none_is_usable,
        the_least_recently_lent_key_is_lent,
        an_excluded_key_is_not_lent,
        a_wish_told_again_gets_the_same_loan,
        a_wish_told_again_late_counts_from_then_on,
        a_wish_told_again_takes_nothing_more_than_was_settled,
        a_wish_that_got_none_may_get_one_later,
        a_key_is_lent_as_often_as_its_budget,
        simultaneous_wishes_keep_within_the_budget,
        a_key_without_budget_is_lent_any_number_of_times,
        a_budget_of_nothing_lends_nothing,
        a_cooling_key_is_not_lent_until_it_has_cooled,
        a_shorter_cooldown_does_not_shorten,
        a_longer_cooldown_extends,
        a_healthy_call_does_not_end_a_cooldown,
        a_revoked_key_stays_revoked,
        a_disabled_key_is_not_lent,
        a_change_that_is_not_newer_does_nothing,
        enabling_restores_the_health,
        enabling_does_not_restore_the_budget,
        a_key_no_longer_named_is_not_lent,
        registering_again_keeps_health_and_requests,
        the_newest_budget_counts,
        a_budget_put_back_knows_what_was_used,
        the_key_that_is_free_soonest_tells_the_wait,
        providers_do_not_share_keys,
        keys_are_listed_by_name_with_their_state,
        a_report_on_an_unknown_key_does_nothing,
        keys_take_turns_by_weight,
        a_key_that_comes_back_does_not_catch_up,
        a_key_that_was_throttled_does_not_catch_up,
        a_key_that_was_busy_does_not_catch_up,
        a_key_that_served_other_models_alone_does_not_catch_up,
        keys_share_a_budget_of_one_name,
        a_budget_of_a_model_counts_only_that,
        tokens_are_reserved_and_settled,
        a_request_beyond_a_budget_runs_alone,
        calls_under_way_are_limited,
        a_key_taken_out_drains,
        a_loan_never_given_back_ends_by_itself,
        a_short_lease_ends_no_other,
        throttles_of_most_keys_hold_all_of_them,
        a_model_that_no_key_may_be_used_for_is_told_apart,
        of_models_not_permitted_the_latest_are_known,
        a_silent_trial_is_followed_by_another_one,
        a_storm_is_over_when_the_trial_begins_to_answer,
        a_trial_that_says_nothing_leaves_its_place,
        only_the_trial_ends_a_storm,
        a_throttle_rests_the_group_for_the_model,
        want_of_money_rests_the_group_for_all_models,
        a_day_used_up_is_told_apart,
        a_key_not_permitted_for_a_model_serves_others,
        a_key_switched_off_for_a_time_comes_back,
        a_probe_asked_for_is_given_out_once,
        a_revoked_key_found_well_comes_back,
}

contract! {
    /// One test per promise of `ports::live::Limits`. Takes the path of an async function that makes a
    /// `testkit::contract::live::LiveUnderTest`.
    limits_contract = testkit::contract::live::limits:
        so_many_at_once_and_no_more,
        one_more_after_the_wait_it_told,
        a_refusal_is_not_counted,
        after_a_pause_so_many_at_once_again,
        simultaneous_events_keep_within_the_quota,
        what_is_good_once_is_used_up_once,
        what_was_used_up_is_forgotten,
        buckets_do_not_affect_each_other,
        several_buckets_are_counted_in_together_or_not_at_all,
        simultaneous_events_are_counted_in_as_many_of_each_bucket,
        a_bucket_without_a_limit_is_beside_others,
        a_place_is_one_generation_s,
        a_place_is_taken_again_by_its_holder,
        a_place_given_back_is_free,
        only_the_holder_gives_a_place_back,
        a_place_is_forgotten_in_time,
        users_have_places_of_their_own,
        simultaneous_wishes_for_a_place_have_one_winner,
        all_processes_together_serve_so_many_streams,
        a_seat_refused_is_not_counted,
        a_seat_taken_again_is_counted_once,
        of_seats_taken_at_once_the_largest_number_counts,
        simultaneous_wishes_for_seats_keep_within_the_most,
        a_process_is_believed_how_many_it_serves,
        seats_given_back_are_free,
        a_process_speaks_only_of_whom_it_names,
        a_silent_process_serves_nothing,
        a_short_word_does_not_shorten_another,
}

contract! {
    /// One test per promise of `ports::live::Controls`. Takes the path of an async function that makes a
    /// `testkit::contract::live::LiveUnderTest`.
    controls_contract = testkit::contract::live::controls:
        what_was_told_last_is_wished,
        workers_are_listed_as_they_said,
        a_silent_worker_is_forgotten,
        a_worker_is_drained_by_its_name,
        a_worker_is_scaled_by_its_name,
        every_wish_to_reload_counts,
}

contract! {
    /// One test per promise of `ports::live::Notices`. Takes the path of an async function that makes
    /// a `testkit::contract::live::LiveUnderTest`.
    notices_contract = testkit::contract::live::notices:
        everybody_who_listens_is_told,
        what_was_told_before_is_not_heard,
        who_lies_too_far_behind_is_told_that_some_was_missed,
}
