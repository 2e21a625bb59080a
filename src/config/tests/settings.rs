use super::reading::{problem_of, read};
use crate::config::{DatabaseConfig, DefaultPlan, RegistrationPolicy};

#[test]
fn nothing_given_means_loopback_and_an_embedded_database() {
    let config = read(&[]).unwrap();

    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:3000/");
    assert!(config.data_dir.is_absolute() && config.data_dir.ends_with("data"));
    let DatabaseConfig::Embedded(embedded) = &config.database else {
        panic!("{:?}", config.database)
    };
    assert!(embedded.durable && embedded.folder.ends_with("data/postgres"));
    assert_eq!(config.default_plan, DefaultPlan::Free);
    assert!(config.simulator.is_none() && config.allowed_origins.is_empty());
}

#[test]
fn anybody_may_register_unless_the_operator_says_otherwise() {
    assert_eq!(read(&[]).unwrap().registration, RegistrationPolicy::Open);
    for (text, policy) in [
        ("open", RegistrationPolicy::Open),
        ("invite", RegistrationPolicy::Invite),
        ("Closed", RegistrationPolicy::Closed),
    ] {
        assert_eq!(read(&[("AMDA_REGISTRATION", text)]).unwrap().registration, policy);
    }
    let problem = problem_of("AMDA_REGISTRATION", "off");
    assert!(
        problem.contains("`open`, `invite`") && problem.contains("`closed`"),
        "{problem}"
    );
}

#[test]
fn origins_have_no_path_and_no_wildcard() {
    let config = read(&[(
        "AMDA_ALLOWED_ORIGINS",
        "https://app.example.org, http://localhost:5173",
    )])
    .unwrap();

    assert_eq!(
        config.allowed_origins,
        ["https://app.example.org", "http://localhost:5173"]
    );
    for wrong in [
        "*",
        "https://app.example.org/path",
        "app.example.org",
        "https://a.example,,",
    ] {
        assert!(
            problem_of("AMDA_ALLOWED_ORIGINS", wrong).contains("must be web origins"),
            "{wrong}"
        );
    }
}

#[test]
fn a_version_is_three_numbers() {
    assert_eq!(
        read(&[("AMDA_WHATSAPP_VERSION", "2.3000.7")])
            .unwrap()
            .whatsapp
            .version,
        (2, 3000, 7)
    );
    assert!(problem_of("AMDA_WHATSAPP_VERSION", "2.3000").contains("must be three numbers"));
}

#[test]
fn this_machine_is_called_for_users_only_where_the_operator_says_so() {
    assert!(!read(&[]).unwrap().allows_local_endpoints);
    assert!(
        read(&[("AMDA_ALLOW_LOCAL_ENDPOINTS", "true")])
            .unwrap()
            .allows_local_endpoints
    );
    assert!(problem_of("AMDA_ALLOW_LOCAL_ENDPOINTS", "yes").contains("must be `true` or `false`"));
}

#[test]
fn nobody_in_front_is_believed_unless_the_operator_says_how_many_proxies_there_are() {
    assert_eq!(read(&[]).unwrap().proxies, 0);
    assert_eq!(read(&[("AMDA_PROXIES", "2")]).unwrap().proxies, 2);
    for wrong in ["-1", "yes", "127.0.0.1"] {
        assert!(
            problem_of("AMDA_PROXIES", wrong).contains("AMDA_PROXIES: it is"),
            "{wrong}"
        );
    }
}

#[test]
fn the_schema_is_shown_to_this_machine_and_to_others_only_where_the_operator_says_so() {
    let config = read(&[]).unwrap();
    assert!(config.allows_introspection && config.serves_graphiql);
    for open in [
        ("AMDA_LISTEN", "0.0.0.0:3000"),
        ("AMDA_PUBLIC_URL", "https://amda.example.org"),
    ] {
        let config = read(&[open]).unwrap();
        assert!(
            !config.allows_introspection && !config.serves_graphiql,
            "{open:?}"
        );
        let config = read(&[open, ("AMDA_INTROSPECTION", "true"), ("AMDA_GRAPHIQL", "1")]).unwrap();
        assert!(config.allows_introspection && config.serves_graphiql, "{open:?}");
    }
    let config = read(&[("AMDA_INTROSPECTION", "false"), ("AMDA_GRAPHIQL", "0")]).unwrap();
    assert!(!config.allows_introspection && !config.serves_graphiql);

    let wrong = read(&[("AMDA_INTROSPECTION", "on"), ("AMDA_GRAPHIQL", "off")]).unwrap_err();
    let wrong = wrong.to_string();
    assert!(
        wrong.contains("AMDA_INTROSPECTION: it is \"on\", and must be `true` or `false`"),
        "{wrong}"
    );
    assert!(
        wrong.contains("AMDA_GRAPHIQL: it is \"off\", and must be `true` or `false`"),
        "{wrong}"
    );
}

#[test]
fn links_name_this_machine_when_every_address_is_served() {
    assert_eq!(
        read(&[("AMDA_LISTEN", "0.0.0.0:80")])
            .unwrap()
            .public_url
            .as_str(),
        "http://localhost/"
    );
}

#[test]
fn a_mail_server_needs_an_address_to_send_from_and_none_is_no_mistake() {
    assert!(read(&[]).unwrap().mail.is_none());
    let url = ("AMDA_SMTP_URL", "smtp://mail.example.org:25");
    let missing = read(&[url]).unwrap_err().to_string();
    assert!(missing.contains("AMDA_MAIL_FROM: it is missing"), "{missing}");
    let wrong = read(&[url, ("AMDA_MAIL_FROM", "nobody")]).unwrap_err();
    assert_eq!(wrong.problems.len(), 1, "{wrong}");

    let mail = read(&[url, ("AMDA_MAIL_FROM", "AMDA <amda@example.org>")])
        .unwrap()
        .mail
        .unwrap();

    assert_eq!(mail.from.email.to_string(), "amda@example.org");
}

#[test]
fn an_address_that_only_a_proxy_can_serve_needs_a_proxy_configured() {
    let missing = |values: &[(&str, &str)]| read(values).unwrap().find_missing_proxy();
    let url = |url: &'static str| ("AMDA_PUBLIC_URL", url);
    let everywhere = ("AMDA_LISTEN", "0.0.0.0:3000");

    for fine in [
        &[][..],
        &[everywhere],
        &[url("http://localhost:8080")],
        &[url("http://192.168.1.5:3000"), everywhere],
        &[url("https://amda.example.org"), ("AMDA_PROXIES", "1")],
    ] {
        assert_eq!(missing(fine), None, "{fine:?}");
    }
    for wrong in [
        &[url("https://amda.example.org")][..],
        &[url("https://localhost"), everywhere],
        &[url("http://192.168.1.5:3000")],
        &[url("http://amda.example.org"), everywhere],
    ] {
        let said = missing(wrong).expect("a proxy is missing");
        assert!(said.contains("set AMDA_PROXIES"), "{wrong:?}: {said}");
    }
}
