use amda::server::Settings;
use async_graphql::Request;
use axum::Router;
use reqwest::{Method, StatusCode};

use super::world::World;

const TABS: &str = include_str!("../../../src/server/graphiql/build/tabs.js");
const PAGE: &str = include_str!("../../../src/server/graphiql/index.html");
const BUNDLE: &str = include_str!("../../../src/server/graphiql/graphiql.js");

/// The operations that the page proposes: what stands between backquotes.
fn proposals() -> impl Iterator<Item = &'static str> {
    TABS.split('`').skip(1).step_by(2)
}

#[tokio::test]
async fn what_the_page_proposes_is_valid() {
    let schema = amda::server::builder().finish();

    assert!(proposals().count() >= 4);
    for proposal in proposals() {
        // An operation that cannot be, so that the document is checked and nothing is executed.
        let document = format!("{proposal}\nquery Absent {{ absent }}");
        let response = schema
            .execute(Request::new(document).operation_name("Absent"))
            .await;
        let messages: Vec<_> = response
            .errors
            .iter()
            .map(|error| error.message.as_str())
            .collect();
        assert_eq!(
            messages,
            ["Unknown field \"absent\" on type \"Query\"."],
            "{proposal}"
        );
    }
}

#[test]
fn the_bundle_is_built_from_what_is_proposed() {
    for proposal in proposals() {
        let line = proposal.lines().next().unwrap();
        assert!(
            BUNDLE.contains(line),
            "build GraphiQL anew, its README says how: {line}"
        );
    }
}

#[test]
fn the_page_works_under_a_path_of_a_proxy() {
    assert!(PAGE.contains("\"graphiql/graphiql.js"), "{PAGE}");
    assert!(!PAGE.contains("\"/"), "{PAGE}");
    assert!(BUNDLE.contains("new URL(\"graphql\",location.href)"));
}

#[tokio::test]
async fn a_path_with_nothing_leads_to_graphiql_only_where_it_is_served() {
    for serves_graphiql in [true, false] {
        let change = |settings: &mut Settings| settings.serves_graphiql = serves_graphiql;
        let world = World::build(change, Vec::new(), Router::new()).await;

        let answer = world.api().request(Method::GET, "/").send().await.unwrap();

        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.text().await.unwrap().contains("GraphiQL"), serves_graphiql);
        world.stop().await;
    }
}
