//! Letters: out of a real process, by SMTP, to whoever reads them.

use std::{path::Path, process::Stdio};

use serde_json::json;
use testkit::{
    post_office::{Encryption, Manners, PostOffice},
    tls::CERTIFICATE,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};

use crate::{
    client::Client,
    stack::{Process, Sluice, provider, settings},
};

/// Letters are taken by `office` by `scheme` and account. So accounts are made by mail, unasked.
fn by_mail(office: &PostOffice, scheme: &str, account: &str) -> Vec<(&'static str, String)> {
    [
        ("MAIL_URL", format!("{scheme}://{account}localhost:{}", office.address().port())),
        ("MAIL_FROM", "Sluice <sluice@example.org>".to_owned()),
        ("PUBLIC_URL", "https://chat.example.org/".to_owned()),
    ]
    .into()
}

/// The address behind the host of the link in the next letter.
async fn link(office: &mut PostOffice) -> String {
    let letter = office.next().await;
    let link = letter.text.lines().find_map(|line| line.strip_prefix("https://chat.example.org/#"));
    format!("#{}", link.unwrap())
}

/// Security cases 71, 103.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_goes_out_encrypted_and_what_is_secret_in_it_is_not_logged() {
    let account = Some(("ada".to_owned(), "canary-mail".to_owned()));
    let encryption = Encryption::FromTheStart;
    let mut office = PostOffice::open(Manners { encryption, account, ..Manners::default() }).await;
    let (provider, data) = (provider().await, tempfile::tempdir().unwrap());
    let known = data.path().join("certificate.pem");
    std::fs::write(&known, CERTIFICATE).unwrap();
    let mut settings = settings(&provider);
    settings.retain(|(name, _)| *name != "LOG");
    settings.push(("LOG", "trace".to_owned()));
    settings.push(("SSL_CERT_FILE", known.to_str().unwrap().to_owned()));
    settings.extend(by_mail(&office, "smtps", "ada:canary-mail@"));
    let sluice = Sluice::start(data.path(), &settings).await;
    let nobody = Client::nobody(&sluice.url);
    let asked = json!({ "email": "ada@example.org" });
    assert_eq!(nobody.post("/api/auth/links", &asked).await.status, 202);
    let token = link(&mut office).await.replace("#/link/", "");
    let redeemed = json!({ "token": token, "password": "canary battery staple" });
    assert_eq!(nobody.post("/api/auth/links/redeem", &redeemed).await.status, 201);
    let output = sluice.terminate().await;
    for secret in ["canary-mail", "canary battery", &token] {
        assert!(!output.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_makes_an_account_by_mail_and_forgets_its_password() {
    let mut office = PostOffice::open(Manners::default()).await;
    let (provider, data) = (provider().await, tempfile::tempdir().unwrap());
    let mut settings = settings(&provider);
    settings.retain(|(name, _)| *name != "AUTH_GUESTS");
    settings.extend(by_mail(&office, "smtp", ""));
    let sluice = Sluice::start(data.path(), &settings).await;
    let mut script = Command::new("node")
        .arg("e2e/links.mjs")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web"))
        .env("BASE_URL", &sluice.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = script.stdin.take().unwrap();
    let mut said = BufReader::new(script.stdout.take().unwrap()).lines();
    let reading = async {
        while let Some(line) = said.next_line().await.unwrap() {
            if line.starts_with("letter to ") {
                let link = link(&mut office).await;
                stdin.write_all(format!("{link}\n").as_bytes()).await.unwrap();
            }
        }
    };
    let script = async {
        reading.await;
        script.wait().await.unwrap()
    };
    let status = tokio::time::timeout(crate::PATIENCE * 5, script).await.expect("it ends");
    assert!(status.success(), "{}", sluice.process.output());
    sluice.terminate().await;
}

#[tokio::test]
async fn accounts_by_mail_need_a_way_to_mail() {
    let data = tempfile::tempdir().unwrap();
    let folder = ("DATA_DIR", data.path().to_str().unwrap().to_owned());
    let settings = [folder, ("REGISTRATION", "mail".to_owned()), ("PORT", "0".to_owned())];
    let mut process = Process::start("sluice", &["serve"], &settings);
    assert_eq!(process.ended().await.code(), Some(2));
    let said = process.output();
    assert!(said.contains("REGISTRATION") && said.contains("MAIL_URL"), "{said}");
}
