//! `channelflow match` as a person types it, without a company folder: a tiny master, names,
//! labels, thresholds, and what a mistake costs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{Ran, ran, rows};
use tempfile::TempDir;

const MASTER: &str = "\
id,name,province,city,county
H1,开封市第一人民医院,河南省,开封市,
H2,开封市第二人民医院,河南省,开封市,
H3,兰考县中医院,河南省,开封市,兰考县
H4,洛阳市妇幼保健院,河南省,洛阳市,
";

/// The third row says what the first says.
const NAMES: &str = "\
query_id,name,reporter_province
1,开封市第一人民医院,河南省
2,开封市第三人民医院,河南省
3,开封市第一人民医院,河南省
4,zzz,
";

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Folder(TempDir::new().unwrap());
        folder.write("master.csv", MASTER.as_bytes());
        folder.write("names.csv", NAMES.as_bytes());
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs `channelflow` in the folder with these words, separated by spaces.
    fn run(&self, code: i32, words: &str) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_channelflow"))
            .args(words.split(' '))
            .current_dir(self.0.path())
            .env("CHANNELFLOW_NOW", common::NOW)
            .output()
            .unwrap();
        let ran = ran(output);
        assert_eq!(ran.code, code, "{words}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }
}

const RESOLVE: &str = "match --kind customer --master master.csv --names names.csv --out out.csv";

