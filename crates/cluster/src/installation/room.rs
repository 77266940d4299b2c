//! Where those servers keep their data that work under accounts of their own, which cannot reach every folder.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

use crate::{
    child::{Program, is_superuser},
    servers::ACCOUNT,
};

/// Everybody can reach it.
const ELSEWHERE: &str = "/var/lib/sluice-cluster";

/// The folder of the server called `name` in the installation in `folder`.
///
/// If the servers' accounts cannot reach it there, as below `/root`, it is elsewhere, and a link leads to it.
/// Without the link, what is elsewhere is nobody's, and goes: whoever deletes `folder` begins anew.
pub(super) async fn room(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let link = folder.join(name);
    if is_reachable(folder).await {
        return Ok(link);
    }
    let rooms = elsewhere(folder);
    let room = rooms.join(name);
    let closed = || {
        let (folder, rooms) = (folder.display(), rooms.display());
        format!(
            "the account {ACCOUNT} cannot reach {folder}, and {rooms} cannot be used in its place; name a folder with --folder that it can reach"
        )
    };
    if fs::read_link(&link).ok().as_ref() != Some(&room) {
        anew(&link, &room).with_context(closed)?;
    }
    // The first may be new as well, and whoever makes it may let nobody in (umask).
    for folder in [Path::new(ELSEWHERE), &rooms, &room] {
        open(folder).with_context(closed)?;
    }
    Ok(room)
}

/// Where the folders of an installation are that its own cannot have.
pub(super) fn elsewhere(folder: &Path) -> PathBuf {
    Path::new(ELSEWHERE).join(format!("{:016x}", hash(folder)))
}

/// FNV-1a, which stays what it is: what it names is kept on disk. The standard library's may change.
fn hash(folder: &Path) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let bytes = folder.as_os_str().as_bytes().iter();
    bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

/// Whether the servers' accounts can work below `folder`.
async fn is_reachable(folder: &Path) -> bool {
    // The way to a temporary folder is opened for them.
    if !is_superuser() || folder.starts_with(std::env::temp_dir()) {
        return true;
    }
    let test = Program::new("test", "test", Path::new("/")).word("-x");
    test.word(folder.display().to_string()).account(ACCOUNT).run().await.is_ok()
}

fn anew(link: &Path, room: &Path) -> anyhow::Result<()> {
    let is_used = link.join("data").exists();
    ensure!(!is_used, "{} holds data: move them, or delete them", link.display());
    for old in [link, room] {
        match fs::symlink_metadata(old) {
            Ok(about) if about.is_dir() => fs::remove_dir_all(old)?,
            Ok(_) => fs::remove_file(old)?,
            Err(_) => {}
        }
    }
    std::os::unix::fs::symlink(room, link)?;
    Ok(())
}

/// Makes a folder that everybody can go through, whatever new folders usually are like.
fn open(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::{Durability, Postgres, Server};

    /// Starts PostgreSQL where its room is, and ends it.
    async fn used(folder: &Path) -> PathBuf {
        let room = room(folder, "postgres").await.unwrap();
        let mut postgres = Postgres::start(&room, Durability::Volatile).await.unwrap();
        postgres.stop().await.unwrap();
        room
    }

    #[test]
    fn what_is_elsewhere_is_found_again_by_every_build() {
        let rooms = elsewhere(Path::new("/root/sluice/.cluster"));
        assert_eq!(rooms, Path::new("/var/lib/sluice-cluster/94d7f110608fd5ab"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_closed_folder_is_no_hindrance() {
        // For its owner alone, and no folder of which we open the way.
        let folder = tempfile::tempdir_in("/var/tmp").unwrap();
        let folder = folder.path();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
        let room = used(folder).await;
        assert_eq!(room.starts_with(ELSEWHERE), is_superuser(), "{}", room.display());
        let note = folder.join("postgres/data/note");
        fs::write(&note, "").unwrap();
        assert_eq!(used(folder).await, room);
        assert!(note.exists(), "what was there is taken up again");
        if is_superuser() {
            fs::remove_file(folder.join("postgres")).unwrap();
            assert_eq!(used(folder).await, room);
            assert!(!note.exists(), "whoever deletes the folder begins anew");
            fs::remove_dir_all(elsewhere(folder)).unwrap();
        }
    }
}
