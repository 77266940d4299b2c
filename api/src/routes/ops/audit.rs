//! The audit book.

use axum::{Json, extract::State};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Auditor, PageParams, PageQuery},
    shapes::{AuditShape, ListShape},
};

/// What people and operators did, newest first.
#[utoipa::path(
    get, path = "/api/ops/audit", tag = "operators", params(PageParams),
    responses(
        (status = 200, body = ListShape<AuditShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _auditor: Auditor,
    page: PageQuery,
) -> Result<Json<ListShape<AuditShape>>, ApiError> {
    let events = app.ports.ledger.audit(page.after, page.limit).await?;
    Ok(Json(events.into()))
}
