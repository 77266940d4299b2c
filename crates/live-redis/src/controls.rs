//! What operators want of workers, and what workers say of themselves.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    model::ProviderName,
    pool::{PoolWish, WorkerStatus, WorkerWish},
};
use ports::live::{Controls, LiveError, WORKER_KEPT};
use serde::{Serialize, de::DeserializeOwned};

use crate::{connect::RedisLive, error::Error, wait::millis};

/// How long a wish is kept that nobody says again, and what is wished of a worker that reports no more.
const KEPT: Duration = Duration::from_hours(24);

fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and flags always have a JSON form")
}

fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::unknown(what, text))
}

#[async_trait]
impl Controls for RedisLive {
    async fn tell(&self, pool: &ProviderName, wish: PoolWish) -> Result<(), LiveError> {
        let mut run = self.scripts.tell.on(&[self.names.wish(pool)]);
        run.arg(write(&wish)).arg(millis(KEPT));
        Ok(self.connection.run(&run).await?)
    }

    async fn wish(&self, pool: &ProviderName) -> Result<Option<PoolWish>, LiveError> {
        let run = self.scripts.wish.on(&[self.names.wish(pool)]);
        let wish: Option<String> = self.connection.run(&run).await?;
        Ok(wish.map(|wish| read("wish of a pool", &wish)).transpose()?)
    }

    async fn drain(&self, worker: &str, drained: bool) -> Result<(), LiveError> {
        let mut run = self.scripts.drain.on(&[self.names.drained()]);
        run.arg(worker).arg(u8::from(drained)).arg(millis(KEPT));
        Ok(self.connection.run(&run).await?)
    }

    async fn scale(&self, worker: &str, concurrency: Option<u16>) -> Result<(), LiveError> {
        let mut run = self.scripts.scale.on(&[self.names.scaled()]);
        let concurrency = concurrency.map_or_else(|| "-".to_owned(), |count| count.to_string());
        run.arg(worker).arg(concurrency).arg(millis(KEPT));
        Ok(self.connection.run(&run).await?)
    }

    async fn report(&self, status: &WorkerStatus) -> Result<WorkerWish, LiveError> {
        let keys = [self.names.workers(), self.names.drained(), self.names.scaled()];
        let mut run = self.scripts.report_worker.on(&keys);
        run.arg(format!("{} {}", status.worker, status.pool)).arg(write(status));
        run.arg(&status.worker).arg(millis(WORKER_KEPT)).arg(millis(KEPT));
        let (drained, concurrency) = self.connection.run(&run).await?;
        Ok(WorkerWish { drained, concurrency })
    }

    async fn ask_reload(&self) -> Result<(), LiveError> {
        let mut run = self.scripts.reload.on(&[self.names.reloads()]);
        run.arg("ask").arg(millis(KEPT));
        let _: u64 = self.connection.run(&run).await?;
        Ok(())
    }

    async fn reloads(&self) -> Result<u64, LiveError> {
        let mut run = self.scripts.reload.on(&[self.names.reloads()]);
        run.arg("look");
        Ok(self.connection.run(&run).await?)
    }

    async fn workers(&self) -> Result<Vec<WorkerStatus>, LiveError> {
        let run = self.scripts.workers.on(&[self.names.workers()]);
        let said: Vec<String> = self.connection.run(&run).await?;
        let statuses: Result<_, Error> =
            said.iter().map(|status| read("status of a worker", status)).collect();
        Ok(statuses?)
    }
}
