use super::reading::{problem_of, read};

#[test]
fn a_client_has_the_usual_limits_unless_the_operator_gives_others() {
    let usual = read(&[]).unwrap().clients;
    assert_eq!((usual.sockets, usual.cost_budget), (50, 50_000));

    let given = [("AMDA_SOCKETS_PER_USER", "2000"), ("AMDA_COST_BUDGET", "1000000")];
    let given = read(&given).unwrap().clients;
    assert_eq!((given.sockets, given.cost_budget), (2_000, 1_000_000));
}

#[test]
fn a_limit_that_lets_nobody_in_or_that_bounds_nothing_is_refused() {
    for (name, wrong, told) in [
        ("AMDA_SOCKETS_PER_USER", "0", "from 1 to 10000"),
        ("AMDA_SOCKETS_PER_USER", "10001", "from 1 to 10000"),
        ("AMDA_SOCKETS_PER_USER", "many", "from 1 to 10000"),
        ("AMDA_COST_BUDGET", "9999", "from 10000 to 10000000"),
        ("AMDA_COST_BUDGET", "off", "from 10000 to 10000000"),
    ] {
        let problem = problem_of(name, wrong);
        assert!(problem.contains(name) && problem.contains(told), "{problem}");
    }
}
