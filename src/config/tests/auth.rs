use secrecy::ExposeSecret;

use super::reading::{problem_of, read};

const ISSUER: (&str, &str) = ("AMDA_AUTH_ISSUER", "https://project.supabase.co/auth/v1");
const AUDIENCE: (&str, &str) = ("AMDA_AUTH_AUDIENCE", "authenticated, console");
const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";

#[test]
fn without_an_issuer_no_tokens_but_ours_are_accepted() {
    assert!(read(&[]).unwrap().auth.is_none());
}

#[test]
fn an_issuer_is_kept_as_it_is_written_with_what_its_tokens_must_say() {
    let config = read(&[ISSUER, AUDIENCE, ("AMDA_AUTH_JWT_SECRET", SECRET)]).unwrap();

    let auth = config.auth.unwrap();
    assert_eq!(auth.issuer, "https://project.supabase.co/auth/v1");
    assert_eq!(auth.audiences, ["authenticated", "console"]);
    assert!(auth.jwks_url.is_none());
    assert_eq!(auth.secret.as_ref().unwrap().expose_secret(), SECRET.as_bytes());
    assert!(!format!("{auth:?}").contains(SECRET));
    let slash = read(&[("AMDA_AUTH_ISSUER", "https://tenant.auth0.com/"), AUDIENCE]).unwrap();
    assert_eq!(slash.auth.unwrap().issuer, "https://tenant.auth0.com/");
}

#[test]
fn an_issuer_is_reached_by_https_or_on_this_machine() {
    for good in [
        "http://localhost:8000/auth/v1",
        "http://127.0.0.1:9",
        "https://sso.lan",
    ] {
        assert!(read(&[("AMDA_AUTH_ISSUER", good), AUDIENCE]).is_ok(), "{good}");
    }
    for bad in [
        "http://sso.example.org",
        "sso.example.org",
        "ftp://sso.example.org",
        "https://me@sso.example.org",
        "https://sso.example.org/?tenant=1",
    ] {
        let problem = read(&[("AMDA_AUTH_ISSUER", bad), AUDIENCE])
            .unwrap_err()
            .to_string();
        assert!(
            problem.contains("must be the address that tokens name"),
            "{problem}"
        );
    }
}

#[test]
fn every_problem_of_an_issuer_is_told_at_once() {
    let wrong = [
        ISSUER,
        ("AMDA_AUTH_JWKS_URL", "http://keys.example.org"),
        ("AMDA_AUTH_JWT_SECRET", "short"),
    ];

    let problems = read(&wrong).unwrap_err().problems;

    let named: Vec<&str> = problems.iter().map(|problem| problem.setting.as_str()).collect();
    assert_eq!(
        named,
        ["AMDA_AUTH_JWKS_URL", "AMDA_AUTH_JWT_SECRET", "AMDA_AUTH_AUDIENCE"]
    );
    assert!(!problems[1].message.contains("short"), "{:?}", problems[1]);
}

#[test]
fn what_belongs_to_an_issuer_is_refused_without_one() {
    for (name, value) in [AUDIENCE, ("AMDA_AUTH_JWT_SECRET", SECRET)] {
        let problem = problem_of(name, value);

        assert!(
            problem.contains("AMDA_AUTH_ISSUER alone, which is missing"),
            "{problem}"
        );
    }
}
