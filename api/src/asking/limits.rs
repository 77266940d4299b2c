//! How often, and for how many tokens, a user may ask.

use chrono::{Days, NaiveTime};
use domain::{id::UserId, time::Timestamp};
use ports::store::{DailyUsage, StoreError};

use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Wait},
};

/// So many messages in a second and in a minute, and so many tokens in a day. Who has none left is not counted, unless
/// the request may be a repetition: then the refusal is the answer only if there was none before.
pub(super) async fn check_quota(
    app: &App,
    user: UserId,
    may_be_repeated: bool,
    at: Timestamp,
) -> Result<Option<ApiError>, ApiError> {
    let refusal = check_budget(app, user, at).await?;
    let refusal = refusal.or_else(|| app.health.is_full().then_some(ApiError::QueueAway));
    match refusal {
        Some(refusal) if !may_be_repeated => Err(refusal),
        refusal => count(app, user, Counted::Messages, at).await.map(|()| refusal),
    }
}

/// The refusal of a user who has no tokens left today.
async fn check_budget(
    app: &App,
    user: UserId,
    at: Timestamp,
) -> Result<Option<ApiError>, ApiError> {
    let until = spent_until(app, user, at).await?;
    Ok(until.map(|until| {
        let after = (until - at).to_std().unwrap_or_default();
        ApiError::BudgetSpent(Wait { after, until })
    }))
}

/// Until when a user has no tokens left, if so: they are those of a day (UTC). The books may be a moment behind.
pub(crate) async fn spent_until(
    app: &App,
    user: UserId,
    at: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(budget) = app.config.tokens_per_day else { return Ok(None) };
    let today = at.date_naive();
    let days = app.ports.ledger.daily_usage(user, today).await?;
    let spent = |day: &DailyUsage| day.input_tokens.saturating_add(day.output_tokens);
    let spent: u64 = days.iter().filter(|day| day.day == today).map(spent).sum();
    if spent < budget {
        return Ok(None);
    }
    Ok(Some((today + Days::new(1)).and_time(NaiveTime::MIN).and_utc()))
}
