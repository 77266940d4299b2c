//! Who is asked for an answer, by the wish and the role of whoever asks.

use domain::{
    generation::Generation,
    id::UserId,
    model::{Catalog, ModelRef, UnknownModel},
    rules::RoleRules,
};

use super::Ask;
use crate::{app::App, error::ApiError};

/// Who is asked.
pub(super) struct Answerers {
    /// The first.
    pub(super) first: ModelRef,
    /// One after the other, if that one cannot answer.
    pub(super) fallbacks: Vec<ModelRef>,
    /// What all of them are called, if they are a chain.
    pub(super) chain: Option<String>,
}

/// Who is asked first, and who after that; all of them are whom the user's role may ask.
pub(super) async fn who_answers(app: &App, user: UserId, ask: &Ask) -> Result<Answerers, ApiError> {
    let catalog = &app.config.catalog;
    let wish = ask.model.as_deref();
    let asked = asked_by(catalog, wish)?;
    let Some(rules) = rules_of(app, user).await? else { return Ok(asked) };
    if ask.system_prompt.is_some() && !rules.system_prompt {
        return Err(ApiError::NotForRole("systemPrompt is not for this role".to_owned()));
    }
    if rules.allow(wish, std::iter::once(&asked.first).chain(&asked.fallbacks)) {
        return Ok(asked);
    }
    match (wish, rules.first()) {
        (None, Some(instead)) => Ok(asked_by(catalog, Some(instead))?),
        _ => Err(ApiError::NotForRole(rules.words())),
    }
}

fn asked_by(catalog: &Catalog, wish: Option<&str>) -> Result<Answerers, UnknownModel> {
    let first = catalog.resolve(wish)?;
    let chain = wish.map(str::trim).filter(|wish| catalog.has_chain(wish)).map(str::to_owned);
    Ok(Answerers { first, fallbacks: catalog.fallbacks(wish).to_vec(), chain })
}

/// The wish for whoever was asked for `before`: its chain as it is now or, without one, its model.
pub(crate) fn as_before(catalog: &Catalog, before: &Generation) -> String {
    let chain = before.chain.as_ref().filter(|chain| catalog.has_chain(chain));
    chain.cloned().unwrap_or_else(|| format!("{}/{}", before.provider, before.model))
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
