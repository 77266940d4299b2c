//! Something between a command and the `sluice` that it asks.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use crate::Running;

/// What becomes of a connection.
pub enum Then {
    /// It goes on.
    Pass,
    /// It stays, and says nothing more.
    Hold,
    /// It breaks.
    Cut,
}

/// Carries connections to `running`, and answers where it does. `decide` sees the head of what is asked, at first
/// with nothing, then with each piece of the answer before that is handed on.
pub fn between(
    running: &Running,
    decide: impl Fn(&str, &[u8]) -> Then + Send + Sync + 'static,
) -> String {
    let url = std::fs::read_to_string(running.1.join("url")).unwrap();
    let server = url.trim().trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let decide = Arc::new(decide);
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (server, decide) = (server.clone(), Arc::clone(&decide));
            thread::spawn(move || carry(client, &server, &*decide));
        }
    });
    url
}

fn carry(mut client: TcpStream, server: &str, decide: &dyn Fn(&str, &[u8]) -> Then) {
    let mut upstream = TcpStream::connect(server).unwrap();
    let head = head(&mut client);
    upstream.write_all(&head).unwrap();
    let head = String::from_utf8(head).unwrap();
    let _ = decide(&head, &[]);
    let (mut from, mut to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from, &mut to));
    let mut bytes = [0; 256];
    while let Ok(read) = upstream.read(&mut bytes)
        && read > 0
    {
        let then = decide(&head, &bytes[..read]);
        if matches!(then, Then::Hold) {
            // Until whoever asked goes, or the test is over.
            thread::sleep(Duration::from_hours(1));
        }
        if client.write_all(&bytes[..read]).is_err() || matches!(then, Then::Cut) {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), upstream.shutdown(Shutdown::Both));
}

/// Everything before the body.
fn head(client: &mut TcpStream) -> Vec<u8> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read > 0) {
        head.push(byte[0]);
    }
    head
}
