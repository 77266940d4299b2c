//! Secrets that a single machine makes for itself at its first start.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

use crate::folder::private;

/// The secret kept as `name` in the data directory; made at the first call, the same ever after.
///
/// Only the user the process runs as can read it.
pub fn kept(data_dir: &Path, name: &str) -> anyhow::Result<SecretString> {
    let folder = data_dir.join("secrets");
    let path = folder.join(name);
    let of_path = || format!("the secret {}", path.display());
    if let Some(secret) = read(&path).with_context(of_path)? {
        return Ok(secret);
    }
    make(&folder, name).with_context(of_path)
}

/// The secret in the file at `path`, if there is one: an empty file is what a start that was cut off has left.
fn read(path: &Path) -> io::Result<Option<SecretString>> {
    match fs::read_to_string(path) {
        Ok(secret) if secret.trim().is_empty() => Ok(None),
        Ok(secret) => Ok(Some(secret.trim().into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A fresh secret of 256 random bits, as text that fits into a URL.
#[must_use]
pub fn fresh() -> SecretString {
    let bytes: [u8; 32] = rand::random();
    let hex = |text: String, byte: &u8| text + &format!("{byte:02x}");
    bytes.iter().fold(String::new(), hex).into()
}

/// Writes a fresh secret beside its place, and puts it there when it is on the disk: whenever this is cut
/// off, there is a whole secret or none.
fn make(folder: &Path, name: &str) -> io::Result<SecretString> {
    private(folder)?;
    let (secret, path) = (fresh(), folder.join(name));
    let beside = folder.join(format!(".{name}.{:016x}", rand::random::<u64>()));
    let placed = write(&beside, &secret).and_then(|()| place(&beside, &path));
    // Its other name, or what is left of an attempt.
    let _ = fs::remove_file(&beside);
    placed?;
    File::open(folder)?.sync_all()?;
    // That of somebody who was faster is the one that holds.
    read(&path)?.ok_or_else(|| io::Error::other("it was emptied"))
}

fn write(path: &Path, secret: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret.expose_secret().as_bytes())?;
    file.sync_all()
}

/// Gives the file `beside` the name `path`, unless a secret has it.
fn place(beside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(beside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if read(path)?.is_some() {
                Ok(())
            } else {
                fs::rename(beside, path)
            }
        }
        // Some file systems know no second names.
        Err(_) => fs::rename(beside, path),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_kept_secret_stays_the_same_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = kept(folder.path(), "jwt").unwrap();
        let again = kept(folder.path(), "jwt").unwrap();
        assert_eq!(first.expose_secret(), again.expose_secret());
        assert!(first.expose_secret().len() >= 32);
        let other = kept(folder.path(), "other").unwrap();
        assert_ne!(first.expose_secret(), other.expose_secret());
        let mode = fs::metadata(folder.path().join("secrets/jwt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_start_that_was_cut_off_leaves_no_secret_that_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets/jwt");
        fs::create_dir(folder.path().join("secrets")).unwrap();
        for left in ["", "\n"] {
            fs::write(&path, left).unwrap();
            let made = kept(folder.path(), "jwt").unwrap();
            assert!(made.expose_secret().len() >= 32);
            assert_eq!(fs::read_to_string(&path).unwrap(), made.expose_secret());
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let files = fs::read_dir(folder.path().join("secrets")).unwrap();
        assert_eq!(files.count(), 1, "nothing else is left");
    }

    #[test]
    fn of_two_that_make_a_secret_at_once_both_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let make = || kept(folder.path(), "jwt").unwrap().expose_secret().to_owned();
        let secrets = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
            makers.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(secrets.iter().all(|secret| *secret == make()), "{secrets:?}");
    }

    #[test]
    fn what_cannot_be_read_or_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets");
        // A folder where the secret should be, and a file where the folder should.
        fs::create_dir_all(path.join("jwt")).unwrap();
        let unread = format!("{:#}", kept(folder.path(), "jwt").unwrap_err());
        assert!(unread.contains(path.join("jwt").to_str().unwrap()), "{unread}");
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "").unwrap();
        let refused = format!("{:#}", kept(folder.path(), "jwt").unwrap_err());
        assert!(refused.contains(path.join("jwt").to_str().unwrap()), "{refused}");
    }
}
