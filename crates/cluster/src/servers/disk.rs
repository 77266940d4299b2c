//! A file system of a few megabytes, for what a server is to have no room for.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{find, make, postgres::ACCOUNT, ready};
use crate::child::{Child, Program, is_superuser};

/// Mounts the file system, for this process alone, and becomes the keeper.
const MOUNT: &str =
    r#"mount -t tmpfs -o "size=$2m,mode=0700$3" tmpfs "$1" && shift 3 && exec "$@""#;

/// Does nothing but be there, as the account of the servers: they look through it at the file system.
const KEEP: &str = r#"mkdir "$1/room" && exec sleep infinity"#;

/// What to do where this is not allowed.
const NOT_ALLOWED: &str = "no file system can be mounted here; run as root with CAP_SYS_ADMIN \
     (containers: --cap-add SYS_ADMIN) or as a user who may make user namespaces (unshare --user)";

/// A file system in memory, which the account of the servers may write to. Dropped, it is gone.
///
/// It is mounted for a process of its own only, so that it goes with that process whatever becomes of
/// us, and everybody else finds it by that process.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    _keeper: Child,
}

impl Disk {
    /// Makes one of so many `megabytes`. `folder` is where it is mounted, and must be nobody else's.
    pub async fn make(folder: &Path, megabytes: u32) -> anyhow::Result<Self> {
        let place = folder.join("mount");
        make(&place)?;
        let unshare = find(&["/usr/bin/unshare"], "util-linux")?;
        let program = Program::new("disk", unshare, folder).words(["--mount"]);
        let (program, owner) = if is_superuser() {
            (program, format!(",uid={ACCOUNT},gid={ACCOUNT}"))
        } else {
            // In a user namespace of its own, where whoever we are may mount.
            (program.word("--map-root-user"), String::new())
        };
        let mut keeper = program
            .words(["--", "sh", "-c", MOUNT, "sh"])
            .word(place.display().to_string())
            .words([megabytes.to_string(), owner])
            .words(change_of_account().iter().copied())
            .words(["sh", "-c", KEEP, "sh"])
            .word(place.display().to_string())
            .start()?;
        let id = keeper.id().context(NOT_ALLOWED)?;
        let folder = PathBuf::from(format!("/proc/{id}/root{}", place.display()));
        let is_there = || async { folder.join("room").exists() };
        ready("mount", &mut keeper, is_there).await.context(NOT_ALLOWED)?;
        Ok(Self { folder, _keeper: keeper })
    }

    /// An empty folder on it.
    #[must_use]
    pub fn room(&self) -> PathBuf {
        self.folder.join("room")
    }

    /// Takes all the room that is left.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut filler = File::create(self.filler())?;
        let page = [0; 4096];
        loop {
            match filler.write_all(&page) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => bail!("cannot fill {}: {error}", self.folder.display()),
            }
        }
    }

    /// Gives back what [`fill`](Self::fill) took.
    pub fn clear(&self) -> anyhow::Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

/// Becomes the account of the servers, if we are another one.
fn change_of_account() -> &'static [&'static str] {
    // It undoes what was to happen at our death, which is therefore asked for again.
    const CHANGE: &[&str] = &[
        "setpriv",
        "--reuid",
        ACCOUNT,
        "--regid",
        ACCOUNT,
        "--init-groups",
        "--pdeathsig",
        "KILL",
        "--",
    ];
    if is_superuser() { CHANGE } else { &[] }
}
