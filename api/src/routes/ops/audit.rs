//! The audit book.

use axum::{Json, extract::State};
use ports::store::Towards;

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Auditor, PageParams, PageQuery},
    shapes::{AuditShape, ListShape},
};

/// What people and operators did, newest first. It is read towards the older entries alone: how generations ended
/// is booked a while after the time it is booked for, so that nobody can tell from a place in the book what is new.
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
    let PageQuery { after, limit } = page.only(Towards::Older)?;
    let page = app.ports.ledger.audit(after, limit).await?;
    let items = page.items.into_iter().map(AuditShape::from).collect();
    Ok(Json(ListShape::onwards(items, page.next)))
}
