//! Settlement end to end, on figures small enough to check by hand: corrections of what was
//! confirmed, returned goods, what the floor carries on, and what has to be computed again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod common;

use std::process::Command;

use common::money::{BY_AMOUNT, TIERS, company, deliver, goals, lines, number, run, targets};
use common::{Company, Engine};
use serde_json::Value;

#[test]
fn a_correction_of_a_closed_month_is_a_line_of_the_next_statement_in_its_own_tier() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = company(engine, BY_AMOUNT, TIERS);
        let january = ["2026-01-05 400 12", "2026-01-06 300 12"];
        deliver(&company, "流向_202601.csv", &january);
        run(&company);
        company.expect(0, &["settle", "2026-01"]);
        // 700 × 12 = 8,400; 1 %.
        assert_eq!(lines(&company, "2026-01"), ["reward tier 84.00"]);
        let first = number(&company, "2026-01");
        company.expect(0, &["statement", "confirm", &first]);
        company.expect(0, &["period", "close", "2026-01"]);

        let corrected = ["2026-01-05 400 12", "2026-01-06 500 12"];
        deliver(&company, "流向_202601_更正.csv", &corrected);
        deliver(&company, "流向_202602.csv", &["2026-02-03 100 12"]);
        run(&company);
        company.expect(0, &["settle", "2026-02"]);
        // January is 10,800 now and in the second tier: 216 − 84. February itself: 1,200 at 1 %.
        assert_eq!(
            lines(&company, "2026-02"),
            ["reward tier 12.00", "prior 2026-01 132.00"]
        );
        // What was confirmed stands, and still follows from the month as it was closed.
        assert_eq!(lines(&company, "2026-01"), ["reward tier 84.00"]);
        company.expect(0, &["statement", "verify", &first]);

        // Once told, the difference is not told again.
        let second = number(&company, "2026-02");
        company.expect(0, &["statement", "confirm", &second]);
        deliver(&company, "流向_202603.csv", &["2026-03-02 50 12"]);
        run(&company);
        company.expect(0, &["settle", "2026-03"]);
        assert_eq!(lines(&company, "2026-03"), ["reward tier 6.00"]);
    }
}

/// Worked example 16: 2 yuan per box from 1,000 boxes, 1 yuan from 500; 1,050 sold, 80 come back.
#[test]
fn returned_goods_cost_what_the_agreement_says() {
    let reward = "[[reward]]\nid = \"box\"\nshape = \"tiers\"\non = \"basis\"\n\
        mode = \"retroactive\"\ntiers = [ { from = 500, yuan = 1 }, { from = 1000, yuan = 2 } ]";
    for (returns, expected) in [
        (
            "returns = \"retier\"",
            vec!["reward box 0.00", "prior 2026-01 -1,130.00"],
        ),
        ("returns = \"ignore\"", vec!["reward box 0.00"]),
        (
            "returns = \"flat\"\nreturns_yuan = 2",
            vec!["reward box 0.00", "prior 2026-01 -160.00"],
        ),
    ] {
        let basis = format!("measure = \"quantity\"\nunit = \"盒\"\n{returns}");
        let company = company(Engine::Sqlite, &basis, reward);
        deliver(&company, "流向_202601.csv", &["2026-01-05 1050 12"]);
        run(&company);
        company.expect(0, &["settle", "2026-01"]);
        assert_eq!(lines(&company, "2026-01"), ["reward box 2,100.00"]);
        company.expect(0, &["statement", "confirm", &number(&company, "2026-01")]);
        deliver(&company, "流向_202602.csv", &["2026-02-10 -80 12"]);
        run(&company);
        company.expect(0, &["settle", "2026-02"]);
        assert_eq!(lines(&company, "2026-02"), expected, "{returns}");
    }
}

#[test]
fn what_the_floor_keeps_back_is_paid_with_the_next_month() {
    let reward = "[[reward]]\nid = \"share\"\nshape = \"percent\"\nrate = \"1%\"\n\
        [limit]\nfloor = 100\ncarry = true";
    let company = company(Engine::Sqlite, BY_AMOUNT, reward);
    deliver(&company, "流向_202601.csv", &["2026-01-05 500 12"]);
    run(&company);
    company.expect(0, &["settle", "2026-01"]);
    assert_eq!(
        lines(&company, "2026-01"),
        ["reward share 60.00", "floor  -60.00"]
    );
    company.expect(0, &["statement", "confirm", &number(&company, "2026-01")]);
    deliver(&company, "流向_202602.csv", &["2026-02-05 600 12"]);
    run(&company);
    company.expect(0, &["settle", "2026-02"]);
    assert_eq!(
        lines(&company, "2026-02"),
        ["reward share 72.00", "carried_forward  60.00"]
    );
}

