//! The key pool: who may call with which key, held to the budgets exactly.
//!
//! A pool that Redis forgot, or forgot a part of, would lend too often. So every process remembers when
//! the pool was made and which loan it got last, and says so with the next wish: if the pool knows
//! otherwise, loans were forgotten, and every budget counts as used until the longest of them is over.

mod memory;
mod reply;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    key::{KeyId, Verdict},
    model::ProviderName,
};
use ports::live::{KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan};
use redis::{Script, ScriptInvocation};

pub(crate) use self::memory::Memory;
use self::reply::{Reply, status};
use crate::{connect::RedisLive, error::Error, wait::micros};

/// No provider means a longer cooldown than a year.
const LONGEST_COOLDOWN: Duration = Duration::from_hours(366 * 24);

impl RedisLive {
    /// A run of `script` that says what this process knows of the pool.
    fn comparing<'a>(&self, script: &'a Script, provider: &ProviderName) -> ScriptInvocation<'a> {
        let known = self.memory.known(provider);
        let mut run = script.key(self.names.pool(provider));
        run.arg(known.created).arg(known.last_key).arg(known.last_turn);
        run
    }

    async fn make(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), Error> {
        let mut run = self.comparing(&self.scripts.register, provider);
        for key in keys {
            let budget = key.requests_per_minute.map_or("-".to_owned(), |times| times.to_string());
            run.arg(key.id.as_str()).arg(budget);
        }
        let created = self.connection.run(&run).await?;
        self.memory.remember(provider, keys, created);
        Ok(())
    }

    /// Makes a pool again that is gone, from what this process knows. Answers whether it could.
    async fn restore(&self, provider: &ProviderName) -> Result<bool, Error> {
        let Some(keys) = self.memory.keys(provider) else { return Ok(false) };
        tracing::warn!(%provider, "the key pool is gone; it is made again, and its budgets count as used");
        self.make(provider, &keys).await?;
        Ok(true)
    }

    async fn try_to_lend(&self, request: &LendRequest) -> Result<Reply, Error> {
        let mut run = self.comparing(&self.scripts.lend, &request.provider);
        for key in &request.exclude {
            run.arg(key.as_str());
        }
        Reply::read(self.connection.run(&run).await?)
    }

    /// Changes a key; if the pool is gone, makes it again first.
    async fn change(
        &self,
        provider: &ProviderName,
        run: ScriptInvocation<'_>,
    ) -> Result<(), LiveError> {
        let mut is_there: bool = self.connection.run(&run).await?;
        if !is_there && self.restore(provider).await? {
            is_there = self.connection.run(&run).await?;
        }
        tracing::debug!(%provider, is_there, "changed a key");
        Ok(())
    }
}

#[async_trait]
impl KeyPool for RedisLive {
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError> {
        Ok(self.make(provider, keys).await?)
    }

    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError> {
        let mut reply = self.try_to_lend(request).await?;
        if matches!(reply, Reply::Missing) && self.restore(&request.provider).await? {
            reply = self.try_to_lend(request).await?;
        }
        Ok(match reply {
            Reply::Lent { created, key, turn } => {
                self.memory.lent(&request.provider, created, &key, turn);
                Lending::Lent(Loan { provider: request.provider.clone(), key })
            }
            Reply::NoneFor(wait, why) => Lending::NoneFor(wait, why),
            Reply::NoneUsable | Reply::Missing => Lending::NoneUsable,
        })
    }

    async fn report(&self, loan: &Loan, verdict: Verdict) -> Result<(), LiveError> {
        let mut run = self.scripts.report.key(self.names.pool(&loan.provider));
        run.arg(loan.key.as_str());
        match verdict {
            Verdict::Healthy => return Ok(()),
            Verdict::CoolDown(wait) => {
                run.arg("cooling").arg(micros(wait.min(LONGEST_COOLDOWN)));
            }
            Verdict::Revoked => {
                run.arg("revoked").arg(0);
            }
        }
        self.change(&loan.provider, run).await
    }

    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError> {
        let run = self.scripts.list.key(self.names.pool(provider));
        Ok(status(self.connection.run(&run).await?)?)
    }

    async fn set_enabled(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        enabled: bool,
    ) -> Result<(), LiveError> {
        let mut run = self.scripts.enable.key(self.names.pool(provider));
        run.arg(key.as_str()).arg(u8::from(enabled));
        self.change(provider, run).await
    }
}
