//! Fifty policies: ten families of shapes in five variations each, so that periods, parties,
//! counting points, measures, scopes, limits and roundings all occur.

use std::fmt::Write as _;

use anyhow::bail;
use channelflow_model::settlement::PolicyText;
use channelflow_settle::Policy;

/// The text of a family in a variation from 0 to 4.
type Family = fn(u32) -> String;

const FAMILIES: [(&str, Family); 10] = [
    ("unit", per_unit),
    ("full", every_full),
    ("percent", percent),
    ("tiers", tiers),
    ("band", band),
    ("growth", growth),
    ("gate", gate),
    ("mix", mix),
    ("money", money),
    ("parts", parts),
];

pub fn all() -> anyhow::Result<Vec<PolicyText>> {
    let mut texts = Vec::new();
    for (name, family) in FAMILIES {
        for variation in 0..5 {
            let id = format!("{name}-{variation}").to_uppercase();
            let file = format!("{name}_{variation}.toml");
            let body = family(variation);
            let toml =
                format!("id = \"{id}\"\nversion = 1\nname = \"{id}\"\nkind = \"一级\"\n{body}");
            if let Err(problems) = Policy::parse(&file, &toml) {
                let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
                bail!("{}\n{toml}", shown.join("\n"));
            }
            texts.push(PolicyText {
                id,
                version: "1".to_owned(),
                file,
                toml,
            });
        }
    }
    Ok(texts)
}

/// Days, period and party, by variation.
fn head(variation: u32, period: &str) -> String {
    let valid_from = match variation {
        4 => "2026-07-01",
        3 => "2026-10-01",
        _ => "2026-01-01",
    };
    let party = match variation {
        0 => "tiers = [\"一级\"]".to_owned(),
        1 => "tiers = [\"二级\"]".to_owned(),
        2 => "tiers = [\"一级\", \"二级\"]".to_owned(),
        _ => {
            let ids = (0..150).map(|it| format!("\"D{:03}\"", it * 2 + variation % 2));
            format!("distributors = [{}]", ids.collect::<Vec<_>>().join(", "))
        }
    };
    format!(
        "valid_from = {valid_from}\nvalid_to = 2026-12-31\nperiod = \"{period}\"\n\n[party]\n{party}\n"
    )
}

fn basis(point: &str, measure: &str, more: &str) -> String {
    let unit = if measure == "quantity" {
        "unit = \"盒\"\n"
    } else {
        ""
    };
    format!(
        "\n[basis]\nsource = \"sale\"\ncounting_point = \"{point}\"\nmeasure = \"{measure}\"\n{unit}{more}\n"
    )
}

fn scope(groups: &[&str], more: &str) -> String {
    let names: Vec<String> = groups.iter().map(|group| format!("\"{group}\"")).collect();
    let groups = if names.is_empty() {
        String::new()
    } else {
        format!("product_groups = [{}]\n", names.join(", "))
    };
    format!("\n[scope]\n{groups}{more}\n")
}

fn of<'a>(words: &[&'a str; 5], variation: u32) -> &'a str {
    words.get(variation as usize).copied().unwrap_or_default()
}

fn per_unit(it: u32) -> String {
    let group = of(&["G0", "G2", "G3", "G4", "G5"], it);
    let limit = of(
        &[
            "",
            "[limit]\nfloor = 3000\n",
            "",
            "[limit]\ncap = 2500\n",
            "",
        ],
        it,
    );
    let period = of(&["month", "month", "quarter", "month", "half"], it);
    head(it, period)
        + &scope(
            &[group],
            of(
                &[
                    "",
                    "customer_roles = [\"hospital\"]",
                    "",
                    "",
                    "exclude_areas = [\"省3\"]",
                ],
                it,
            ),
        )
        + &basis(
            of(
                &["terminal", "terminal", "all", "terminal", "first_tier"],
                it,
            ),
            "quantity",
            "",
        )
        + &format!(
            "[[reward]]\nid = \"unit\"\nshape = \"per_unit\"\nyuan = {}.35\n{limit}",
            it + 1
        )
}

fn every_full(it: u32) -> String {
    let most = if it.is_multiple_of(2) {
        "most = 80\n"
    } else {
        ""
    };
    let measure = of(
        &["quantity", "quantity", "amount", "assessed", "quantity"],
        it,
    );
    let size = of(&["60", "37", "10000", "7777", "11"], it);
    head(
        it,
        of(&["quarter", "month", "month", "quarter", "year"], it),
    ) + &scope(
        &[of(&["G6", "G7", "G8", "G9", "G0"], it)],
        "exclude_products = [\"P008\", \"P016\"]",
    ) + &basis("terminal", measure, "")
        + &format!(
            "[[reward]]\nid = \"full\"\nshape = \"every_full\"\nsize = {size}\nyuan = 3.5\n{most}"
        )
}