#[test]
fn only_parties_whose_records_changed_are_computed_and_the_rest_is_the_same_to_the_byte() {
    let company = Company::sample(Engine::Sqlite);
    std::fs::create_dir_all(company.file("policies")).unwrap();
    let policy = "id = \"ALL\"\nversion = 1\nname = \"全体\"\nkind = \"一级\"\n\
        valid_from = 2026-01-01\nvalid_to = 2026-12-31\nperiod = \"month\"\n\
        [party]\ntiers = [\"一级\", \"二级\"]\n\
        [basis]\nsource = \"sale\"\ncounting_point = \"all\"\nmeasure = \"quantity\"\nunit = \"盒\"\n\
        [[reward]]\nid = \"box\"\nshape = \"per_unit\"\nyuan = 0.1\n";
    // The sample company's own policies would earn more; here one is enough.
    std::fs::remove_dir_all(company.file("policies")).unwrap();
    std::fs::create_dir_all(company.file("policies")).unwrap();
    std::fs::write(company.file("policies/all.toml"), policy).unwrap();
    run(&company);
    let before = company.json(0, &["statement", "list", "--period", "2026-02"]);
    let again = company.json(1, &["settle", "2026-02"]);
    assert_eq!(again["computed"].as_array().unwrap().len(), 0, "{again}");
    assert!(again["unchanged"].as_u64().unwrap() > 5);

    let submissions = company.json(0, &["submission", "list"]);
    let february = submissions
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["file_name"] == "D03/流向_202602.csv")
        .expect("D03 delivered February");
    company.expect(
        0,
        &["submission", "undo", &february["submission_id"].to_string()],
    );
    let changed = company.json(1, &["settle", "2026-02"]);
    let computed = changed["computed"].as_array().unwrap();
    let parties: Vec<&str> = computed
        .iter()
        .map(|it| it["party_id"].as_str().unwrap())
        .collect();
    assert_eq!(parties, ["D03"], "{changed}");

    company.json(1, &["settle", "2026-02", "--afresh"]);
    let after = company.json(0, &["statement", "list", "--period", "2026-02"]);
    let hashes = |heads: &Value| -> Vec<(String, String)> {
        let heads = heads.as_array().unwrap().iter();
        heads
            .filter(|head| head["party_id"] != "D03")
            .map(|head| {
                (
                    head["party_id"].to_string(),
                    head["content_hash"].to_string(),
                )
            })
            .collect()
    };
    assert_eq!(hashes(&before), hashes(&after));
    company.expect(0, &["statement", "verify", "--period", "2026-02"]);
}

/// A run settles by books that are open already, `settle` by those it needs: a few parties' targets, or
/// everybody's. Statements that rest on targets say the same, to the byte.
#[test]
fn settling_a_few_parties_or_many_gives_what_the_run_gave() {
    let all: Vec<String> = (1..=14).map(|it| format!("\"D{it:02}\"")).collect();
    let policy = format!(
        "id = \"ALL\"\nversion = 1\nname = \"全体\"\nkind = \"一级\"\n\
        valid_from = 2026-01-01\nperiod = \"month\"\n[party]\ndistributors = [{}]\n\
        [basis]\nsource = \"sale\"\ncounting_point = \"all\"\nmeasure = \"quantity\"\nunit = \"盒\"\n\
        [[reward]]\nid = \"box\"\nshape = \"per_unit\"\nyuan = 0.1\n",
        all.join(", ")
    );
    for (engine, parties) in [
        (Engine::Sqlite, 11),
        (Engine::Sqlite, 14),
        (Engine::Postgres, 14),
    ] {
        let company = Company::whole_sample(engine);
        if parties == 14 {
            std::fs::write(company.file("policies/all.toml"), &policy).unwrap();
        }
        run(&company);
        let said = || {
            let heads = company.json(0, &["statement", "list", "--period", "2026-02"]);
            let heads = heads.as_array().unwrap().iter();
            heads
                .map(|head| format!("{} {}", head["party_id"], head["content_hash"]))
                .collect::<Vec<_>>()
        };
        let before = said();
        assert_eq!(before.len(), parties);
        let again = company.json(1, &["settle", "2026-02", "--afresh"]);
        assert_eq!(again["computed"].as_array().unwrap().len(), parties);
        assert_eq!(said(), before);
        // 海泰's excess rests on a target: without it the line would be held.
        let excess = company.json(0, &["statement", "show", "2026-02-D06-2"]);
        let parts = excess["parts"].as_array().unwrap().iter();
        let figures = parts.filter(|part| part["policy"] == "EXCESS@1");
        let targets: Vec<&Value> = figures
            .map(|part| &part["figures"]["target"]["amount"])
            .collect();
        assert_eq!(targets, ["10000"], "{excess}");
    }
}

