//! nginx in front of the api processes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Server, find, free_port, make, port::is_open, ready};
use crate::{
    child::{Child, Program},
    processes::{self, Listed},
};

/// The frame, and what stands in it: the same files as in the container.
const FRAME: &str = include_str!("../../../../nginx/nginx.conf");
const SITE: &str = include_str!("../../../../nginx/templates/sluice.conf.template");

/// An nginx that hands requests to several processes.
#[derive(Debug)]
pub struct Nginx {
    folder: PathBuf,
    port: u16,
    trusted: String,
    program: Program,
    child: Child,
}

impl Nginx {
    /// Starts one in `folder`, on a free port, before the processes at `urls`.
    pub async fn start(folder: &Path, urls: &[String]) -> anyhow::Result<Self> {
        Self::start_at(folder, free_port()?, urls, "").await
    }

    /// Starts one in `folder`, on `port`, before the processes at `urls` and behind the `trusted` proxies:
    /// `set_real_ip_from ADDRESS;` for each.
    pub async fn start_at(
        folder: &Path,
        port: u16,
        urls: &[String],
        trusted: &str,
    ) -> anyhow::Result<Self> {
        let places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
        let server = find(&places, "nginx-light")?;
        end_left(folder).await?;
        configure(folder, port, urls, trusted)?;
        let prefix = format!("{}/", folder.display());
        let words = ["-p".to_owned(), prefix, "-c".to_owned(), "nginx.conf".to_owned()];
        let program = Program::new("nginx", server, folder).words(words);
        let child = launch(&program, port).await?;
        let (folder, trusted) = (folder.to_owned(), trusted.to_owned());
        Ok(Self { folder, port, trusted, program, child })
    }

    /// Where clients find it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Puts it before the processes at `urls` instead, without ending a stream.
    pub fn lead_to(&self, urls: &[String]) -> anyhow::Result<()> {
        configure(&self.folder, self.port, urls, &self.trusted)?;
        self.child.signal("HUP")
    }
}

impl Server for Nginx {
    const STOP: &str = "TERM";

    fn process(&mut self) -> &mut Child {
        &mut self.child
    }

    async fn launch(&self) -> anyhow::Result<Child> {
        launch(&self.program, self.port).await
    }
}

async fn launch(program: &Program, port: u16) -> anyhow::Result<Child> {
    let mut child = program.start()?;
    ready("nginx", &mut child, || is_open(port)).await?;
    Ok(child)
}

/// Ends the processes that an nginx in `folder` has left which was killed: they would go on taking
/// connections at its port.
pub(crate) async fn end_left(folder: &Path) -> anyhow::Result<()> {
    // Who ends by itself takes the file away.
    let id = fs::read_to_string(folder.join("nginx.pid"));
    let Ok(id) = id.unwrap_or_default().trim().parse() else { return Ok(()) };
    processes::end(|| left(id, processes::of_group(id))).await
}

/// Those of the group of the nginx that had this `id` which it has left. Its number is not given to
/// another process as long as there are any; what has one by now is another's.
fn left(id: u32, group: Vec<Listed>) -> Vec<Listed> {
    let is_led = group.iter().any(|process| process.id == id);
    let is_nginx = |process: &Listed| process.command().starts_with("nginx: ");
    group.into_iter().filter(|process| !is_led && is_nginx(process)).collect()
}

fn configure(folder: &Path, port: u16, urls: &[String], trusted: &str) -> anyhow::Result<()> {
    make(&folder.join("conf.d"))?;
    fs::write(folder.join("nginx.conf"), FRAME)?;
    let site = site(&format!("127.0.0.1:{port}"), urls, trusted);
    fs::write(folder.join("conf.d/sluice.conf"), site)?;
    Ok(())
}

fn site(listen: &str, urls: &[String], trusted: &str) -> String {
    let server = |url: &String| {
        // A process that was just killed is back in a moment; being asked in vain costs little.
        format!("server {} max_fails=0;", url.trim_start_matches("http://"))
    };
    let servers: Vec<String> = urls.iter().map(server).collect();
    SITE.replace("${NGINX_LISTEN}", listen)
        .replace("${API_SERVERS}", &servers.join("\n    "))
        .replace("${TRUSTED_PROXIES}", trusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_names_every_process() {
        let urls = ["http://127.0.0.1:1".to_owned(), "http://127.0.0.1:2".to_owned()];
        let site = site("127.0.0.1:80", &urls, "set_real_ip_from 192.0.2.7;");
        for line in ["listen 127.0.0.1:80 ", "server 127.0.0.1:1 ", "server 127.0.0.1:2 "] {
            assert!(site.contains(line), "{site}");
        }
        let set = urls.len() + 1;
        assert_eq!(site.matches("127.0.0.1:").count(), set, "nowhere else: {site}");
        assert!(site.contains("    set_real_ip_from 192.0.2.7;\n"), "{site}");
        assert!(!site.contains("${"), "{site}");
    }
}
