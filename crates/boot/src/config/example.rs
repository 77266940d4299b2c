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

/// What no setting is, but the environment alone says, as to other programs: the ways to providers.
const OF_WAYS: [Setting; 4] = [
    of_ways(
        "HTTP_PROXY",
        "an http, https, socks5 or socks5h URL, or nothing",
        "The proxy to providers, also to those at https addresses where neither of the next two is set; \
         none to this machine itself, and none of a key that has its own (`proxy`).",
    ),
    of_ways(
        "HTTPS_PROXY",
        "the same; where it is set, HTTP_PROXY is for http addresses alone",
        "The proxy to providers at https addresses.",
    ),
    of_ways(
        "ALL_PROXY",
        "the same",
        "The proxy to providers for which neither HTTPS_PROXY nor HTTP_PROXY names one.",
    ),
    of_ways(
        "NO_PROXY",
        "hosts, domains, addresses and networks separated by commas, * for all, or nothing",
        "Providers that are reached directly.",
    ),
];

const fn of_ways(name: &'static str, allowed: &'static str, about: &'static str) -> Setting {
    Setting { name, default: "", shown: Shows::Everything, allowed, about }
}

/// The content of `.env.example`.
#[must_use]
pub fn env_example() -> String {
    let head = "# Every setting of Sluice with its default. Set them in the environment; containers read them from .env.\n\
                # A flag wins over the environment, the environment over the file sluice.toml (the\n\
                # same names in lower case), the file over the default. Secrets can be given as\n\
                # NAME_FILE=/path/to/a/file as well. `sluice config show --origin` shows what won.\n";
    let all = [&OF_THE_FILE].into_iter().chain(SETTINGS).chain(&OF_WAYS).chain([&OF_NGINX]);
    all.map(entry).fold(head.to_owned(), |text, entry| text + &entry)
}

fn entry(setting: &Setting) -> String {
    let Setting { name, default, allowed, about, .. } = setting;
    format!("\n# {about} ({allowed})\n#{name}={default}\n")
}
