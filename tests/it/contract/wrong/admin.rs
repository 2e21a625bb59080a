use amda::id::to_global;
use serde_json::{Value, json};

use super::{Case, Wrong, conflict, invalid, nobodys, unknown};
use crate::contract::scene::Scene;

pub(super) fn wrong_inputs(scene: &Scene) -> Vec<Case> {
    let own = to_global("AdminUser", scene.account.user.as_uuid().into());
    let of = |mutation, right: Value, more: Vec<Wrong>| Case {
        mutation,
        right,
        wrong: wrong_user().into_iter().chain(more).collect(),
    };
    // Nobody's, so that nothing is done where the other field is wrong.
    let user = nobodys("AdminUser");
    vec![
        of("setUserPlan", json!({"userId": user, "plan": "FREE"}), Vec::new()),
        of(
            "suspendUser",
            json!({"userId": user, "reason": "spam"}),
            vec![
                invalid(
                    "reason",
                    "x".repeat(501),
                    "the reason has 501 characters; at most 500 are possible",
                ),
                conflict("userId", own, "nobody suspends themselves; ask another admin"),
            ],
        ),
        of("unsuspendUser", json!({"userId": user}), Vec::new()),
        of("endUserSessions", json!({"userId": user}), Vec::new()),
    ]
}

fn wrong_user() -> [Wrong; 3] {
    [
        unknown("userId", "nonsense", "'nonsense' is not an id"),
        unknown(
            "userId",
            nobodys("User"),
            "of the type User; pass one of the type AdminUser",
        ),
        unknown("userId", nobodys("AdminUser"), "there is no user with this id").alone(),
    ]
}
