//! The statements that run often or over long lists can find their rows by an index, and need nothing else.
//!
//! On the empty tables of a test the planner would rather read them whole. Where it is told not to, nor to sort, it does
//! so only where there is no other way.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    accounts, archive, chats, generations, ledger, messages, migrations::MIGRATOR, outbox, progress,
};

/// Plans are made without knowing the values, as they are after the first times.
const ONLY_BY_INDEX: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; \
     SET LOCAL enable_incremental_sort = off; SET LOCAL enable_bitmapscan = off; \
     SET LOCAL plan_cache_mode = force_generic_plan";

/// A transaction with the tables in a schema of its own; it is never committed.
const OWN_SCHEMA: &str = "BEGIN; CREATE SCHEMA plans; SET LOCAL search_path = plans";

async fn run(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

/// New, empty tables.
async fn tables() -> PgConnection {
    let server = std::env::var("TEST_DATABASE_URL").expect("`make test` sets TEST_DATABASE_URL");
    let mut connection = PgConnection::connect(&server).await.unwrap();
    run(&mut connection, OWN_SCHEMA).await;
    for version in MIGRATOR.iter() {
        run(&mut connection, version.sql.as_str()).await;
    }
    connection
}

/// The same, read and sorted by an index wherever that is possible.
async fn indexed_tables() -> PgConnection {
    let mut connection = tables().await;
    run(&mut connection, ONLY_BY_INDEX).await;
    connection
}

/// `sql` with numbers for the places of its values, which some statements get when they are put together.
fn numbered(sql: &str) -> String {
    let mut pieces = sql.split('?');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.zip(1..).fold(first, |sql, (piece, number)| format!("{sql}${number}{piece}"))
}

async fn plan(connection: &mut PgConnection, sql: &str) -> String {
    let sql = numbered(sql);
    let values = (1..20).rev().find(|number| sql.contains(&format!("${number}"))).unwrap();
    let values = vec!["NULL"; values].join(", ");
    run(connection, &format!("PREPARE one AS {sql}")).await;
    let explain = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) EXECUTE one({values})"));
    let steps: Vec<String> =
        sqlx::query_scalar(explain).persistent(false).fetch_all(&mut *connection).await.unwrap();
    run(connection, "DEALLOCATE one").await;
    steps.join("\n")
}

/// Security case 87.
#[tokio::test]
async fn no_list_is_read_whole_or_sorted_by_postgresql() {
    let mut connection = indexed_tables().await;
    for (sql, wanted) in [
        (chats::LIST, &["chats_list"][..]),
        (chats::LIST_OLDER, &["chats_list", "(ROW(updated_at, id) < ROW("]),
        (chats::LIST_NEWER, &["chats_list", "(ROW(updated_at, id) > ROW("]),
        // Of a user's own chats alone, and their messages.
        (chats::SEARCH, &["chats_list", "messages_page"]),
        (messages::PAGE, &["messages_page"]),
        (messages::PAGE_OLDER, &["messages_page", "(ROW(created_at, id) < ROW("]),
        (messages::PAGE_NEWER, &["messages_page", "(ROW(created_at, id) > ROW("]),
        (messages::HISTORY, &["messages_page"]),
        (messages::HISTORY_TO, &["messages_page"]),
        (messages::SAID, &["messages_"]),
        (messages::SAID_LAST, &["Index Only Scan", "messages_page"]),
        (ledger::AUDIT, &["audit_logs_page"]),
        (ledger::AUDIT_OLDER, &["audit_logs_page", "(ROW(at, event_id) < ROW("]),
        (ledger::AUDIT_NEWER, &["audit_logs_page", "(ROW(at, event_id) > ROW("]),
        (ledger::DAILY_USAGE, &["daily_usage_pkey"]),
        (generations::IN_CHAT, &["generations_in_chat"]),
        (generations::ASKED_WITH, &["generations_question"]),
        (generations::UNFINISHED_IN_CHAT, &["generations_in_flight"]),
        (progress::UNFINISHED, &["generations_unfinished"]),
        (progress::TO_STOP, &["generations_to_stop"]),
        (progress::turns::WHO_WAITS, &["generations_held", "user_id >", "generations_in_flight"]),
        (outbox::CLAIM, &["outbox_pkey"]),
        (outbox::PRUNE, &["refresh_tokens_expiry"]),
        (accounts::IS_SIGNED_IN, &["refresh_tokens_family"]),
    ] {
        let plan = plan(&mut connection, sql).await;
        for wanted in wanted {
            assert!(plan.contains(wanted), "{wanted}: {sql}\n{plan}");
        }
        assert!(!plan.contains("Seq Scan") && !plan.contains("Sort"), "{sql}\n{plan}");
    }
}

