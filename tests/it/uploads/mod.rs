//! Files that users upload, over real HTTP.

mod crowding;
mod full_disk;
mod judging;
mod keeping;
mod links;
mod repeating;

use amda::config::Config;
use amda::db::schema::media;
use amda::plan::Plan;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::http;

/// A user with a linked phone, and a server.
struct Room {
    app: TestApp,
    user: TestUser,
    phone: TestPhone,
}

impl Room {
    async fn open(plan: Plan) -> Self {
        Self::open_with(plan, |_| {}).await
    }

    /// As [`Self::open`], with something of the configuration changed.
    async fn open_with(plan: Plan, change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::start_with(change).await;
        let user = app.register("alice@example.org").await;
        let core = &app.app.services.core;
        amda::features::users::set_plan(core, "alice@example.org", plan)
            .await
            .unwrap();
        let phone = app.link_phone(&user, "5511900000100").await;
        Self { app, user, phone }
    }

    /// The payload of an announcement.
    async fn announce(&self, mime_type: &str, size_bytes: usize) -> Value {
        let mut data = self
            .user
            .run(
                "mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
                    upload { id url method headers { name value } maxBytes state expiresAt createdAt usedAt }
                    errors { __typename code message path }
                } }",
                json!({"input": {
                    "accountId": self.phone.account, "mimeType": mime_type, "sizeBytes": size_bytes,
                }}),
            )
            .await;
        data["createUpload"].take()
    }

    /// Announces a file and sends it; answers with the upload's id, and with what the link said.
    async fn send(&self, mime_type: &str, content: &[u8]) -> (Value, StatusCode, String) {
        let mut payload = self.announce(mime_type, content.len()).await;
        let url = payload["upload"]["url"]
            .as_str()
            .expect("there is a link")
            .to_owned();
        let (status, text) = put(&url, content).await;
        (payload["upload"]["id"].take(), status, text)
    }

    /// The upload as it is now.
    async fn upload(&self, id: &Value) -> Value {
        let query = "query ($id: ID!) { node(id: $id) { ... on Upload {
            state rejectionReason rejectionMessage url
            media { id url kind mimeType width height durationSeconds thumbnailUrl thumbnailDataUri state }
        } } }";
        self.user.run(query, json!({"id": id})).await["node"].take()
    }

    /// How many files there are in the database, and in the store.
    async fn kept(&self) -> (i64, usize) {
        let mut all = amda::db::connect(self.app.database.url()).await.unwrap();
        let rows = media::table.count().get_result(&mut all).await.unwrap();
        let folder = self.app.config.data_dir.join("media");
        (rows, count_files(&folder))
    }
}

fn count_files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

/// Sends a file to a link.
async fn put(url: &str, content: &[u8]) -> (StatusCode, String) {
    let sending = http::client().put(url).body(content.to_vec());
    let response = sending.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

/// The content behind a link.
async fn get(url: &str) -> Vec<u8> {
    let response = http::get(url).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.bytes().await.unwrap().to_vec()
}