#[test]
fn names_get_decisions_candidates_and_reasons() {
    let folder = Folder::new();
    let ran = folder.run(0, RESOLVE);
    assert!(ran.stderr.contains("no thresholds given"), "{}", ran.stderr);
    let text = folder.read("out.csv");
    assert!(
        text.starts_with("query_id,decision,master_id,class,score,candidates,explanation\n"),
        "{text}"
    );
    let found = rows(&text);
    let ids: Vec<&str> = found.iter().map(|row| row["query_id"].as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    assert!(found[0]["candidates"].starts_with("H1"), "{text}");
    for column in ["decision", "candidates", "class", "score", "explanation"] {
        assert_eq!(found[0][column], found[2][column], "the same name twice");
    }
    // 第三 is neither 第一 nor 第二.
    assert_eq!(
        (&*found[1]["decision"], &*found[1]["master_id"]),
        ("none", "")
    );
    assert_eq!(
        (&*found[3]["decision"], &*found[3]["candidates"]),
        ("none", "")
    );
    for row in &found {
        assert_eq!(row["decision"] == "accept", !row["master_id"].is_empty());
        assert!(!row["explanation"].is_empty());
    }
}

#[test]
fn the_same_files_give_the_same_answers_in_any_encoding() {
    let folder = Folder::new();
    folder.run(0, RESOLVE);
    let plain = folder.read("out.csv");
    folder.write("names.csv", &[b"\xef\xbb\xbf", NAMES.as_bytes()].concat());
    folder.run(0, RESOLVE);
    assert_eq!(folder.read("out.csv"), plain);
}

#[test]
fn one_name_is_explained_part_by_part() {
    let folder = Folder::new();
    let words = "--lang zh match --kind customer --master master.csv --name 开封市第三人民医院";
    let said = folder.run(0, words).stdout;
    assert!(said.contains("序号") && said.contains("冲突"), "{said}");
    assert!(said.contains("H1 开封市第一人民医院"), "{said}");
    let words = words.replace("--lang zh", "--format json");
    let json: serde_json::Value = serde_json::from_str(&folder.run(0, &words).stdout).unwrap();
    assert_eq!(json["decision"], "none");
    assert_eq!(json["candidates"][0]["veto"], "ordinal");
}

/// Labels whose first part is to calibrate on: 60 names as the master has them, and a sibling
/// that is not there.
fn labels() -> String {
    let mut text = "qid,alias,gold_id,label,ops,split\n".to_owned();
    for at in 0..60 {
        text.push_str(&format!("c{at},兰考县中医院,H3,match,,calib\n"));
    }
    text.push_str("t1,兰考县中医院,H3,match,,test\n");
    text.push_str("t2,洛阳市妇幼保健院,H4;H3,match,,test\n");
    text.push_str("t3,开封市第五人民医院,,nomatch,HN|num,test\n");
    text
}

#[test]
fn labels_are_measured_and_make_thresholds() {
    let folder = Folder::new();
    folder.write("labels.csv", labels().as_bytes());
    let with = "--kind customer --master master.csv --labels labels.csv";

    let ran = folder.run(
        0,
        &format!("match calibrate {with} --split calib --out t.toml"),
    );
    assert!(
        ran.stderr
            .contains("60 of 60 labelled names accepted, 0 of them wrong"),
        "{}",
        ran.stderr
    );
    let thresholds: toml::Table = toml::from_str(&folder.read("t.toml")).unwrap();
    assert_eq!(thresholds["kind"].as_str(), Some("customer"));
    assert_eq!(thresholds["date"].as_str(), Some("2026-03-05"));
    assert_eq!(thresholds["master_size"].as_integer(), Some(4));

    let evaluate = format!("--format json match evaluate {with} --split test --thresholds t.toml");
    let found: serde_json::Value = serde_json::from_str(&folder.run(0, &evaluate).stdout).unwrap();
    let total = &found["total"];
    assert_eq!(
        (&total["names"], &total["answerable"]),
        (&3.into(), &2.into())
    );
    assert_eq!(
        (&total["precision"]["hits"], &total["precision"]["of"]),
        (&2.into(), &2.into())
    );
    assert_eq!(total["recall"]["rate"], 1.0);
    assert_eq!(total["accepted_without_answer"]["hits"], 0);
    assert_eq!(found["groups"]["num"]["names"], 1);
    assert_eq!(found["wrong_names"], serde_json::json!([]));

    // Another master: the thresholds say for which they were made.
    folder.write(
        "master.csv",
        format!("{MASTER}H5,洛阳市中医院,河南省,洛阳市,\n").as_bytes(),
    );
    let ran = folder.run(0, &format!("{RESOLVE} --thresholds t.toml"));
    assert!(
        ran.stderr
            .contains("calibrated for a master of 4 names; this one has 5"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_mistake_is_said_with_what_to_do() {
    let folder = Folder::new();
    let refused = |name: &str, content: &str, words: &str, said: &str| {
        folder.write(name, content.as_bytes());
        let ran = folder.run(2, words);
        assert!(ran.stderr.contains(said), "{words}\n{}", ran.stderr);
        assert!(ran.stderr.contains("hint: "), "{words}\n{}", ran.stderr);
    };
    refused(
        "names.csv",
        "query_id,customer\n1,x\n",
        RESOLVE,
        "has no column `name`; it has `query_id`, `customer`",
    );
    refused(
        "names.csv",
        "query_id,name\n1,x\n1,y\n",
        RESOLVE,
        "row 3 has the `query_id` `1` of row 2 again",
    );
    refused(
        "names.csv",
        "query_id,name,name\n1,x,y\n",
        RESOLVE,
        "has the column `name` twice",
    );
    refused(
        "names.csv",
        "query_id,name\n,x\n",
        RESOLVE,
        "row 2 has an empty `query_id`",
    );
    refused(
        "names.csv",
        "query_id,name\n",
        RESOLVE,
        "has no rows of data",
    );
    refused(
        "names.csv",
        NAMES,
        &RESOLVE.replace("customer", "hospital"),
        "`hospital`",
    );
    refused(
        "names.csv",
        NAMES,
        &RESOLVE.replace("names.csv", "nowhere.csv"),
        "there is no such file",
    );
    refused(
        "t.toml",
        "kind = 1\n",
        &format!("{RESOLVE} --thresholds t.toml"),
        "is not a file of thresholds",
    );
    let evaluate =
        "match evaluate --kind customer --master master.csv --labels labels.csv --split test";
    refused(
        "labels.csv",
        "name,gold_id,split\nx,H9,test\n",
        evaluate,
        "row 2 has the `gold_id` `H9`",
    );
    refused(
        "labels.csv",
        "name,gold_id,split\nx,,calib\n",
        evaluate,
        "no row with `split` `test`; it has `calib`",
    );
    refused(
        "master.csv",
        "id,name\nH1,x\nH1,y\n",
        RESOLVE,
        "row 3 has the `id` `H1` of row 2 again",
    );
    assert!(
        !folder.path("out.csv").exists(),
        "a refused command writes nothing"
    );
}

#[test]
fn other_records_are_compared_by_the_columns_both_files_have() {
    let folder = Folder::new();
    folder.write(
        "people.csv",
        b"id,name,suburb\na,mitchell green,cleveland\nb,mitchell greer,windermere\n",
    );
    folder.write(
        "asked.csv",
        b"query_id,name,suburb\n1,mitchel green,windermere\n",
    );
    folder.run(
        0,
        "match --kind record --master people.csv --names asked.csv --out out.csv",
    );
    let found = rows(&folder.read("out.csv"));
    assert_eq!(found[0]["decision"], "review");
    assert_eq!(found[0]["candidates"].split(';').count(), 2);
}
