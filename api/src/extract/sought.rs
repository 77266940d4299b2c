//! Which generations an operator looks for.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{id::UserId, model::ProviderName, phase::Phase};
use ports::store::Sought;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ValidQuery;
use crate::error::{ApiError, Faults};

/// Which generations under way.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SoughtParams {
    /// `held`, `waiting`, `queued` or `streaming`.
    state: Option<String>,
    /// Whose, as the id of an account.
    #[param(value_type = Option<uuid::Uuid>)]
    user: Option<String>,
    /// Who is asked.
    provider: Option<String>,
    /// Which of the provider's models.
    model: Option<String>,
}

/// Which generations under way.
#[derive(Debug, Clone)]
pub(crate) struct SoughtQuery(pub(crate) Sought);

impl<S: Send + Sync> FromRequestParts<S> for SoughtQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ValidQuery(params) =
            ValidQuery::<SoughtParams>::from_request_parts(parts, state).await?;
        sought(params).map(Self).map_err(ApiError::Invalid)
    }
}

fn sought(params: SoughtParams) -> Result<Sought, Faults> {
    let SoughtParams { state, user, provider, model } = params;
    let mut faults = Faults::default();
    let phase = state.map(|name| {
        let allowed = "must be held, waiting, queued or streaming";
        faults.take("/state", Phase::from_name(&name).ok_or(allowed))
    });
    let user = user.map(|id| {
        faults.take("/user", id.parse::<UserId>().map_err(|_| "must be the id of an account"))
    });
    let provider = provider.map(|name| {
        faults.take(
            "/provider",
            ProviderName::parse(&name).map_err(|_| "must be the name of a provider"),
        )
    });
    let model = model.map(|name| {
        let kept = if name.contains('\0') { Err("must not contain U+0000") } else { Ok(name) };
        faults.take("/model", kept)
    });
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Sought {
        phase: phase.flatten(),
        user: user.flatten(),
        provider: provider.flatten(),
        model: model.flatten(),
    })
}
