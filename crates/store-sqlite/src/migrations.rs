//! The schema's versions, in order. A released one is never edited; what changes comes after it.

use std::sync::LazyLock;

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Number, name and text of every version.
const ALL: [(i64, &str, &str); 16] = [
    (1, "initial", include_str!("../../../migrations/sqlite/0001_initial.sql")),
    (2, "pools", include_str!("../../../migrations/sqlite/0002_pools.sql")),
    (3, "costs", include_str!("../../../migrations/sqlite/0003_costs.sql")),
    (4, "pool_limits", include_str!("../../../migrations/sqlite/0004_pool_limits.sql")),
    (5, "control", include_str!("../../../migrations/sqlite/0005_control.sql")),
    (6, "branches", include_str!("../../../migrations/sqlite/0006_branches.sql")),
    (7, "turns", include_str!("../../../migrations/sqlite/0007_turns.sql")),
    (8, "stops", include_str!("../../../migrations/sqlite/0008_stops.sql")),
    (9, "chains", include_str!("../../../migrations/sqlite/0009_chains.sql")),
    (10, "questions", include_str!("../../../migrations/sqlite/0010_questions.sql")),
    (11, "audit_detail", include_str!("../../../migrations/sqlite/0011_audit_detail.sql")),
    (12, "switched_keys", include_str!("../../../migrations/sqlite/0012_switched_keys.sql")),
    (13, "outbox_turns", include_str!("../../../migrations/sqlite/0013_outbox_turns.sql")),
    (14, "pauses", include_str!("../../../migrations/sqlite/0014_pauses.sql")),
    (15, "lost", include_str!("../../../migrations/sqlite/0015_lost.sql")),
    (16, "said", include_str!("../../../migrations/sqlite/0016_said.sql")),
];

/// The newest version known here.
pub const NEWEST: i64 = ALL[ALL.len() - 1].0;

/// Brings a database up to date.
pub(crate) static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(ALL.map(migration).to_vec())
});