fn percent(it: u32) -> String {
    let tax = if it.is_multiple_of(2) {
        "tax = \"excluded\"\ntax_rate = \"13%\"\n"
    } else {
        ""
    };
    let returns = if it == 3 {
        "returns = \"ignore\"\n"
    } else {
        ""
    };
    let rounding = of(&["", "half_even", "half_up", "down", ""], it);
    let rounding = if rounding.is_empty() {
        String::new()
    } else {
        format!("[rounding]\nmode = \"{rounding}\"\ndigits = {}\n", it % 3)
    };
    let gate = format!(
        "[[reward.gate]]\non = \"basis\"\nsteps = [{{ at_least = {} }}]\n",
        it * 1_500_000 + 400_000
    );
    head(it, of(&["month", "quarter", "month", "month", "half"], it))
        + &scope(
            &[],
            of(
                &[
                    "",
                    "exclude_customers = [\"C00010\", \"C00020\"]",
                    "areas = [\"省1\", \"省2/市2\"]",
                    "",
                    "exclude_product_groups = [\"G1\"]",
                ],
                it,
            ),
        )
        + &basis(
            of(
                &["terminal", "all", "terminal", "first_tier", "terminal"],
                it,
            ),
            of(&["amount", "amount", "amount", "assessed", "assessed"], it),
            &format!("{tax}{returns}"),
        )
        + &format!(
            "[[reward]]\nid = \"sales\"\nshape = \"percent\"\nrate = \"{}.5%\"\n{}{rounding}",
            it % 3,
            if it == 2 { "" } else { gate.as_str() }
        )
}

fn tiers(it: u32) -> String {
    let mode = if it.is_multiple_of(2) {
        "retroactive"
    } else {
        "incremental"
    };
    let limit = of(
        &[
            "[limit]\ncap = 60000\n",
            "",
            "",
            "[limit]\nfloor = 100\ncarry = true\n",
            "",
        ],
        it,
    );
    let quantity = it == 4;
    let bounds = if quantity {
        "{ from = 0, yuan = 0.5 }, { from = 20000, yuan = 0.8 }, { from = 40000, yuan = 1.25 }"
    } else {
        "{ from = 0, rate = \"1%\" }, { from = 2000000, rate = \"1.5%\" }, { from = 2600000, rate = \"2.25%\" }"
    };
    head(
        it,
        of(&["month", "month", "quarter", "quarter", "month"], it),
    ) + &scope(
        &[],
        of(
            &[
                "",
                "",
                "customer_roles = [\"pharmacy\", \"clinic\"]",
                "",
                "",
            ],
            it,
        ),
    ) + &basis(
        of(&["terminal", "terminal", "terminal", "all", "terminal"], it),
        if quantity { "quantity" } else { "amount" },
        "",
    ) + &format!(
        "[[reward]]\nid = \"tier\"\nshape = \"tiers\"\non = \"basis\"\nmode = \"{mode}\"\ntiers = [{bounds}]\n{limit}"
    )
}

fn band(it: u32) -> String {
    let mode = if it.is_multiple_of(2) {
        "incremental"
    } else {
        "retroactive"
    };
    let groups: &[&str] = if it % 2 == 1 { &["G1"] } else { &[] };
    let target = if it % 2 == 1 {
        "[target]\npartial_span = \"whole_target\"\nproduct_group = \"G1\"\n"
    } else {
        "[target]\npartial_span = \"whole_target\"\n"
    };
    head(it, of(&["month", "month", "quarter", "half", "year"], it))
        + &scope(groups, "")
        + &basis("terminal", "assessed", "")
        + &format!(
            "{target}\n[[reward]]\nid = \"band\"\nshape = \"tiers\"\non = \"achievement\"\nmode = \"{mode}\"\ntiers = [{{ from = \"60%\", to = \"90%\", rate = \"1%\" }}, {{ from = \"90%\", to = \"120%\", rate = \"2%\" }}]\n"
        )
}

