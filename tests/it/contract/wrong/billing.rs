use serde_json::json;

use super::{Case, Wrong, invalid};

pub(super) fn wrong_inputs() -> [Case; 2] {
    let page = "https://app.example/plans";
    [
        Case {
            mutation: "startCheckout",
            right: json!({"interval": "MONTHLY", "successUrl": page, "cancelUrl": page}),
            wrong: wrong_urls("successUrl")
                .into_iter()
                .chain(wrong_urls("cancelUrl"))
                .collect(),
        },
        Case {
            mutation: "openBillingPortal",
            right: json!({}),
            wrong: wrong_urls("returnUrl").into(),
        },
    ]
}

fn wrong_urls(field: &'static str) -> [Wrong; 5] {
    let long = format!("https://app.example/{}", "x".repeat(2_048));
    [
        invalid(
            field,
            "nonsense",
            "this is not a web address; one looks like https://example.org/path",
        ),
        invalid(
            field,
            long,
            "the address has 2068 characters; at most 2048 are possible",
        ),
        invalid(
            field,
            "https://app.example\\@evil.example/",
            "a space, a backslash or a control character; percent-encode it",
        ),
        invalid(
            field,
            "https://app.example@evil.example/",
            "the address holds a user name or password; give it without them",
        ),
        invalid(
            field,
            "https://evil.example/",
            "buyers are not sent back to https://evil.example; the server's operator allows https://app.example",
        ),
    ]
}
