//! The start of all services: the tables first, then the provider, then each service with its own account.

use std::path::Path;

use anyhow::Context;

use super::{
    Wish,
    environment::{self, Servers},
    given::Given,
    service::Service,
};
use crate::{child::Program, rights::Account, servers::free_port};

/// What was started.
#[derive(Default)]
pub(super) struct Started {
    pub(super) services: Vec<Service>,
    /// Where the api processes listen.
    pub(super) apis: Vec<String>,
    /// The pages with the figures of each process.
    pub(super) metrics: Vec<String>,
}

impl Wish {
    /// How many processes of `service`.
    fn count(&self, service: &str) -> usize {
        match service {
            "api" => self.apis,
            "provider-worker" => self.workers,
            _ => self.accounting,
        }
    }
}

/// Starts what `wish` wants, with what was `given` already, and with `accounts` at `servers`.
pub(super) async fn start(
    wish: &Wish,
    given: &Given,
    folder: &Path,
    servers: &Servers<'_>,
    accounts: &[Account],
) -> anyhow::Result<Started> {
    let program = |name: &str| {
        let binary = wish.binaries.join(name).display().to_string();
        Program::new(name, binary, folder).works_in(&wish.project).patience(given.patience())
    };
    let provider_port = free_port()?;
    let settings = environment::settings(wish, given, folder, servers, provider_port)?;
    let of_store = accounts.iter().find(|account| account.rights.service == "api");
    let may_know = |name: &str| of_store.is_some_and(|account| account.rights.may_know(name));
    let known: Vec<_> = settings.iter().filter(|(name, _)| may_know(name)).cloned().collect();
    let migrate = program("sluice").alone().words(["db", "migrate"]).variables(&known);
    migrate.run().await.context("the store cannot be prepared")?;
    // It has no use for the keys of providers, nor for anything else that is set here.
    let provider = program("simulated-provider")
        .alone()
        .words(["--listen".to_owned(), format!("127.0.0.1:{provider_port}")]);
    let mut started = Started::default();
    started.services.push(Service::start("simulated-provider", provider, folder)?);
    for account in accounts {
        let service = account.rights.service;
        let own = environment::of_service(&settings, servers, account);
        for number in 1..=wish.count(service) {
            let program = program(service).alone().variables(&own);
            started.add(&format!("{service}-{number}"), program, folder, service == "api").await?;
        }
    }
    Ok(started)
}

impl Started {
    /// Starts one more, with its figures at a port of their own; waits until it `listens`, or its figures can be asked
    /// for: its settings are right then.
    async fn add(
        &mut self,
        name: &str,
        program: Program,
        folder: &Path,
        listens: bool,
    ) -> anyhow::Result<()> {
        let figures = free_port()?;
        let metrics = format!("127.0.0.1:{figures}");
        self.metrics.push(format!("http://{metrics}/metrics"));
        let program = program.variable("METRICS_ADDRESS", metrics);
        if !listens {
            let mut service = Service::start(name, program, folder)?;
            service.listens(figures).await?;
            self.services.push(service);
            return Ok(());
        }
        let port = free_port()?;
        let program = program.variable("PORT", port.to_string());
        let mut service = Service::start(name, program, folder)?;
        service.listens(port).await?;
        self.services.push(service);
        self.apis.push(format!("http://127.0.0.1:{port}"));
        Ok(())
    }
}
