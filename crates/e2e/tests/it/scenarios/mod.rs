//! What every installation does, whatever its engines.

pub mod answers;
pub mod cancels;
pub mod faults;
pub mod operators;
pub mod requests;
pub mod resumes;
pub mod vocabularies;

/// One test per scenario on the stack that `$start` makes.
macro_rules! scenarios {
    ($start:path) => {
        $crate::scenarios::scenarios! { @ $start :
            answers: an_answer_streams_and_is_kept,
            answers: a_chat_goes_on_with_what_was_said,
            answers: two_viewers_see_the_same,
            resumes: a_reload_goes_on_where_it_was,
            resumes: a_finished_answer_is_replayed_from_any_number,
            resumes: who_leaves_before_the_first_event_misses_none,
            resumes: what_is_no_position_is_refused,
            cancels: a_stop_ends_the_call_and_keeps_the_text,
            cancels: a_parked_generation_stops_at_once,
            requests: a_repeated_request_is_one_generation,
            requests: a_user_has_one_generation_under_way,
            requests: what_is_not_yours_is_not_there,
            faults: another_key_answers_for_a_refused_one,
            faults: a_call_that_breaks_before_the_first_token_is_made_again_at_once,
            faults: a_rejected_key_is_not_used_again,
            faults: an_overloaded_provider_is_asked_again_later,
            faults: a_broken_answer_is_never_a_success,
            faults: a_bad_request_fails_at_once,
            faults: a_ladder_ends,
            operators: a_paused_pool_waits_and_goes_on,
            operators: a_disabled_key_is_not_used,
            operators: a_key_taken_out_drains,
            vocabularies: a_run_is_followed_left_resumed_and_canceled,
            vocabularies: a_session_is_one_stream_in_every_tab,
        }
    };
    (@ $start:path : $($room:ident : $case:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let stack = $start().await;
                $crate::scenarios::$room::$case(&stack.stack).await;
                stack.stop().await;
            }
        )+
    };
}
pub(crate) use scenarios;
