//! The statements that run often or over long lists find their rows by an index.

use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    accounts, archive, chats, generations, jobs, ledger, messages, migrations::MIGRATOR, outbox,
    progress,
};

async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(connection)
            .await
            .unwrap();
    rows.into_iter().map(|(.., step)| step).collect()
}

/// Whether a step reads a table from end to end. Of what a statement itself has made, there is little.
fn is_scan(step: &str) -> bool {
    const FEW: [&str; 9] = [
        "SCAN (",
        "SCAN always",
        "SCAN line",
        "SCAN followed",
        "SCAN last",
        "SCAN newest",
        "SCAN nearest",
        "SCAN reaching",
        "SCAN CONSTANT",
    ];
    step.starts_with("SCAN ") && !FEW.iter().any(|few| step.starts_with(few))
}

/// Security case 87.
#[tokio::test]
async fn no_list_is_read_from_end_to_end_or_sorted() {
    let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
    MIGRATOR.run(&mut connection).await.unwrap();
    for (sql, wanted) in [
        (chats::LIST, "chats_list (user_id=?)"),
        (chats::LIST_OLDER, "chats_list (user_id=? AND (updated_at,id)<(?,?))"),
        (chats::SEARCH, "chats_list (user_id=?)"),
        (chats::SEARCH, "messages_page (chat_id=?)"),
        (messages::PAGE, "messages_page (chat_id=?)"),
        (messages::PAGE, "INTEGER PRIMARY KEY (rowid=?)"),
        (messages::PAGE_OLDER, "messages_page (chat_id=? AND (created_at,id)<(?,?))"),
        (chats::LIST_NEWER, "chats_list (user_id=? AND (updated_at,id)>(?,?))"),
        (messages::PAGE_NEWER, "messages_page (chat_id=? AND (created_at,id)>(?,?))"),
        (ledger::AUDIT_OLDER, "audit_logs_page ((at,event_id)<(?,?))"),
        (messages::HISTORY, "messages_page (chat_id=?)"),
        (messages::HISTORY, "INTEGER PRIMARY KEY (rowid=?)"),
        (messages::HISTORY_TO, "messages_page (chat_id=? AND created_at<?)"),
        (messages::SAID_LAST, "COVERING INDEX messages_page (chat_id=?)"),
        (generations::IN_CHAT, "generations_in_chat (chat_id=? AND (created_at,id)>(?,?))"),
        (generations::ASKED_WITH, "generations_question (user_message_id=?)"),
        (generations::UNFINISHED_IN_CHAT, "generations_in_flight (user_id=?)"),
        (progress::UNFINISHED, "generations_unfinished (id>?)"),
        (jobs::UNDER_WAY, "generations_unfinished (id>?)"),
        (progress::TO_STOP, "generations_to_stop (id>?)"),
        (progress::turns::WHO_WAITS, "generations_held (user_id>?)"),
        (progress::turns::WHO_WAITS, "generations_in_flight (user_id=?)"),
        (ledger::DAILY_USAGE, "PRIMARY KEY (user_id=? AND day>?)"),
        (outbox::PRUNE, "refresh_tokens_expiry (expires_at<?)"),
        (accounts::IS_SIGNED_IN, "refresh_tokens_family (family=?)"),
    ] {
        let steps = plan(&mut connection, sql).await;
        assert!(steps.iter().any(|step| step.contains(wanted)), "{sql}\n{steps:#?}");
        let is_slow = |step: &String| is_scan(step) || step.contains("TEMP B-TREE");
        assert!(!steps.iter().any(is_slow), "{sql}\n{steps:#?}");
    }
}

#[tokio::test]
async fn a_claim_takes_the_oldest_rows_without_sorting_the_backlog() {
    let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
    MIGRATOR.run(&mut connection).await.unwrap();
    let steps = plan(&mut connection, outbox::CLAIM).await;
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{steps:#?}");
}

#[tokio::test]
async fn rare_rows_are_found_without_reading_the_many() {
    let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
    MIGRATOR.run(&mut connection).await.unwrap();
    for (sql, wanted) in [
        (progress::OVERDUE, &["generations_idle", "generations_idle", "outbox_generation"][..]),
        (
            generations::LOOK,
            &["generations_request", "sqlite_autoindex_chats_1", "generations_in_flight"],
        ),
        (archive::READ_SOME, &["generation_events_read (generation_id=? AND last_seq>?)"]),
        (progress::turns::ASK_NOW, &["messages_page (chat_id=?)", "generations_question"]),
        (messages::WALK, &["sqlite_autoindex_messages_1"]),
    ] {
        let steps = plan(&mut connection, sql).await;
        for index in wanted {
            assert!(steps.iter().any(|step| step.contains(index)), "{index}\n{steps:#?}");
        }
        let scans: Vec<_> = steps.iter().filter(|step| is_scan(step)).collect();
        assert!(scans.is_empty(), "{steps:#?}");
    }
}
