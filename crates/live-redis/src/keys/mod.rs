//! The key pool: who may call with which key, held to the budgets exactly.
//!
//! A pool that Redis forgot, or forgot a part of, would lend too often. So every process remembers when
//! the pool was made and which loan it got last, and says so with the next wish: if the pool knows
//! otherwise, loans were forgotten, and every budget of a minute counts as used until that is over. Those of a day begin
//! anew: to stand still for a day would be worse.

mod memory;
mod reply;
mod spec;
mod status;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    key::{KeyId, Verdict},
    model::ProviderName,
};
use ports::live::{
    BARRED_FOR, KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan, MOST_BARRED,
    PROBE_EVERY, PROBE_TAKES, Returned, Switch, WISH_KEPT,
};

pub(crate) use self::memory::Memory;
use self::{reply::Reply, status::read_all};
use crate::{
    connect::RedisLive,
    error::Error,
    run::{Run, Script},
    wait::{micros, millis},
};

/// No provider means a longer rest than a year.
const LONGEST_REST: Duration = Duration::from_hours(366 * 24);

impl RedisLive {
    /// A run of `script` that says what this process knows of the pool.
    fn comparing<'a>(&self, script: &'a Script, provider: &ProviderName) -> Run<'a> {
        let known = self.memory.known(provider);
        let mut run = script.on(&self.names.pool(provider));
        run.arg(known.created).arg(known.last_key).arg(known.last_turn);
        run
    }

    async fn make(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), Error> {
        let mut run = self.comparing(&self.scripts.register, provider);
        run.arg(spec::json(keys));
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
        run.arg(request.wish.as_uuid().simple().to_string()).arg(millis(WISH_KEPT));
        run.arg(&request.model).arg(request.tokens).arg(micros(request.lease));
        run.arg(micros(request.first_token));
        for key in &request.exclude {
            run.arg(key.as_str());
        }
        Reply::read(self.connection.run(&run).await?)
    }

    /// Changes a key; if the pool is gone, makes it again first.
    async fn change(&self, provider: &ProviderName, run: Run<'_>) -> Result<(), LiveError> {
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
            Reply::Lent { created, key, ticket, wants_return, is_trial } => {
                self.memory.lent(&request.provider, created, &key, ticket);
                let (provider, model) = (request.provider.clone(), request.model.clone());
                Lending::Lent(Loan { provider, key, model, ticket, wants_return, is_trial })
            }
            Reply::NoneFor(wait, why) => Lending::NoneFor(wait, why),
            Reply::NoneUsable | Reply::Missing => Lending::NoneUsable,
            Reply::NotPermitted => Lending::NotPermitted,
        })
    }

    async fn answering(&self, loan: &Loan) -> Result<(), LiveError> {
        let mut run = self.scripts.answering.on(&self.names.pool(&loan.provider));
        run.arg(&loan.model).arg(loan.ticket);
        let () = self.connection.run(&run).await?;
        Ok(())
    }

    async fn give_back(&self, loan: &Loan, returned: Returned) -> Result<(), LiveError> {
        let mut run = self.scripts.give_back.on(&self.names.pool(&loan.provider));
        run.arg(loan.key.as_str()).arg(&loan.model).arg(loan.ticket);
        run.arg(returned.tokens.map_or_else(|| "-".to_owned(), |tokens| tokens.to_string()));
        let (verdict, length) = match returned.verdict {
            Verdict::Healthy => ("healthy", Duration::ZERO),
            Verdict::Silent => ("silent", Duration::ZERO),
            Verdict::Rest(cause, length) => (cause.name(), length),
            Verdict::NotPermitted => ("not_permitted", Duration::ZERO),
            Verdict::Revoked => ("revoked", Duration::ZERO),
        };
        run.arg(verdict).arg(micros(length.min(LONGEST_REST))).arg(micros(PROBE_EVERY));
        run.arg(micros(BARRED_FOR)).arg(MOST_BARRED);
        self.change(&loan.provider, run).await
    }

    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError> {
        let run = self.scripts.list.on(&self.names.pool(provider));
        Ok(read_all(self.connection.run(&run).await?)?)
    }

    async fn switch(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        switch: Switch,
        change: u64,
    ) -> Result<(), LiveError> {
        let mut run = self.scripts.switch.on(&self.names.pool(provider));
        run.arg(key.as_str());
        match switch {
            Switch::On => run.arg("on"),
            Switch::Off => run.arg("off"),
            Switch::OffFor(length) => run.arg(micros(length.min(LONGEST_REST))),
        };
        run.arg(change);
        self.change(provider, run).await
    }

    async fn ask_probe(&self, provider: &ProviderName, key: &KeyId) -> Result<(), LiveError> {
        let mut run = self.scripts.probe.on(&self.names.pool(provider));
        run.arg("ask").arg(key.as_str());
        self.change(provider, run).await
    }

    async fn next_probe(
        &self,
        provider: &ProviderName,
        own: &[KeyId],
    ) -> Result<Option<KeyId>, LiveError> {
        let mut run = self.scripts.probe.on(&self.names.pool(provider));
        run.arg("next").arg(micros(PROBE_TAKES));
        for key in own {
            run.arg(key.as_str());
        }
        let name: Option<String> = self.connection.run(&run).await?;
        Ok(name.map(KeyId::new))
    }

    async fn probed(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        found: &str,
    ) -> Result<(), LiveError> {
        let mut run = self.scripts.probe.on(&self.names.pool(provider));
        run.arg("found").arg(key.as_str()).arg(found).arg(micros(PROBE_EVERY));
        self.change(provider, run).await
    }
}
