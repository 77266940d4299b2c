//! Bad input: refused with what is wrong, at every door.

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::harness::{Answer, testing, testing_with};

/// Security case 58.
#[tokio::test]
async fn a_question_that_is_not_as_it_should_be_is_refused_with_a_pointer() {
    testing(async |app| {
        let user = app.user().await;
        let path = format!("/api/chats/{}/generations", user.chat().await);
        let send = async |body: Vec<u8>| -> Answer {
            let request = user.request(Method::POST, &path);
            user.send(request.header("content-type", "application/json").body(body)).await
        };
        let long = "a".repeat(256 * 1024 + 1);
        let deep = format!(r#"{{"userMessage":"a","model":{}"#, "[".repeat(100_000));
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (b"".to_vec(), ""),
            (b"nonsense".to_vec(), ""),
            (br#"["a",null,null,null,null,null,null]"#.to_vec(), ""),
            (b"{}".to_vec(), "/userMessage"),
            (br#"{"userMessage":null}"#.to_vec(), "/userMessage"),
            (br#"{"userMessage":""}"#.to_vec(), "/userMessage"),
            (br#"{"userMessage":"a\u0000b"}"#.to_vec(), "/userMessage"),
            (b"{\"userMessage\":\"a\0b\"}".to_vec(), "/userMessage"),
            (br#"{"userMessage":"\ud800"}"#.to_vec(), "/userMessage"),
            (b"{\"userMessage\":\"\xff\xfe\"}".to_vec(), "/userMessage"),
            (format!(r#"{{"userMessage":"{long}"}}"#).into_bytes(), "/userMessage"),
            (br#"{"userMessage":"a","userMessage":"b"}"#.to_vec(), "/userMessage"),
            (br#"{"userMessage":"a","userId":"x"}"#.to_vec(), "/userId"),
            (br#"{"userMessage":"a","status":"succeeded"}"#.to_vec(), "/status"),
            (br#"{"userMessage":"a","attempt":9}"#.to_vec(), "/attempt"),
            (br#"{"userMessage":"a","temperature":-1}"#.to_vec(), "/temperature"),
            (br#"{"userMessage":"a","temperature":NaN}"#.to_vec(), "/temperature"),
            (br#"{"userMessage":"a","temperature":1e999}"#.to_vec(), "/temperature"),
            (br#"{"userMessage":"a","maxTokens":-1}"#.to_vec(), "/maxTokens"),
            (br#"{"userMessage":"a","maxTokens":1e30}"#.to_vec(), "/maxTokens"),
            (br#"{"userMessage":"a","maxTokens":99999999999999999999}"#.to_vec(), "/maxTokens"),
            (br#"{"userMessage":"a","systemPrompt":"\u0000"}"#.to_vec(), "/systemPrompt"),
            (br#"{"userMessage":"a","requestId":""}"#.to_vec(), "/requestId"),
            (br#"{"userMessage":"a","requestId":"a\u0000"}"#.to_vec(), "/requestId"),
            (br#"{"userMessage":"a","onBusy":"later"}"#.to_vec(), "/onBusy"),
            (br#"{"userMessage":"a"}{}"#.to_vec(), ""),
            (deep.into_bytes(), "/model"),
            (
                br#"{"userMessage":"a","model":"simulated/Incorrect API key provided"}"#.to_vec(),
                "/model",
            ),
        ];
        for (body, pointer) in cases {
            let answer = send(body).await.fault(pointer);
            let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
            assert!(!detail.is_empty());
        }
        assert_eq!(user.get("/api/chats").await.body["items"][0]["title"], "");
    })
    .await;
}

#[tokio::test]
async fn every_fault_is_named_at_once() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let body = json!({ "userMessage": "a", "temperature": 9, "maxTokens": 0, "onBusy": "x" });
        let answer = user.ask(&chat, body).await.fault("/temperature");
        let errors = answer.body["errors"].as_array().unwrap();
        let pointers: Vec<_> = errors.iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/temperature", "/maxTokens", "/onBusy"]);
    })
    .await;
}

#[tokio::test]
async fn a_query_that_is_not_as_it_should_be_is_refused_with_a_pointer() {
    testing(async |app| {
        let (user, operator) = (app.user().await, app.operator());
        for (path, pointer) in [
            ("/api/sse?session_id=s", "/user_id"),
            ("/api/sse?user_id=u", "/session_id"),
            ("/api/chats?limit=1&limit=2", "/limit"),
            ("/api/usage/daily?from=2026-01-01&from=2026-01-02", "/from"),
            ("/api/search?q=a&q=b", "/q"),
        ] {
            user.get(path).await.fault(pointer);
        }
        let path = "/api/ops/generations?state=held&state=queued";
        operator.get(path).await.fault("/state");
        let path = "/api/ops/keys/simulated/one/disable?seconds=1&seconds=2";
        operator.post(path, json!({})).await.fault("/seconds");
    })
    .await;
}

/// As clients are told.
#[tokio::test]
async fn a_body_that_may_be_absent_may_be_null() {
    testing(async |app| {
        let mut user = app.user().await;
        let chat = user.post("/api/chats", json!(null)).await.expect(201).get("id");
        user.post("/api/chats", json!("")).await.fault("");
        let null = user.request(Method::POST, "/api/chats").body("null");
        user.send(null).await.problem(415, "not_json");
        let id = user.ask(&chat, json!({"userMessage": "a"})).await.expect(202);
        let mut worker = app.worker().await;
        worker.answer(&["b"]).await;
        user.watch(&id.get("generationId"), 0).await;
        let again = format!("/api/generations/{}/regenerate", id.get("generationId"));
        user.post(&again, json!(null)).await.expect(202);
        worker.answer(&["c"]).await;
        // Where there must be one, null is none.
        user.ask(&chat, json!(null)).await.fault("");
        // A token is in the cookie then.
        for (path, status) in [("/api/auth/refresh", 200), ("/api/auth/logout", 204)] {
            let token = user.session["refreshToken"].as_str().unwrap();
            let request = user.request(Method::POST, path).header("sec-fetch-site", "same-origin");
            let request = request.header("cookie", format!("sluice_refresh={token}"));
            user.session = user.send(request.json(&json!(null))).await.expect(status).body;
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    testing(async |app| {
        let user = app.user().await;
        let path = format!("/api/chats/{}/generations", user.chat().await);
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
        {
            let request = user.request(Method::POST, &path);
            let request = request.header("content-type", media_type).body("{}");
            user.send(request).await.problem(415, "not_json");
        }
        user.send(user.request(Method::POST, &path).body("{}")).await.problem(415, "not_json");
    })
    .await;
}

async fn raw(app: &crate::harness::TestApp, request: &str) -> String {
    let address = app.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Security case 50.
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    testing(async |app| {
        // Not a byte of the body follows; the answer comes all the same.
        let request = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\n\
                       content-type: application/json\r\ncontent-length: 10000000\r\n\r\n";
        let answer = raw(app, request).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains("body_too_large"), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_body_without_a_length_is_read_up_to_the_limit() {
    testing(async |app| {
        let piece = format!("10000\r\n{}\r\n", "a".repeat(0x1_0000)).repeat(17);
        let request = format!(
            "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\n{piece}"
        );
        let answer = raw(app, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    })
    .await;
}

/// Security case 55.
#[tokio::test]
async fn routes_and_methods_that_are_not_there_say_so() {
    testing(async |app| {
        let user = app.user().await;
        user.get("/api/nothing").await.problem(404, "no_such_route");
        user.get("/api").await.problem(404, "no_such_route");
        user.get("/nothing.js").await.problem(404, "no_such_route");
        user.get("/../Cargo.toml").await.problem(404, "no_such_route");
        user.get("/..%2fCargo.toml").await.problem(404, "no_such_route");
        user.get("/.git/config").await.problem(404, "no_such_route");
        let answer = user.delete("/api/chats").await.problem(405, "method_not_allowed");
        assert!(answer.headers.contains_key("allow"));
        let trace = user.request(Method::TRACE, "/api/chats");
        user.send(trace).await.problem(405, "method_not_allowed");
        user.send(user.request(Method::POST, "/")).await.expect(404);
        let chat = user.chat().await;
        for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
            let path = format!("/api/chats/{chat}");
            let request = user.request(Method::GET, &path).header(header, "DELETE");
            user.send(request).await.expect(200);
            user.get(&path).await.expect(200);
        }
    })
    .await;
}

/// Security case 67.
#[tokio::test]
async fn pages_of_other_sites_are_let_in_by_name_and_without_cookies() {
    testing_with(
        |config| config.cors_origins = vec!["https://chat.example.org".to_owned()],
        async |app| {
            let user = app.user().await;
            let from = async |origin: &str| {
                let request = user.request(Method::GET, "/api/chats").header("origin", origin);
                user.send(request).await.expect(200).headers
            };
            let allowed = "access-control-allow-origin";
            let headers = from("https://chat.example.org").await;
            assert_eq!(headers[allowed], "https://chat.example.org");
            assert!(!headers.contains_key("access-control-allow-credentials"));
            for other in ["https://evil.example", "null", "https://chat.example.org.evil.example"] {
                assert!(!from(other).await.contains_key(allowed), "{other}");
            }
            let preflight = user
                .request(Method::OPTIONS, "/api/chats")
                .header("origin", "https://chat.example.org")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization");
            let answer = user.send(preflight).await.expect(200);
            let headers = answer.headers["access-control-allow-headers"].to_str().unwrap();
            assert!(headers.contains("authorization") && !headers.contains('*'), "{headers}");
        },
    )
    .await;
}

/// Everything that is answered until the connection ends. Whoever answers says something within a heartbeat.
async fn raw_to_the_end(app: &crate::harness::TestApp, request: &str) -> String {
    let address = app.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut piece = vec![0; 4096];
    // The end may be a reset, where more was sent than was read.
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        answer.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Security case 52.
#[tokio::test]
async fn headers_without_end_are_refused() {
    testing(async |app| {
        let many = "x-a: b\r\n".repeat(200);
        let long = |kilobytes: usize| format!("x-a: {}\r\n", "b".repeat(kilobytes * 1024));
        for headers in [many, long(33), long(64), long(300), long(1).repeat(40)] {
            let request = format!("GET /api/health HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
            let answer = raw_to_the_end(app, &request).await;
            assert!(answer.starts_with("HTTP/1.1 431 "), "{}: {answer}", headers.len());
        }
        let request =
            format!("GET /api/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n", long(31));
        assert!(raw_to_the_end(app, &request).await.starts_with("HTTP/1.1 200 "));
    })
    .await;
}

/// What stands behind the end that somebody before us may have seen is no request.
///
/// Security case 57.
#[tokio::test]
async fn no_request_is_smuggled_behind_another() {
    testing(async |app| {
        let hidden = "GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n";
        // By the end that counts it is the next request, and the connection is over before it: with a length that
        // is not looked at, since it is chunked.
        let length = hidden.len() + 5;
        for (two_ends, status) in [
            (
                format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
                200,
            ),
            (
                format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n\r\n0\r\n\r\n"),
                200,
            ),
            ("content-length: 0\r\ncontent-length: 3\r\n\r\n".to_owned(), 400),
            ("transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n".to_owned(), 400),
            (
                "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n"
                    .to_owned(),
                400,
            ),
            ("transfer-encoding : chunked\r\n\r\n0\r\n\r\n".to_owned(), 400),
            ("content-length: +0\r\n\r\n".to_owned(), 400),
        ] {
            let request = format!("GET /api/health HTTP/1.1\r\nhost: x\r\n{two_ends}{hidden}");
            let answer = raw_to_the_end(app, &request).await;
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{two_ends:?}: {answer}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{two_ends:?}: {answer}");
        }
        // As it is where the end is one.
        let request = format!("GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n{hidden}");
        let last = request.replacen("host: x", "host: x\r\nx-a: b", 1)
            + &hidden.replace("host: x", "host: x\r\nconnection: close");
        assert_eq!(raw_to_the_end(app, &last).await.matches("HTTP/1.1 200 ").count(), 3);
    })
    .await;
}

/// `{}`, which would be a body.
const PACKED: [u8; 22] =
    [31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0];

/// Security case 53.
#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    testing(async |app| {
        let user = app.user().await;
        let request = user
            .request(Method::POST, "/api/chats")
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .body(PACKED.to_vec());
        user.send(request).await.fault("");
        user.post("/api/chats", json!({})).await.expect(201);
    })
    .await;
}

/// Security case 56.
#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    testing(async |app| {
        for path in [
            "/..%2f..%2fetc%2fpasswd",
            "/../../etc/passwd",
            "/assets/..%2f..%2fCargo.toml",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/.git/config",
            "/index.html%00.js",
            "//etc/passwd",
            "/assets/app.js.map",
        ] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let answer = raw(app, &request).await;
            assert!(!answer.contains("root:") && !answer.contains("[package]"), "{path}: {answer}");
            let is_page = answer.starts_with("HTTP/1.1 200") && answer.contains("<!doctype html");
            assert!(is_page || answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        }
    })
    .await;
}
