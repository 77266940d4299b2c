//! What is said on one connection (RFC 5321), as much of it as clients need.

use std::{future::pending, io, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Encryption, Manners, Shared, lock, received::Received};
use crate::tls::{Wire, encrypted};

const GREETING: &str = "220 office of tests";

/// Holds a conversation to its end, however it ends: whoever hangs up is not asked why.
pub(super) async fn hold(stream: TcpStream, shared: Arc<Shared>) {
    let manners = lock(&shared.manners).clone();
    if manners.is_silent {
        pending::<()>().await;
    }
    let _ = begin(stream, &manners, &shared).await;
}

async fn begin(stream: TcpStream, manners: &Manners, shared: &Shared) -> io::Result<()> {
    let mut talk = Talk {
        manners,
        shared,
        is_in: manners.account.is_none(),
        from: String::new(),
        to: Vec::new(),
    };
    if manners.encryption == Encryption::FromTheStart {
        let wire = encrypted(stream).await?;
        return talk.go_on(wire, Some(GREETING)).await.map(drop);
    }
    let mut stream = stream;
    if talk.go_on(&mut stream, Some(GREETING)).await? == Next::Encrypt {
        let wire = encrypted(stream).await?;
        talk.go_on(wire, None).await?;
    }
    Ok(())
}

/// What follows a stretch of conversation.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Encrypt,
    End,
}

struct Talk<'a> {
    manners: &'a Manners,
    shared: &'a Shared,
    is_in: bool,
    from: String,
    to: Vec<String>,
}

impl Talk<'_> {
    async fn go_on(&mut self, wire: impl Wire, greeting: Option<&str>) -> io::Result<Next> {
        let mut wire = BufReader::new(wire);
        if let Some(greeting) = greeting {
            say(&mut wire, greeting).await?;
        }
        loop {
            let Some(line) = hear(&mut wire).await? else { return Ok(Next::End) };
            lock(&self.shared.heard).push(line.clone());
            let answer = self.answer(&line);
            say(&mut wire, &answer).await?;
            match line.as_str() {
                "STARTTLS" if answer.starts_with('2') => return Ok(Next::Encrypt),
                "QUIT" => return Ok(Next::End),
                "DATA" if answer.starts_with('3') => self.take(&mut wire).await?,
                _ => {}
            }
        }
    }

    fn answer(&mut self, line: &str) -> String {
        if self.manners.refuses.is_some_and(|refused| line.starts_with(refused)) {
            return format!("550 5.7.1 what is this: {line}");
        }
        match line.split_once([' ', ':']).unwrap_or((line, "")) {
            ("EHLO", _) => self.offers(),
            ("AUTH", rest) => self.sign_in(rest),
            ("QUIT", _) => "221 bye".to_owned(),
            ("STARTTLS", _) if self.manners.encryption == Encryption::Offered => {
                "220 go on".to_owned()
            }
            _ if !self.is_in => "530 5.7.0 sign in first".to_owned(),
            ("MAIL", rest) => noted(&mut self.from, address(rest)),
            ("RCPT", rest) => {
                self.to.push(address(rest));
                "250 ok".to_owned()
            }
            ("DATA", _) => "354 go on".to_owned(),
            _ => format!("502 5.5.1 what is this: {line}"),
        }
    }

    fn offers(&self) -> String {
        let starttls =
            (self.manners.encryption == Encryption::Offered).then_some("250-STARTTLS\r\n");
        let auth = self.manners.account.is_some().then_some("250-AUTH PLAIN LOGIN\r\n");
        let offers = [starttls, auth].into_iter().flatten().collect::<String>();
        format!("250-office of tests\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n{offers}250 HELP")
    }

    fn sign_in(&mut self, how: &str) -> String {
        let plain = how.strip_prefix("PLAIN ").and_then(|text| STANDARD.decode(text).ok());
        let expected =
            self.manners.account.as_ref().map(|(name, password)| format!("\0{name}\0{password}"));
        self.is_in = expected.is_some_and(|expected| plain == Some(expected.into_bytes()));
        if self.is_in { "235 welcome".to_owned() } else { format!("535 5.7.8 not with AUTH {how}") }
    }

    async fn take(&mut self, wire: &mut BufReader<impl Wire>) -> io::Result<()> {
        let mut data = String::new();
        loop {
            let Some(line) = hear(wire).await? else { return Ok(()) };
            if line == "." {
                break;
            }
            // A dot before a dot says that it does not end the letter.
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push_str("\r\n");
        }
        let (from, to) = (std::mem::take(&mut self.from), std::mem::take(&mut self.to));
        // Nobody may be waiting for it any more.
        let _ = self.shared.letters.send(Received::parse(from, to, &data));
        say(wire, "250 taken").await
    }
}

fn noted(place: &mut String, value: String) -> String {
    *place = value;
    "250 ok".to_owned()
}

/// What stands in angle brackets.
fn address(text: &str) -> String {
    let inside = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

async fn hear(wire: &mut BufReader<impl Wire>) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = wire.read_line(&mut line).await?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

async fn say(wire: &mut BufReader<impl Wire>, words: &str) -> io::Result<()> {
    wire.get_mut().write_all(format!("{words}\r\n").as_bytes()).await?;
    wire.get_mut().flush().await
}
