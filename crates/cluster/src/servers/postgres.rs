//! A PostgreSQL server.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{Server, free_port, make, ready};
use crate::{
    child::{Child, Program, is_superuser},
    processes::{self, Listed},
};

/// Whether what was committed survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does.
    Durable,
    /// It does not, which is faster: for tests.
    Volatile,
}

/// A PostgreSQL server that lets everybody of this machine in as `postgres`.
#[derive(Debug)]
pub struct Postgres {
    program: Program,
    binaries: PathBuf,
    data: PathBuf,
    port: u16,
    child: Child,
}

impl Postgres {
    /// Starts one in `folder`, on a free port; with what was in the folder before, if anything was.
    pub async fn start(folder: &Path, durability: Durability) -> anyhow::Result<Self> {
        Self::start_at(folder, free_port()?, durability).await
    }

    /// Starts one in `folder`, on `port`.
    pub async fn start_at(
        folder: &Path,
        port: u16,
        durability: Durability,
    ) -> anyhow::Result<Self> {
        make(folder)?;
        let binaries = binaries()?;
        let data = folder.join("data");
        let sockets = folder.join("run");
        make(&sockets)?;
        give_away(folder)?;
        if !data.exists() {
            let initdb = binaries.join("initdb").display().to_string();
            let words = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"];
            let locale = ["--locale=C.UTF-8", "--pgdata"];
            let initdb = Program::new("initdb", initdb, folder).words(words).words(locale);
            initdb.word(data.display().to_string()).account(ACCOUNT).run().await?;
        }
        let durable = if durability == Durability::Durable { "on" } else { "off" };
        let program =
            Program::new("postgres", binaries.join("postgres").display().to_string(), folder)
                .words(["-D".to_owned(), data.display().to_string()])
                .words(["-p".to_owned(), port.to_string()])
                .words(["-k".to_owned(), sockets.display().to_string()])
                .words(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
                .words(["-c".to_owned(), format!("cluster_name={}", name(&data))])
                .titled(title(&data))
                .words(["-c".to_owned(), format!("fsync={durable}")])
                .words(["-c".to_owned(), format!("full_page_writes={durable}")])
                .account(ACCOUNT);
        let child = launch(&program, &binaries, &data, port).await?;
        Ok(Self { program, binaries, data, port, child })
    }

    /// Where clients find it, with its first database.
    #[must_use]
    pub fn url(&self) -> String {
        // Connections of one machine need no encryption, and without it they are made much faster.
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Keeps what it writes before all else (the WAL) in `folder` from now on, for which it restarts.
    pub async fn move_log(&mut self, folder: &Path) -> anyhow::Result<()> {
        const MOVE: &str = r#"mv pg_wal "$1" && ln -s "$1/pg_wal" pg_wal"#;
        self.stop().await?;
        let program = Program::new("mv", "sh", &self.data).words(["-c", MOVE, "sh"]);
        program.word(folder.display().to_string()).account(ACCOUNT).run().await?;
        self.restart().await
    }
}

impl Server for Postgres {
    /// Cuts its clients off.
    const STOP: &str = "INT";

    fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    async fn launch(&self) -> anyhow::Result<Child> {
        launch(&self.program, &self.binaries, &self.data, self.port).await
    }
}

async fn launch(
    program: &Program,
    binaries: &Path,
    data: &Path,
    port: u16,
) -> anyhow::Result<Child> {
    end_left(data).await?;
    let mut child = program.start()?;
    let pg_isready = binaries.join("pg_isready").display().to_string();
    let ask = Program::new("pg_isready", pg_isready, Path::new("/"))
        .words(["-q", "-h", "127.0.0.1", "-p"])
        .word(port.to_string());
    ready("postgres", &mut child, || async { ask.run().await.is_ok() }).await?;
    Ok(child)
}

/// What the processes of the server with these `data` call themselves: each has a group of its own.
fn title(data: &Path) -> String {
    format!("postgres: {}: ", name(data))
}

/// No other server of the machine is called so.
fn name(data: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    format!("sluice-{:016x}", hasher.finish())
}

/// Ends the processes that a server of these `data` has left which was killed: each goes on with its
/// statement, and lets no other server begin before.
async fn end_left(data: &Path) -> anyhow::Result<()> {
    let (title, place) = (title(data), data.display().to_string());
    let is_left = |process: &Listed| {
        process.command().starts_with(&title) && !process.command_of_parent().contains(&place)
    };
    processes::end(|| processes::all().into_iter().filter(is_left).collect()).await
}

/// The server refuses to run as the superuser.
pub(crate) const ACCOUNT: &str = "postgres";

/// Where Debian has the newest version's programs.
fn binaries() -> anyhow::Result<PathBuf> {
    const PLACE: &str = "/usr/lib/postgresql";
    let versions = fs::read_dir(PLACE).into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin"));
    let newest = programs.filter(|folder| folder.join("postgres").exists()).max();
    newest.with_context(|| format!("{PLACE} is missing: apt-get install postgresql"))
}

/// Lets the server's account work in `folder`, if the server runs under another one than we.
fn give_away(folder: &Path) -> anyhow::Result<()> {
    if !is_superuser() {
        return Ok(());
    }
    let status = std::process::Command::new("chown").arg("-R").arg(ACCOUNT).arg(folder).status()?;
    anyhow::ensure!(status.success(), "cannot give {} to {ACCOUNT}", folder.display());
    // A temporary folder may be closed to others on the way to this one.
    for above in
        folder.ancestors().skip(1).take_while(|above| above.starts_with(std::env::temp_dir()))
    {
        open_the_way(above)?;
    }
    Ok(())
}

fn open_the_way(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut mode = fs::metadata(folder)?.permissions();
    if mode.mode() & 0o001 == 0 {
        mode.set_mode(mode.mode() | 0o011);
        fs::set_permissions(folder, mode)?;
    }
    Ok(())
}
