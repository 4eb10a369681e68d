//! A company of one distributor and one policy: figures small enough to check by hand.

use super::{Company, Engine};

/// A month of D03: `day quantity price` of 阿莫西林胶囊 0.25g to 石家庄市第一医院.
pub fn deliver(company: &Company, name: &str, lines: &[&str]) {
    let mut text = String::from("销售日期,客户名称,产品名称,规格,批号,单位,数量,单价,金额\n");
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let [day, quantity, price] = words[..] else {
            panic!("`{line}` is not `day quantity price`");
        };
        let amount: i64 = quantity.parse::<i64>().unwrap() * price.parse::<i64>().unwrap();
        text.push_str(&format!(
            "{day},石家庄市第一医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,盒,{quantity},{price},{amount}\n"
        ));
    }
    company.deliver("D03", name, text.as_bytes());
}

/// A company whose only policy earns D03 something every month.
pub fn company(engine: Engine, basis: &str, reward: &str) -> Company {
    let company = Company::without_files(engine);
    std::fs::create_dir_all(company.file("policies")).unwrap();
    let policy = format!(
        "id = \"P\"\nversion = 1\nname = \"月度返利\"\nkind = \"二级\"\n\
         valid_from = 2026-01-01\nvalid_to = 2026-12-31\nperiod = \"month\"\n\
         [party]\ndistributors = [\"D03\"]\n\
         [basis]\nsource = \"sale\"\ncounting_point = \"all\"\n{basis}\n{reward}\n"
    );
    std::fs::write(company.file("policies/p.toml"), policy).unwrap();
    company
}

/// Lines of the statement of D03 in a month: `kind name amount`, or why it is held.
pub fn lines(company: &Company, month: &str) -> Vec<String> {
    let heads = company.json(0, &["statement", "list", "--period", month]);
    let head = heads.as_array().unwrap().last().expect("a statement");
    let number = head["number"].as_str().unwrap();
    let waits = i32::from(head["held_lines"].as_i64().unwrap() > 0);
    let shown = company.json(waits, &["statement", "show", number]);
    let parts = shown["parts"].as_array().unwrap();
    let lines = parts
        .iter()
        .flat_map(|part| part["lines"].as_array().unwrap());
    lines
        .map(|line| {
            let yuan = match line["amount"].as_i64() {
                Some(micros) => channelflow_model::Micros(micros).to_money(),
                None => line["held"].as_str().unwrap().to_owned(),
            };
            format!(
                "{} {} {yuan}",
                line["kind"].as_str().unwrap(),
                line["name"].as_str().unwrap()
            )
        })
        .collect()
}

/// Number of the first statement of a month.
pub fn number(company: &Company, month: &str) -> String {
    let heads = company.json(0, &["statement", "list", "--period", month]);
    heads[0]["number"].as_str().unwrap().to_owned()
}

/// Runs on whatever was delivered; some reports are always missing here.
pub fn run(company: &Company) {
    company.expect(1, &["run"]);
}

/// A basis in yuan.
pub const BY_AMOUNT: &str = "measure = \"amount\"";
/// 1 % below 10,000 yuan, 2 % of everything from there.
pub const TIERS: &str = "[[reward]]\nid = \"tier\"\nshape = \"tiers\"\non = \"basis\"\n\
    mode = \"retroactive\"\n\
    tiers = [ { from = 0, rate = \"1%\" }, { from = 10000, rate = \"2%\" } ]";

/// Targets in yuan of D03 for all its sales, from January on.
pub fn targets(company: &Company, yuan: &[&str]) {
    goals(company, "经销商", yuan);
}

/// The same, or what its growth is measured from (核定基数).
pub fn goals(company: &Company, kind: &str, yuan: &[&str]) {
    let months: Vec<String> = (1..=yuan.len()).map(|month| format!("{month}月")).collect();
    let text = format!(
        "年度,对象类型,对象编码,对象名称,品种编码,计量,计数口径,{}\n2026,{kind},D03,,,金额,all,{}\n",
        months.join(","),
        yuan.join(",")
    );
    std::fs::write(company.file("master/targets.csv"), text).unwrap();
}
