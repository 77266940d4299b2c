//! One line per port.

use std::sync::Arc;

use store_sqlite::SqliteStore;
use testkit::contract::store::StoreUnderTest;

testkit::accounts_contract!(crate::contract::store);
testkit::api_keys_contract!(crate::contract::store);
testkit::chats_contract!(crate::contract::store);
testkit::generations_contract!(crate::contract::store);
testkit::progress_contract!(crate::contract::store);
testkit::jobs_contract!(crate::contract::store);
testkit::outbox_contract!(crate::contract::store);
testkit::ledger_contract!(crate::contract::store);
testkit::pools_contract!(crate::contract::store);

async fn store() -> StoreUnderTest {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(directory.path().join("sluice.db")).await.unwrap());
    StoreUnderTest {
        accounts: store.clone(),
        api_keys: store.clone(),
        chats: store.clone(),
        generations: store.clone(),
        progress: store.clone(),
        jobs: store.clone(),
        outbox: store.clone(),
        ledger: store.clone(),
        pools: store,
        guard: Box::new(directory),
    }
}
