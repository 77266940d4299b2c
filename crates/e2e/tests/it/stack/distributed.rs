//! An installation of several processes of each service, with nginx in front.

use cluster::servers::Nginx;
use simulated_provider::Running;
use tempfile::TempDir;

use super::{Ending, Engines, Process, Service, Stack, process::Settings, provider, settings};

/// How many processes of each service.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Of the edge.
    pub apis: usize,
    /// Of the workers.
    pub workers: usize,
}

/// A running installation.
pub struct Distributed {
    /// What scenarios see of it.
    pub stack: Stack,
    /// What it keeps its state in.
    pub engines: Engines,
    /// Its edge.
    pub apis: Vec<Service>,
    /// Its workers.
    pub workers: Vec<Service>,
    /// Its book-keepers.
    pub accounting: Vec<Service>,
    settings: Settings,
    nginx: Nginx,
    _folder: TempDir,
}

impl Distributed {
    /// Starts `size`, with `extra` settings for every process.
    pub async fn start(size: Size, extra: &[(&'static str, String)]) -> Self {
        Self::start_on(Engines::make().await, size, extra, |_| Vec::new()).await
    }

    /// The same on `engines`, with settings for the first life of the processes of each program.
    pub async fn start_on(
        engines: Engines,
        size: Size,
        extra: &[(&'static str, String)],
        first_life: impl Fn(&'static str) -> Settings,
    ) -> Self {
        let provider: Running = provider().await;
        let settings = every_process(&provider, extra);
        migrate(&engines.store_settings()).await;
        let several = async |program, count| {
            let own = engines.settings_of(program, &settings);
            several(program, count, &own, first_life(program)).await
        };
        let apis = several("api", size.apis).await;
        let workers = several("provider-worker", size.workers).await;
        let accounting = several("accounting-worker", 1).await;
        let folder = tempfile::tempdir().unwrap();
        let urls: Vec<String> = apis.iter().map(Service::url).collect();
        let nginx = Nginx::start(folder.path(), &urls).await.unwrap();
        let stack = Stack::new(nginx.url(), urls[0].clone(), provider);
        Self { stack, engines, apis, workers, accounting, settings, nginx, _folder: folder }
    }

    /// Starts one more worker.
    pub async fn add_worker(&mut self) {
        let program = "provider-worker";
        let own = self.engines.settings_of(program, &self.settings);
        let name = format!("{program}-{}", self.workers.len() + 1);
        self.workers.push(Service::start(&name, program, own, &[]).await);
    }

    /// Every process.
    pub fn services(&mut self) -> impl Iterator<Item = &mut Service> {
        self.apis.iter_mut().chain(&mut self.workers).chain(&mut self.accounting)
    }

    /// Every address at which people reach it.
    pub fn urls(&self) -> Vec<String> {
        let apis = self.apis.iter().map(Service::url);
        apis.chain([self.stack.url.clone(), self.stack.operators.clone()]).collect()
    }

    /// How every life of a process ended that is over.
    pub fn endings(&mut self) -> Vec<Ending> {
        self.services().flat_map(|service| service.endings().to_vec()).collect()
    }

    /// Ends every process as an operator would, and returns what each said, and how its lives ended.
    pub async fn terminate(self) -> (Vec<(String, String)>, Vec<Ending>, Engines) {
        let services = self.apis.into_iter().chain(self.workers).chain(self.accounting);
        let ends = services.map(Service::terminate);
        let ends = futures_util::future::join_all(ends).await;
        drop(self.nginx);
        let (outputs, endings): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
        (outputs, endings.concat(), self.engines)
    }
}

fn every_process(provider: &Running, extra: &[(&'static str, String)]) -> Settings {
    let shared = [
        ("JWT_SECRET", "a-canary-secret-of-the-tests-0123456789abcdef".to_owned()),
        ("PROVIDERS", "openai".to_owned()),
        ("DB_CONNECTIONS", "6".to_owned()),
    ];
    settings(provider).into_iter().chain(shared).chain(extra.iter().cloned()).collect()
}

async fn migrate(settings: &Settings) {
    let mut migration = Process::start("sluice", &["db", "migrate"], settings);
    let status = migration.ended().await;
    assert!(status.success(), "{}", migration.output());
}

async fn several(
    program: &'static str,
    count: usize,
    settings: &Settings,
    first_life: Settings,
) -> Vec<Service> {
    let first_life = &first_life;
    let start = |number| {
        let name = format!("{program}-{number}");
        async move { Service::start(&name, program, settings.clone(), first_life).await }
    };
    futures_util::future::join_all((1..=count).map(start)).await
}
