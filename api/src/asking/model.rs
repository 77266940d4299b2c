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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answerers {
    /// The first.
    pub(crate) first: ModelRef,
    /// One after the other, if that one cannot answer.
    pub(super) fallbacks: Vec<ModelRef>,
    /// What all of them are called, if they are a chain.
    pub(crate) chain: Option<String>,
}

/// Who is asked first, and who after that; all of them are whom the user's role may ask.
pub(super) async fn who_answers(app: &App, user: UserId, ask: &Ask) -> Result<Answerers, ApiError> {
    let catalog = &app.config.catalog;
    let wish = ask.model.as_deref();
    let Some(rules) = rules_of(app, user).await? else { return Ok(asked_by(catalog, wish)?) };
    // Whom nobody can ask is told before what this role may not.
    let allowed = allowed(catalog, rules, wish)?;
    if ask.system_prompt.is_some() && !rules.system_prompt {
        return Err(ApiError::NotForRole("systemPrompt is not for this role".to_owned()));
    }
    allowed.ok_or_else(|| ApiError::NotForRole(rules.words()))
}

/// Who is asked where `rules` hold, and nobody is named.
pub(crate) fn unnamed(catalog: &Catalog, rules: &RoleRules) -> Option<Answerers> {
    // Rules may name whom no provider here has: then there is nobody.
    allowed(catalog, rules, None).ok().flatten()
}

/// Who is asked for `wish` where `rules` hold, if they may be.
fn allowed(
    catalog: &Catalog,
    rules: &RoleRules,
    wish: Option<&str>,
) -> Result<Option<Answerers>, UnknownModel> {
    let asked = asked_by(catalog, wish)?;
    if rules.allow(wish, std::iter::once(&asked.first).chain(&asked.fallbacks)) {
        return Ok(Some(asked));
    }
    match (wish, rules.first()) {
        (None, Some(instead)) => asked_by(catalog, Some(instead)).map(Some),
        _ => Ok(None),
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
    // Without one the account has just been shut out: what let its user in was asked about earlier.
    Ok(rules.of(role.ok_or(ApiError::Unauthenticated)?))
}
