//! Migrations beside running processes: those of the version before go on while the schema is already the next one.

use std::{fs, path::Path};

/// Statements that take something away or change what is there, and why those of the version before can
/// live with it.
const OTHERS: &[(&str, &str)] = &[
    (
        "DROP INDEX generations_chat",
        "0005: statements find their rows by the index that follows it",
    ),
    ("DROP INDEX audit_logs_at", "0005: statements find their rows by the index that follows it"),
    (
        "UPDATE messages SET parent_id = ",
        "0006: fills a column that the version before does not read",
    ),
];

/// What stands in the file at `path`, without comments, one statement each.
fn statements(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let code = text.lines().map(|line| line.split("--").next().unwrap_or_default());
    let code = code.collect::<Vec<_>>().join(" ");
    let words = |statement: &str| statement.split_whitespace().collect::<Vec<_>>().join(" ");
    code.split(';').map(words).filter(|statement| !statement.is_empty()).collect()
}

/// Whether those who do not know of it read and write as before.
fn is_additive(statement: &str) -> bool {
    let adds_column = statement.starts_with("ALTER TABLE ") && statement.contains(" ADD COLUMN ");
    let can_be_left_out = !statement.contains(" NOT NULL") || statement.contains(" DEFAULT ");
    (adds_column && can_be_left_out)
        || statement.starts_with("CREATE TABLE ")
        || statement.starts_with("CREATE INDEX ")
}

#[test]
fn a_migration_only_adds_or_says_why_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut named = 0;
    for engine in ["sqlite", "postgres"] {
        for version in fs::read_dir(root.join(engine)).unwrap() {
            let path = version.unwrap().path();
            if path.ends_with("0001_initial.sql") {
                continue;
            }
            for statement in statements(&path).iter().filter(|statement| !is_additive(statement)) {
                let reason = OTHERS.iter().find(|(known, _)| statement.starts_with(known));
                assert!(reason.is_some(), "{}: {statement}", path.display());
                named += 1;
            }
        }
    }
    assert_eq!(named, OTHERS.len() * 2, "a reason is given for what is not there");
}

#[test]
fn what_takes_away_is_told_from_what_adds() {
    for (statement, expected) in [
        ("CREATE TABLE a (b TEXT NOT NULL)", true),
        ("CREATE INDEX a ON b (c)", true),
        ("CREATE UNIQUE INDEX a ON b (c)", false),
        ("ALTER TABLE a ADD COLUMN b TEXT", true),
        ("ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT ''", true),
        ("ALTER TABLE a ADD COLUMN b TEXT NOT NULL", false),
        ("ALTER TABLE a DROP COLUMN b", false),
        ("ALTER TABLE a RENAME COLUMN b TO c", false),
        ("DROP TABLE a", false),
        ("UPDATE a SET b = 1", false),
    ] {
        assert_eq!(is_additive(statement), expected, "{statement}");
    }
}
