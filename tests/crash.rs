//! Killed at any named step, a run can be started again and ends as if it had not been killed.
//! The program kills itself with SIGKILL, so nothing gets a chance to tidy up.

mod common;

use common::{Company, Engine, ran};

/// Every step of a load that is named in the program, and how often it is passed before the kill.
const STEPS: [&str; 9] = [
    "after_submission:1",
    "after_dictionaries:1",
    "mid_lines:2",
    "after_lines:1",
    "after_lines:5",
    "after_snapshots:2",
    "before_commit:1",
    "before_commit:7",
    "after_commit:3",
];

#[test]
fn a_killed_run_ends_as_if_it_had_not_been_killed() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let undisturbed = Company::sample(engine);
        undisturbed.expect(1, &["run"]);
        let content = undisturbed.content();
        for step in STEPS {
            let company = Company::sample(engine);
            let killed = ran(company
                .command(&["run"])
                .env("CHANNELFLOW_CRASH_AT", step)
                .output()
                .unwrap());
            assert_eq!(
                killed.code, -1,
                "`{step}` was never reached\n{}",
                killed.stdout
            );
            company.expect(1, &["run"]);
            assert_eq!(company.content(), content, "{engine:?}, killed at {step}");
            company.expect(0, &["doctor", "--verify"]);
        }
    }
}

#[test]
fn one_company_killed_again_and_again_still_arrives() {
    let undisturbed = Company::sample(Engine::Sqlite);
    undisturbed.expect(1, &["run"]);
    let company = Company::sample(Engine::Sqlite);
    let mut kills = 0;
    for step in STEPS.iter().cycle().take(2 * STEPS.len()) {
        let killed = ran(company
            .command(&["run"])
            .env("CHANNELFLOW_CRASH_AT", step)
            .output()
            .unwrap());
        kills += usize::from(killed.code == -1);
    }
    assert!(kills >= STEPS.len() / 2, "only {kills} runs were killed");
    company.expect(1, &["run"]);
    assert_eq!(company.content(), undisturbed.content());
    company.expect(0, &["doctor", "--verify"]);
}
