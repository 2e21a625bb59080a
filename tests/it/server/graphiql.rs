use async_graphql::Request;

const TABS: &str = include_str!("../../../src/server/graphiql/build/tabs.js");
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
