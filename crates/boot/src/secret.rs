//! Secrets that a single machine makes for itself at its first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use anyhow::Context;
use secrecy::SecretString;

/// The secret kept as `name` in the data directory; made at the first call, the same ever after.
///
/// Only the user the process runs as can read it.
pub fn kept(data_dir: &Path, name: &str) -> anyhow::Result<SecretString> {
    let folder = data_dir.join("secrets");
    let path = folder.join(name);
    let of_path = || format!("the secret {}", path.display());
    match fs::read_to_string(&path) {
        Ok(secret) => Ok(secret.trim().into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(&folder, &path).with_context(of_path)
        }
        Err(error) => Err(error).with_context(of_path),
    }
}

/// A fresh secret of 256 random bits, as text that fits into a URL.
#[must_use]
pub fn fresh() -> SecretString {
    let bytes: [u8; 32] = rand::random();
    let hex = |text: String, byte: &u8| text + &format!("{byte:02x}");
    bytes.iter().fold(String::new(), hex).into()
}

fn make(folder: &Path, path: &Path) -> io::Result<SecretString> {
    use secrecy::ExposeSecret;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let secret = fresh();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret.expose_secret().as_bytes())?;
    file.sync_all()?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

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
}