#[test]
fn a_statement_somebody_tampered_with_is_not_proven() {
    let company = company(Engine::Postgres, BY_AMOUNT, TIERS);
    deliver(&company, "流向_202601.csv", &["2026-01-05 400 12"]);
    run(&company);
    company.expect(0, &["settle", "2026-01"]);
    let number = number(&company, "2026-01");
    company.expect(0, &["statement", "verify", &number]);
    let settings = std::fs::read_to_string(company.file("channelflow.toml")).unwrap();
    let url = settings
        .lines()
        .find_map(|line| line.strip_prefix("url = "))
        .unwrap();
    let done = Command::new("psql")
        .arg(url.trim_matches('"'))
        .args(["-qc", "UPDATE statement_line SET amount = amount + 1000000"])
        .status()
        .unwrap();
    assert!(done.success());
    let verified = company.json(1, &["statement", "verify", &number]);
    assert_eq!(verified[0]["untouched"], false);
    assert_eq!(verified[0]["adds_up"], false);
    let refused = company.expect(2, &["statement", "confirm", &number]);
    assert!(refused.stderr.contains(&number), "{}", refused.stderr);
}

#[test]
fn states_move_one_way_and_a_reversed_statement_is_as_if_never_stated() {
    let company = company(Engine::Sqlite, BY_AMOUNT, TIERS);
    deliver(&company, "流向_202601.csv", &["2026-01-05 400 12"]);
    run(&company);
    company.expect(0, &["settle", "2026-01"]);
    let first = number(&company, "2026-01");
    company.expect(2, &["statement", "pay", &first]);
    company.expect(0, &["statement", "confirm", &first, "--dry-run"]);
    company.expect(0, &["statement", "confirm", &first]);
    company.expect(2, &["statement", "confirm", &first]);
    company.expect(0, &["statement", "pay", &first, "--note", "电汇 0315"]);
    let settled = company.json(0, &["settle", "2026-01"]);
    assert_eq!(
        (
            settled["standing"].as_u64(),
            settled["computed"].as_array().unwrap().len()
        ),
        (Some(1), 0)
    );
    company.expect(0, &["statement", "reverse", &first, "--note", "票据退回"]);
    company.expect(0, &["settle", "2026-01"]);
    let heads = company.json(0, &["statement", "list", "--period", "2026-01"]);
    let states: Vec<&str> = heads
        .as_array()
        .unwrap()
        .iter()
        .map(|head| head["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["reversed", "draft"]);
}

/// What January pays 1 % of, by what D03 sent: nothing, another month's file, or word that it sold nothing.
#[test]
fn a_month_nobody_reported_is_held_and_a_declared_empty_one_is_nothing() {
    let held = "reward tier policy_held_not_reported";
    let nobody_sold =
        "销售日期,客户名称,产品名称,规格,批号,单位,数量,单价,金额\n本月无销售（无动销）\n";
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = company(engine, BY_AMOUNT, TIERS);
        // One late line of January, in a file that declares February and in one that declares nothing.
        for (name, february) in [
            (
                "流向_202602.csv",
                ["2026-02-03 100 12", "2026-02-04 100 12"],
            ),
            ("流向_导出.csv", ["2026-02-05 50 12", "2026-02-06 50 12"]),
        ] {
            deliver(
                &company,
                name,
                &[&["2026-01-31 100 12"], &february[..]].concat(),
            );
            run(&company);
            company.expect(1, &["settle", "2026-01", "--afresh"]);
            assert_eq!(lines(&company, "2026-01"), [held], "{name}");
        }
        let number = number(&company, "2026-01");
        let shown = company.expect(1, &["statement", "show", &number, "--steps"]);
        assert!(
            shown
                .stdout
                .contains("D03 has not reported its sales of 2026-01"),
            "{}",
            shown.stdout
        );
        company.expect(2, &["statement", "confirm", &number]);
        // The month's own file speaks for all its days, and says nothing was sold.
        company.deliver("D03", "流向_202601.csv", nobody_sold.as_bytes());
        run(&company);
        company.expect(0, &["settle", "2026-01"]);
        assert_eq!(lines(&company, "2026-01"), ["reward tier 0.00"]);
    }
}

/// A book of the month whose sheet of sales says there were none, beside a sheet of stock with a line.
#[test]
fn a_book_may_declare_that_nothing_was_sold_beside_other_sheets() {
    let company = company(Engine::Sqlite, BY_AMOUNT, TIERS);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sales = book.add_worksheet().set_name("销售").unwrap();
    sales.write(0, 0, "本月无销售（无动销）").unwrap();
    let stock = book.add_worksheet().set_name("库存20260131").unwrap();
    for (column, (head, cell)) in [
        ("产品名称", "阿莫西林胶囊"),
        ("规格", "0.25g*24粒/盒"),
        ("批号", "2509A01"),
        ("单位", "盒"),
        ("库存数量", "7"),
    ]
    .into_iter()
    .enumerate()
    {
        let column = u16::try_from(column).unwrap();
        stock.write(0, column, head).unwrap();
        stock.write(1, column, cell).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    company.deliver("D03", "月报_202601.xlsx", &bytes);
    run(&company);
    company.expect(0, &["settle", "2026-01"]);
    assert_eq!(lines(&company, "2026-01"), ["reward tier 0.00"]);
}

/// A quarter with two rewards that pay its months: 1 % and 2 % of months that met their target.
#[test]
fn rewards_that_pay_parts_take_off_their_own_lines_only() {
    let parts = |id: &str, rate: &str| {
        format!(
            "[[reward]]\nid = \"{id}\"\nshape = \"sub_periods\"\npart_rate = \"{rate}\"\nwhole_rate = \"5%\"\n"
        )
    };
    let reward = format!("[target]\n{}{}", parts("one", "1%"), parts("two", "2%"));
    let company = company(Engine::Sqlite, BY_AMOUNT, &reward);
    let policy = std::fs::read_to_string(company.file("policies/p.toml")).unwrap();
    let quarterly = policy.replace("period = \"month\"", "period = \"quarter\"");
    std::fs::write(company.file("policies/p.toml"), quarterly).unwrap();
    targets(&company, &["1000", "1000", "1000"]);
    deliver(&company, "流向_202601.csv", &["2026-01-05 100 10"]);
    deliver(&company, "流向_202602.csv", &["2026-02-05 200 10"]);
    run(&company);
    company.expect(0, &["settle", "2026-01"]);
    assert_eq!(
        lines(&company, "2026-01"),
        ["reward one 10.00", "reward two 20.00"]
    );
    company.expect(0, &["statement", "confirm", &number(&company, "2026-01")]);
    company.expect(0, &["settle", "2026-02"]);
    assert_eq!(
        lines(&company, "2026-02"),
        [
            "reward one 30.00",
            "reward two 60.00",
            "already_paid one -10.00",
            "already_paid two -20.00"
        ]
    );
}

/// 2 % of everything from 10 % more than the base: nobody knows last January, a person approves 8,000.
#[test]
fn growth_is_measured_from_the_base_a_person_approved() {
    let reward = "[[reward]]\nid = \"more\"\nshape = \"growth\"\nof = \"whole\"\n\
        tiers = [ { from = 0.1, rate = \"2%\" } ]";
    let company = company(Engine::Sqlite, BY_AMOUNT, reward);
    deliver(&company, "流向_202601.csv", &["2026-01-05 1000 10"]);
    run(&company);
    company.expect(1, &["settle", "2026-01"]);
    assert_eq!(
        lines(&company, "2026-01"),
        ["reward more policy_held_no_base"]
    );
    goals(&company, "核定基数", &["8000"]);
    run(&company);
    company.expect(0, &["settle", "2026-01"]);
    assert_eq!(lines(&company, "2026-01"), ["reward more 200.00"]);
    let heads = company.json(0, &["statement", "list", "--period", "2026-01"]);
    let draft = heads.as_array().unwrap().last().unwrap()["number"]
        .as_str()
        .unwrap();
    let shown = company.expect(0, &["statement", "show", draft, "--steps"]);
    assert!(
        shown
            .stdout
            .contains("growth is measured from the approved base"),
        "{}",
        shown.stdout
    );
}
