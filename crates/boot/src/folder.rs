//! Folders for what nobody else on the machine may read: chats, addresses, secrets.

use std::{fs, io, os::unix::fs::DirBuilderExt, path::Path};

use anyhow::Context;

/// Makes the folder at `path`, which `setting` has led to, for the user that the process runs as alone. One that is there
/// stays as it is: whoever made it may have let somebody in.
///
/// # Errors
///
/// If it can neither be made nor is there; the error names `setting`.
pub fn make(setting: &str, path: &Path) -> anyhow::Result<()> {
    private(path).with_context(|| format!("{setting}: cannot make the folder {}", path.display()))
}

pub(crate) fn private(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_is_private_and_one_that_is_there_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("above/new");
        make("DATA_DIR", &new).unwrap();
        assert_eq!((mode(&new), mode(&folder.path().join("above"))), (0o700, 0o700));
        fs::set_permissions(&new, fs::Permissions::from_mode(0o750)).unwrap();
        make("DATA_DIR", &new).unwrap();
        assert_eq!(mode(&new), 0o750);
    }

    #[test]
    fn what_cannot_be_made_names_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let told = make("DATABASE_URL", &file.join("below")).unwrap_err().to_string();
        assert!(told.starts_with("DATABASE_URL: ") && told.contains("file/below"), "{told}");
    }
}