fn growth(it: u32) -> String {
    let of_what = if it.is_multiple_of(2) {
        "whole"
    } else {
        "increment"
    };
    let multiplier = if it == 2 {
        "[[reward.multiplier]]\non = \"growth\"\nsteps = [{ at_least = \"110%\", factor = 1.1 }]\n"
    } else {
        ""
    };
    // The last one has no base: the year before is not there.
    head(it, of(&["month", "month", "month", "month", "quarter"], it))
        + &scope(&[of(&["G0", "G1", "G2", "G3", "G4"], it)], "")
        + &basis(
            "terminal",
            of(&["amount", "assessed", "amount", "amount", "amount"], it),
            "",
        )
        + &format!(
            "[[reward]]\nid = \"growth\"\nshape = \"growth\"\nof = \"{of_what}\"\ntiers = [{{ from = \"10%\", rate = \"0.5%\" }}, {{ from = \"95%\", rate = \"1%\" }}, {{ from = \"105%\", rate = \"1.75%\" }}]\n{multiplier}"
        )
}

fn gate(it: u32) -> String {
    let on = of(
        &[
            "achievement",
            "achievement",
            "covered_terminals",
            "timeliness_rate",
            "covered_terminals",
        ],
        it,
    );
    let steps = match it {
        0 | 1 => {
            "{ at_least = \"70%\", share = \"80%\" }, { at_least = \"90%\", share = \"100%\" }"
        }
        2 => "{ at_least = 80, share = \"50%\" }, { at_least = 95 }",
        3 => "{ at_least = \"95%\" }",
        _ => "{ at_least = 90 }",
    };
    let target = if it < 2 { "[target]\n" } else { "" };
    head(
        it,
        of(&["month", "quarter", "month", "quarter", "month"], it),
    ) + &scope(&[], "")
        + &basis("terminal", "amount", "")
        + &format!(
            "{target}\n[[reward]]\nid = \"sales\"\nshape = \"percent\"\nrate = \"0.4%\"\n[[reward.gate]]\non = \"{on}\"\nsteps = [{steps}]\n"
        )
}

fn mix(it: u32) -> String {
    let failure = of(&["group", "main", "agreement", "main", "group"], it);
    let payable = match it {
        1 => "subs_payable = true\n",
        3 => "subs_payable = false\n",
        _ => "",
    };
    let mut text = head(
        it,
        of(&["month", "month", "quarter", "quarter", "month"], it),
    ) + &scope(&[], "")
        + &basis("terminal", "amount", "")
        + &format!("[[reward]]\nid = \"mix\"\nshape = \"mix\"\nfailure = \"{failure}\"\n{payable}");
    for (group, role, more) in [
        ("G5", "main", "rate = \"2%\"\n"),
        (
            "G6",
            "core",
            "needs = 5000\nmeasure = \"quantity\"\nunit = \"盒\"\n",
        ),
        (
            "G7",
            "sub",
            "needs = 200000\nmeasure = \"amount\"\nrate = \"3%\"\n",
        ),
    ] {
        let _ = write!(
            text,
            "[[reward.group]]\nid = \"{group}\"\nrole = \"{role}\"\n{more}"
        );
    }
    text
}

fn money(it: u32) -> String {
    let basis = match it {
        4 => "\n[basis]\nsource = \"paid\"\nmeasure = \"amount\"\n",
        _ => "\n[basis]\nsource = \"shipment\"\nmeasure = \"amount\"\n",
    };
    let bills = if it.is_multiple_of(2) {
        "yearly_rate = \"3%\"\n"
    } else {
        "tenors = [{ up_to_days = 92, rate = \"0.8%\" }, { up_to_days = 184, rate = \"1.6%\" }]\n"
    };
    let more = match it {
        4 => "[[reward]]\nid = \"paid\"\nshape = \"percent\"\nrate = \"0.3%\"\n",
        _ => "[[reward]]\nid = \"bought\"\nshape = \"percent\"\nrate = \"1.2%\"\n",
    };
    head(
        it,
        of(&["month", "quarter", "month", "half", "quarter"], it),
    ) + basis
        + &format!(
            "\n[[reward]]\nid = \"timely\"\nshape = \"timeliness\"\nrate = \"1%\"\n[[reward]]\nid = \"bills\"\nshape = \"bill_discount\"\n{bills}{more}"
        )
}

fn parts(it: u32) -> String {
    let reward = match it {
        0 | 2 => "shape = \"sub_periods\"\npart_rate = \"0.5%\"\nwhole_rate = \"0.9%\"\n",
        1 | 4 => "shape = \"excess\"\nrate = \"3%\"\n",
        _ => "shape = \"excess\"\nyuan = 0.5\n",
    };
    let quantity = it == 3;
    let measure = match it {
        2 | 4 => "assessed",
        _ if quantity => "quantity",
        _ => "amount",
    };
    head(it, of(&["quarter", "year", "half", "month", "quarter"], it))
        + &scope(&[], "")
        + &basis("terminal", measure, "")
        + &format!("[target]\n\n[[reward]]\nid = \"parts\"\n{reward}")
}
