//! What needs no account.

use serde_json::json;

use crate::harness::testing;

#[tokio::test]
async fn the_process_says_how_it_is() {
    testing(async |app| {
        let anybody = app.anybody();
        for path in ["/health", "/healthz", "/api/health"] {
            assert_eq!(anybody.get(path).await.expect(200).body, json!({ "status": "ok" }));
        }
        let ready = app
            .eventually(async || Some(anybody.get("/readyz").await).filter(|a| a.status == 200))
            .await;
        assert_eq!((&ready.body["store"], &ready.body["queue"]), (&json!("ok"), &json!("ok")));
    })
    .await;
}

/// Security case 63.
#[tokio::test]
async fn the_page_is_served_with_a_strict_policy() {
    testing(async |app| {
        for path in ["/", "/welcome", "/welcome/", "/c/0193a1b2"] {
            let page = app.anybody().get(path).await.expect(200);
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(
                policy.contains("default-src 'self'") && !policy.contains("unsafe"),
                "{policy}"
            );
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(page.headers["x-content-type-options"], "nosniff");
            assert_eq!(page.headers["referrer-policy"], "no-referrer");
            assert_eq!(page.headers["cross-origin-opener-policy"], "same-origin");
            assert!(!page.text.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn the_routes_are_described() {
    testing(async |app| {
        let document = app.anybody().get("/openapi.json").await.expect(200).body;
        let described = serde_json::to_value(api::openapi()).unwrap();
        assert_eq!(document, described);
    })
    .await;
}

#[test]
fn the_description_is_what_clients_were_told() {
    insta::assert_json_snapshot!(api::openapi());
}
