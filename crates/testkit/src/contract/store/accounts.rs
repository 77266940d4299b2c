//! Promises of `ports::store::Accounts`.

mod passwords;
mod people;
mod sign_ins;
mod used;

pub(super) use self::sign_ins::refresh;
pub use self::{passwords::*, people::*, sign_ins::*, used::*};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::Accounts`. Takes the path of an async function that
    /// makes a `testkit::contract::store::StoreUnderTest`.
    accounts_contract = testkit::contract::store::accounts:
        an_account_is_found_by_address_and_by_id,
        an_unknown_account_is_not_found,
        of_accounts_with_one_address_one_is_made,
        an_account_made_again_is_the_same,
        a_role_can_be_changed,
        another_password_ends_all_sign_ins,
        a_password_is_replaced_by_who_knows_it,
        of_simultaneous_passwords_one_is_taken,
        another_hash_of_the_same_password_ends_nothing,
        somebody_shut_out_has_no_sign_ins,
        who_is_let_in_and_was_not_shut_out_stays_signed_in,
        a_refresh_token_is_replaced_by_its_successor,
        a_second_use_after_the_tolerance_revokes_the_family,
        two_tabs_may_refresh_at_once,
        another_successor_revokes_the_family,
        a_replaced_successor_ends_the_tolerance,
        a_successor_ends_with_its_family,
        a_token_that_is_not_good_is_invalid,
        a_sign_in_that_a_new_password_came_before_is_none,
        a_sign_in_beside_a_new_password_is_ended,
        a_token_granted_again_is_the_same,
        revoking_ends_the_whole_family_and_no_other,
        of_a_family_that_its_tokens_tell_two_are_kept,
        a_used_token_that_is_not_kept_ends_its_sign_in,
        a_used_token_of_a_sign_in_that_has_ended_is_invalid,
        a_used_token_that_is_not_kept_signs_out,
        a_refresh_is_the_same_with_another_secret,
        a_sign_in_goes_on_until_it_is_ended,
        parallel_refreshes_with_one_successor_all_succeed,
        parallel_refreshes_with_many_successors_succeed_once,
        a_sign_in_ended_beside_a_refresh_is_ended,
        what_becomes_of_a_sign_in_is_noted_with_it,
}
