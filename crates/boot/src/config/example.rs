//! `.env.example`, written from the catalogue, so that it cannot differ from it.

use super::catalogue::{SETTINGS, Setting, Shows};

/// What says where the file is, and so cannot stand in it.
const OF_THE_FILE: Setting = Setting {
    name: "SLUICE_CONFIG",
    default: "",
    shown: Shows::Everything,
    allowed: "the path of a file, or nothing for sluice.toml in the folder you are in",
    about: "The file of settings and tables; in containers deploy/sluice.toml unless another one is named.",
};

/// What no process of Sluice reads, but nginx in front of them.
const OF_NGINX: Setting = Setting {
    name: "TRUSTED_PROXIES",
    default: "",
    shown: Shows::Everything,
    allowed: "set_real_ip_from ADDRESS; for each, or nothing",
    about: "For nginx, in containers and `make cluster`: proxies in front of it whose word counts for \
            addresses and HTTPS.",
};

/// The content of `.env.example`.
#[must_use]
pub fn env_example() -> String {
    let head = "# Every setting of Sluice with its default. Set them in the environment; containers read them from .env.\n\
                # A flag wins over the environment, the environment over the file sluice.toml (the\n\
                # same names in lower case), the file over the default. Secrets can be given as\n\
                # NAME_FILE=/path/to/a/file as well. `sluice config show --origin` shows what won.\n";
    let all = [&OF_THE_FILE].into_iter().chain(SETTINGS).chain([&OF_NGINX]);
    all.map(entry).fold(head.to_owned(), |text, entry| text + &entry)
}

fn entry(setting: &Setting) -> String {
    let Setting { name, default, allowed, about, .. } = setting;
    format!("\n# {about} ({allowed})\n#{name}={default}\n")
}
