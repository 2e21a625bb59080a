use serde_json::json;

use super::{Case, Wrong, conflict, invalid, nobodys, unauthentic, unknown};
use crate::contract::scene::PASSWORD;

const EMAIL: &str = "it has no @; write one like alice@example.org";
const LANGUAGE: &str = "not a language tag of BCP 47; write one like en or pt-BR";
const ZONE: &str = "not a time zone of the IANA database; write one like Europe/Berlin";
const LONG_NAME: &str = "the name has 101 letters; at most 100 are possible";
const LONG_PASSWORD: &str = "the password is 72 bytes long in UTF-8; at most 71 bytes are possible";
const CODE: &str = "write the 6 digits that the authenticator app shows";
const SHORT_PASSWORD: &str = "the password has 5 characters; it needs at least 8";

pub(super) fn wrong_inputs() -> Vec<Case> {
    let mut cases = vec![registration()];
    cases.extend(sessions());
    cases.extend(profile());
    cases.extend(mails());
    cases.extend(confirmed());
    cases.extend(access_tokens());
    cases.extend(two_factor());
    cases
}

fn registration() -> Case {
    let right = json!({
        "email": "bob@example.org", "password": PASSWORD, "displayName": "Bob", "locale": "en", "timeZone": "UTC",
        "invitation": "of another server",
    });
    let invitation = |value: &str, words| Wrong {
        code: "INVALID_INVITATION",
        ..invalid("invitation", value, words)
    };
    Case {
        mutation: "register",
        right,
        wrong: vec![
            invalid("email", "alice", EMAIL),
            invalid("password", "short", SHORT_PASSWORD),
            invalid("password", "x".repeat(72), LONG_PASSWORD),
            invalid("displayName", "x".repeat(101), LONG_NAME),
            invalid("locale", "en_US", LANGUAGE),
            invalid("timeZone", "Mars/Olympus", ZONE),
            invitation(
                " ",
                "needs an invitation on this server; ask its operator for one",
            ),
            invitation(
                "nonsense",
                "copy its code whole, or ask the server's operator for another",
            )
            .alone(),
        ],
    }
}

fn sessions() -> [Case; 3] {
    let either = "the e-mail address or the password is wrong; try again with others";
    [
        Case {
            mutation: "logIn",
            right: json!({"email": "alice@example.org", "password": PASSWORD}),
            wrong: vec![
                unauthentic("WRONG_CREDENTIALS", "email", "bob@example.org", either).at(""),
                unauthentic("WRONG_CREDENTIALS", "password", "battery staple", either).at(""),
                invalid("password", "x".repeat(72), LONG_PASSWORD),
                invalid("code", "nonsense", CODE),
            ],
        },
        Case {
            mutation: "refreshSession",
            right: json!({}),
            wrong: vec![unauthentic(
                "INVALID_REFRESH_TOKEN",
                "refreshToken",
                "nonsense",
                "unknown, expired, revoked, or was used before; log in again",
            )],
        },
        Case {
            mutation: "revokeSession",
            right: json!({}),
            wrong: vec![
                unknown("sessionId", "nonsense", "'nonsense' is not an id"),
                unknown(
                    "sessionId",
                    nobodys("Account"),
                    "of the type Account; pass one of the type Session",
                ),
                unknown(
                    "sessionId",
                    nobodys("Session"),
                    "there is no session with this id",
                ),
            ],
        },
    ]
}

fn profile() -> [Case; 2] {
    [
        Case {
            mutation: "updateProfile",
            right: json!({"displayName": "Alice", "locale": "en", "timeZone": "UTC"}),
            wrong: vec![
                invalid("displayName", "x".repeat(101), LONG_NAME),
                invalid("locale", "en_US", LANGUAGE),
                invalid("timeZone", "Mars/Olympus", ZONE),
            ],
        },
        Case {
            mutation: "changePassword",
            right: json!({"currentPassword": PASSWORD, "newPassword": "battery staple"}),
            wrong: [
                invalid("newPassword", "short", SHORT_PASSWORD),
                invalid("newPassword", "x".repeat(72), LONG_PASSWORD),
                invalid("code", "12345", CODE),
            ]
            .into_iter()
            .chain(current_password())
            .collect(),
        },
    ]
}

/// Mutations of people who come with a mail, or ask for one.
fn mails() -> Vec<Case> {
    let token = || {
        unauthentic(
            "INVALID_MAIL_TOKEN",
            "token",
            "nonsense",
            "unknown, expired, or was used before; ask for another mail",
        )
    };
    let with_token = |mutation| Case {
        mutation,
        right: json!({}),
        wrong: vec![token()],
    };
    let with_password = |mutation| Case {
        mutation,
        // The token is looked at once the password is right.
        right: json!({"token": "nonsense", "newPassword": "battery staple"}),
        wrong: vec![
            token(),
            invalid("newPassword", "short", SHORT_PASSWORD),
            invalid("newPassword", "x".repeat(72), LONG_PASSWORD),
        ],
    };
    vec![
        with_token("verifyEmail"),
        with_token("confirmEmailChange"),
        with_token("cancelUserDeletion"),
        with_token("confirmExternalIdentity"),
        with_password("resetPassword"),
        with_password("revertEmailChange"),
        Case {
            mutation: "requestPasswordReset",
            right: json!({}),
            wrong: vec![invalid("email", "alice", EMAIL)],
        },
    ]
}