/// Security case 87.
#[tokio::test]
async fn no_search_reads_the_messages_of_everybody() {
    let mut connection = tables().await;
    // Where an index costs more than reading all, as it seems to with few chats in a large table.
    let reading_all = "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; \
         SET LOCAL plan_cache_mode = force_generic_plan";
    run(&mut connection, reading_all).await;
    let plan = plan(&mut connection, chats::SEARCH).await;
    assert!(plan.contains("SubPlan") && !plan.contains("hashed SubPlan"), "{plan}");
}

/// An outbox that was empty for long is believed to be so when it is no more.
#[tokio::test]
async fn no_more_rows_are_claimed_than_wanted_whatever_is_known_of_the_table() {
    let mut connection = tables().await;
    let rows = |count: u32| {
        format!(
            "INSERT INTO outbox (id, topic, message_id, correlation_id, kind, written_at, headers, body) \
             SELECT gen_random_uuid(), '\"responses\"', gen_random_uuid(), gen_random_uuid(), 'k', now(), '{{}}', '' \
             FROM generate_series(1, {count})"
        )
    };
    run(&mut connection, &rows(1)).await;
    run(&mut connection, "ANALYZE outbox; SET LOCAL plan_cache_mode = force_generic_plan").await;
    run(&mut connection, &rows(20)).await;
    run(&mut connection, &format!("PREPARE claim AS {}", outbox::CLAIM)).await;
    let claim = AssertSqlSafe("EXECUTE claim(3, now(), now(), 0, 1)".to_owned());
    let claimed = sqlx::query(claim).persistent(false).fetch_all(&mut connection).await.unwrap();
    assert_eq!(claimed.len(), 3);
}

#[tokio::test]
async fn rare_rows_are_found_without_reading_the_many() {
    let mut connection = indexed_tables().await;
    // These bring few rows together, and sort them.
    run(&mut connection, "SET LOCAL enable_sort = on").await;
    for (sql, wanted) in [
        (progress::OVERDUE, &["generations_idle", "outbox_generation"][..]),
        (
            generations::look::LOOK,
            &["generations_request", "generations_pkey", "chats_pkey", "generations_in_flight"],
        ),
        (archive::READ_SOME, &["generation_events_read"]),
        (progress::turns::ASK_NOW, &["messages_pkey", "messages_page", "generations_question"]),
    ] {
        let plan = plan(&mut connection, sql).await;
        for index in wanted {
            assert!(plan.contains(index), "{index}: {sql}\n{plan}");
        }
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
    }
}

/// A connection keeps the plans of its first minutes, when there were no statistics, until there are some.
#[tokio::test]
async fn what_each_question_runs_is_planned_well_on_new_tables() {
    let mut connection = tables().await;
    run(&mut connection, "SET LOCAL plan_cache_mode = force_generic_plan").await;
    for sql in [
        generations::FIND_TO_CHANGE,
        generations::look::LOOK,
        messages::HISTORY,
        messages::HISTORY_TO,
        messages::PAGE,
        archive::READ,
        archive::READ_SOME,
        progress::turns::WAITS,
    ] {
        let plan = plan(&mut connection, sql).await;
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
    }
}
