//! Who is asked for an answer, by the wish and the role of whoever asks.

use domain::{id::UserId, model::ModelRef, rules::RoleRules};

use super::Ask;
use crate::{app::App, error::ApiError};

/// Who is asked first, and who after that; all of them are whom the user's role may ask.
pub(super) async fn who_answers(
    app: &App,
    user: UserId,
    ask: &Ask,
) -> Result<(ModelRef, Vec<ModelRef>), ApiError> {
    let catalog = &app.config.catalog;
    let wish = ask.model.as_deref();
    let asked = |wish| {
        let first = catalog.resolve(wish)?;
        Ok::<_, ApiError>((first, catalog.fallbacks(wish).to_vec()))
    };
    let (first, others) = asked(wish)?;
    let Some(rules) = rules_of(app, user).await? else { return Ok((first, others)) };
    if ask.system_prompt.is_some() && !rules.system_prompt {
        return Err(ApiError::NotForRole("systemPrompt is not for this role".to_owned()));
    }
    if rules.allow(wish, std::iter::once(&first).chain(&others)) {
        return Ok((first, others));
    }
    match (wish, rules.first()) {
        (None, Some(instead)) => asked(Some(instead)),
        _ => Err(ApiError::NotForRole(rules.words())),
    }
}

/// What the user's role may ask for, if that is not everything.
async fn rules_of(app: &App, user: UserId) -> Result<Option<&RoleRules>, ApiError> {
    let rules = &app.config.rules;
    if rules.is_empty() {
        return Ok(None);
    }
    let role = app.standing.of(app.ports.accounts.as_ref(), user, app.now()).await?;
    Ok(role.and_then(|role| rules.of(role)))
}