/// Mutations that ask for the password, and the one that takes back what one of them did.
fn confirmed() -> [Case; 5] {
    [
        Case {
            mutation: "linkExternalIdentity",
            // The token is looked at once the password is right.
            right: json!({"token": "nonsense", "currentPassword": PASSWORD}),
            wrong: current_password()
                .into_iter()
                .chain([unauthentic(
                    "INVALID_EXTERNAL_TOKEN",
                    "token",
                    "nonsense",
                    "not one that is accepted here",
                )])
                .chain([invalid("code", "1234567", CODE)])
                .collect(),
        },
        Case {
            mutation: "unlinkExternalIdentity",
            right: json!({}),
            wrong: vec![
                unknown("externalIdentityId", "nonsense", "'nonsense' is not an id"),
                unknown(
                    "externalIdentityId",
                    nobodys("Account"),
                    "of the type Account; pass one of the type ExternalIdentity",
                ),
                unknown(
                    "externalIdentityId",
                    nobodys("ExternalIdentity"),
                    "there is no external identity with this id",
                ),
            ],
        },
        Case {
            mutation: "requestEmailChange",
            right: json!({"newEmail": "new@example.org", "currentPassword": PASSWORD}),
            wrong: current_password()
                .into_iter()
                .chain([
                    invalid("newEmail", "alice", EMAIL),
                    invalid("code", "1234567", CODE),
                ])
                .collect(),
        },
        Case {
            mutation: "deleteUser",
            right: json!({"currentPassword": PASSWORD}),
            wrong: with_code("nonsense"),
        },
        Case {
            mutation: "requestDataExport",
            right: json!({"currentPassword": PASSWORD}),
            wrong: with_code("abcdefgh"),
        },
    ]
}

/// Mutations of two-factor authentication, which the user of the scene has not turned on.
fn two_factor() -> [Case; 4] {
    let right = json!({"currentPassword": PASSWORD, "code": "123456"});
    [
        Case {
            mutation: "startTwoFactorSetup",
            right: json!({"currentPassword": PASSWORD}),
            wrong: current_password().into(),
        },
        Case {
            mutation: "confirmTwoFactorSetup",
            right: json!({}),
            wrong: vec![
                invalid("code", "abcd-efgh-ijkl-mnop", CODE),
                Wrong {
                    code: "TWO_FACTOR_SETUP_EXPIRED",
                    ..conflict("code", "123456", "no setup waits for a code").at("")
                },
            ],
        },
        Case {
            mutation: "disableTwoFactor",
            right: right.clone(),
            wrong: with_code("abcd-efgh-ijkl-mno"),
        },
        Case {
            mutation: "regenerateRecoveryCodes",
            right,
            wrong: with_code(""),
        },
    ]
}

fn access_tokens() -> [Case; 2] {
    let mut wrong = with_code("nonsense");
    wrong.extend([
        invalid("name", " ", "the name has 0 visible letters; write 1 to 100"),
        invalid(
            "name",
            "x".repeat(101),
            "the name has 101 visible letters; write 1 to 100",
        ),
        invalid("scopes", json!([]), "the list names no scope; name at least one"),
        invalid(
            "expiresAt",
            "2020-01-01T00:00:00Z",
            "must expire 1 to 365 days from now; choose a time in between",
        ),
        invalid(
            "accountIds",
            json!([]),
            "name at least one, or leave it out for all accounts",
        ),
        unknown(
            "accountIds",
            json!([nobodys("Account")]),
            "there is no account with this id",
        )
        .at("accountIds.0"),
    ]);
    [
        Case {
            mutation: "createAccessToken",
            right: json!({"name": "Backup", "scopes": ["READ"], "currentPassword": PASSWORD}),
            wrong,
        },
        Case {
            mutation: "revokeAccessToken",
            right: json!({}),
            wrong: vec![
                unknown("accessTokenId", "nonsense", "'nonsense' is not an id"),
                unknown(
                    "accessTokenId",
                    nobodys("Session"),
                    "of the type Session; pass one of the type AccessToken",
                ),
                unknown(
                    "accessTokenId",
                    nobodys("AccessToken"),
                    "there is no access token with this id",
                ),
            ],
        },
    ]
}

/// The wrong values of an input that takes the password and a code.
fn with_code(malformed: &'static str) -> Vec<Wrong> {
    let code = invalid("code", malformed, CODE);
    current_password().into_iter().chain([code]).collect()
}

fn current_password() -> [Wrong; 2] {
    [
        invalid("currentPassword", "x".repeat(72), LONG_PASSWORD),
        unauthentic(
            "WRONG_CREDENTIALS",
            "currentPassword",
            "battery staple",
            "this is not the password of the user; pass the one that you log in with now",
        ),
    ]
}
