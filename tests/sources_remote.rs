//! A mailbox and an object store through the whole program: what a distributor sends there becomes the
//! lines the same files become in a folder, once, whatever kills a run in between.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Company, Engine, ran, root};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, MultiPart, SinglePart};
use serde_json::Value;

/// Files of the sample company's first distributor, in the order they are delivered.
const FILES: [&str; 3] = [
    "销售流向_202601.xlsx",
    "销售流向_202602.xlsx",
    "采购_202602.xlsx",
];

const ACCOUNT: [&str; 2] = ["flow@yskz.example", "planted-imap-password"];

fn sample(file: &str) -> Vec<u8> {
    std::fs::read(root().join("samples/company/inbox/D01").join(file)).unwrap()
}

fn service(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set; start the services: eval \"$(scripts/services start)\"")
    })
}

/// A place on somebody else's server, of one test alone.
trait Place {
    /// Kind and account in the settings, the secret they refer to, and the description.
    fn settings(&self) -> [String; 3];

    /// These files arrive together.
    fn deliver(&mut self, files: &[&str]);
}

/// A mailbox as its owner sees it.
struct Mailbox {
    name: &'static str,
    stream: BufReader<TcpStream>,
}

impl Mailbox {
    /// An empty one.
    fn new(name: &'static str) -> Self {
        let port: u16 = service("CHANNELFLOW_TEST_IMAP").parse().unwrap();
        let stream = BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap());
        let mut mailbox = Mailbox { name, stream };
        mailbox.answer("* ");
        let [user, password] = ACCOUNT;
        mailbox.ask(&format!("LOGIN {user} {password}"));
        mailbox.say(format!("a DELETE {name}\r\n").as_bytes());
        mailbox.answer("a ");
        mailbox.ask(&format!("CREATE {name}"));
        mailbox
    }

    fn say(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Lines up to the one that begins like this.
    fn answer(&mut self, end: &str) -> String {
        let mut text = String::new();
        loop {
            let begin = text.len();
            assert_ne!(self.stream.read_line(&mut text).unwrap(), 0, "{text}");
            if text[begin..].starts_with(end) {
                return text;
            }
        }
    }

    fn ask(&mut self, command: &str) -> String {
        self.say(format!("a {command}\r\n").as_bytes());
        let answer = self.answer("a ");
        assert!(answer.contains("a OK"), "{command}\n{answer}");
        answer
    }

    /// Mails, and how many of them are marked as registered.
    fn marked(&mut self) -> (usize, usize) {
        let name = self.name;
        self.ask(&format!("EXAMINE {name}"));
        let flags = self.ask("FETCH 1:* (FLAGS)");
        let marked = flags.matches("$Channelflow").count();
        (flags.matches(" FETCH ").count(), marked)
    }
}

impl Place for Mailbox {
    fn settings(&self) -> [String; 3] {
        let (name, port) = (self.name, service("CHANNELFLOW_TEST_IMAP"));
        let [user, password] = ACCOUNT;
        let with = format!("{{ user = \"{user}\", secret = \"${{SOURCE_SECRET}}\" }}");
        let description = format!(
            "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nmailbox = \"{name}\"\n\
             user = \"{{user}}\"\npassword = \"{{secret}}\"\n\n\
             [[rule]]\nfrom = \"*@d01.example\"\ndistributor = \"D01\"\n"
        );
        let settings = format!("kind = \"mail\"\nwith = {with}\n");
        [settings, password.to_owned(), description]
    }

    fn deliver(&mut self, files: &[&str]) {
        let text = SinglePart::plain("流向见附件".to_owned());
        let parts = files
            .iter()
            .fold(MultiPart::mixed().singlepart(text), |mail, file| {
                let kind = ContentType::parse("application/octet-stream").unwrap();
                mail.singlepart(Attachment::new((*file).to_owned()).body(sample(file), kind))
            });
        let mail = Message::builder()
            .from("Li <li@d01.example>".parse().unwrap())
            .to("flow@yskz.example".parse().unwrap())
            .subject("月度流向")
            .multipart(parts)
            .unwrap()
            .formatted();
        self.say(format!("a APPEND {} {{{}}}\r\n", self.name, mail.len()).as_bytes());
        self.answer("+ ");
        self.say(&mail);
        self.say(b"\r\n");
        let answer = self.answer("a ");
        assert!(answer.contains("a OK"), "{answer}");
    }
}

/// A folder of the bucket; its files are put there by curl, which signs requests itself.
struct Bucket(String);

fn account() -> (String, String) {
    let account = service("CHANNELFLOW_TEST_S3_ACCOUNT");
    let (key, secret) = account.split_once(' ').unwrap();
    (key.to_owned(), secret.to_owned())
}

impl Place for Bucket {
    fn settings(&self) -> [String; 3] {
        let endpoint = service("CHANNELFLOW_TEST_S3");
        let with = "{ key = \"${SOURCE_KEY}\", secret = \"${SOURCE_SECRET}\" }";
        let description = format!(
            "service = \"s3\"\nendpoint = \"{endpoint}\"\nbucket = \"flows\"\nregion = \"us-east-1\"\n\
             access_key = \"{{key}}\"\nsecret_key = \"{{secret}}\"\nprefix = \"{}\"\n",
            self.0
        );
        let settings = format!("kind = \"object_store\"\nwith = {with}\n");
        [settings, account().1, description]
    }

    fn deliver(&mut self, files: &[&str]) {
        let (key, secret) = account();
        for file in files {
            let name: Vec<String> = file.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let endpoint = service("CHANNELFLOW_TEST_S3");
            let sent = Command::new("curl")
                .args(["-sSf", "--aws-sigv4", "aws:amz:us-east-1:s3"])
                .args(["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"])
                .args(["--user", &format!("{key}:{secret}"), "-T"])
                .arg(root().join("samples/company/inbox/D01").join(file))
                .arg(format!("{endpoint}/flows/{}/D01/{}", self.0, name.concat()))
                .output()
                .expect("curl is installed");
            assert!(sent.status.success(), "{sent:?}");
        }
    }
}

/// A company whose only source is this place.
struct Reader {
    company: Company,
    secret: String,
}

impl Reader {
    fn of(place: &dyn Place, engine: Engine) -> Self {
        let company = Company::without_files(engine);
        let [settings, secret, description] = place.settings();
        std::fs::create_dir_all(company.file("sources")).unwrap();
        std::fs::write(company.file("sources/place.toml"), description).unwrap();
        let path = company.file("channelflow.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let kept = text.split("[[source]]").next().unwrap();
        let source =
            format!("[[source]]\nname = \"place\"\npath = \"sources/place.toml\"\n{settings}");
        std::fs::write(path, format!("{kept}{source}")).unwrap();
        Reader { company, secret }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.company.command(arguments);
        command.env("SOURCE_SECRET", &self.secret);
        command.env("SOURCE_KEY", account().0);
        command
    }

    /// A run, killed at this step if there is one.
    fn run(&self, crash: &str) -> common::Ran {
        let mut command = self.command(&["--format", "json", "run"]);
        if !crash.is_empty() {
            command.env("CHANNELFLOW_CRASH_AT", crash);
        }
        let ran = ran(command.output().unwrap());
        assert_eq!(
            ran.code == -1,
            !crash.is_empty(),
            "{crash}\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(&self.secret));
        ran
    }

    /// A run that ends: the names of the files it registered, and its equation of rows.
    fn brings(&self) -> (Vec<String>, Value) {
        let ran = self.run("");
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let files = report["files"].as_array().unwrap().iter();
        let names = files.map(|file| {
            let name = file["file"].as_str().unwrap();
            name.rsplit('/').next().unwrap().to_owned()
        });
        (names.collect(), report["rows"].clone())
    }

    /// What lies in the landing area, but for copies that were not finished.
    fn landed(&self) -> Vec<Vec<u8>> {
        let mut kept: Vec<PathBuf> = below(&self.company.file("landing"));
        kept.retain(|path| !path.to_string_lossy().contains(".incoming-"));
        let mut kept: Vec<Vec<u8>> = kept
            .iter()
            .map(|path| std::fs::read(path).unwrap())
            .collect();
        kept.sort();
        kept
    }
}

fn below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The equation of rows and the lines of these files when they lie in a folder.
fn in_a_folder(files: &[&str]) -> (Value, Vec<String>) {
    let company = Company::without_files(Engine::Sqlite);
    for file in files {
        company.deliver("D01", file, &sample(file));
    }
    let ran = company.run(&["--format", "json", "run"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    (report["rows"].clone(), content(&company))
}

/// Every line that stands, without what says by which way and when its file came.
fn content(company: &Company) -> Vec<String> {
    let lines = company.lines().into_iter().map(|mut line| {
        line.remove("line_id");
        line.remove("submission_id");
        let file = line.remove("file_name").unwrap();
        format!("{} {line:?}", file.rsplit('/').next().unwrap())
    });
    let mut content: Vec<String> = lines.collect();
    content.sort();
    content
}

/// Whether they are the same lines; if not, one that is there alone on either side is shown.
fn are_the_same(came: &[String], expected: &[String]) {
    let alone = |of: &[String], other: &[String]| of.iter().find(|it| !other.contains(it)).cloned();
    let difference = (alone(came, expected), alone(expected, came));
    assert_eq!(difference, (None, None), "came, expected");
    assert_eq!(came.len(), expected.len(), "as often");
}

/// Steps before the first file is stored.
const BEFORE: [&str; 4] = [
    "after_submission:1",
    "mid_lines:1",
    "after_snapshots:1",
    "before_commit:1",
];

fn every_file_becomes_its_lines_once_whatever_kills_a_run(place: &mut dyn Place, engine: Engine) {
    let reader = Reader::of(place, engine);
    let (files, no_rows) = reader.brings();
    assert_eq!(files, [""; 0], "an empty place");

    place.deliver(&FILES[..1]);
    for step in BEFORE {
        reader.run(step);
        assert!(reader.company.lines().is_empty(), "{step}");
    }
    let (rows, lines) = in_a_folder(&FILES[..1]);
    assert_eq!(reader.brings(), (vec![FILES[0].to_owned()], rows));
    are_the_same(&content(&reader.company), &lines);
    assert!(reader.landed() == [sample(FILES[0])], "byte for byte, once");
    assert_eq!(reader.brings(), (vec![], no_rows.clone()), "nothing new");

    // Two at a time, killed between them: the first is stored, the second is not skipped.
    place.deliver(&FILES[1..]);
    reader.run("after_commit:1");
    let between = reader.company.lines().len();
    assert!(between > lines.len(), "{between}");
    let (files, _) = reader.brings();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(reader.company.lines().len() > between);
    let (_, lines) = in_a_folder(&FILES);
    are_the_same(&content(&reader.company), &lines);
    let mut contents = FILES.map(sample);
    contents.sort();
    assert!(reader.landed() == contents, "every file once");

    assert_eq!(reader.brings(), (vec![], no_rows), "nothing new");
    let sound = ran(reader.command(&["doctor", "--verify"]).output().unwrap());
    assert_eq!(sound.code, 0, "{}", sound.stdout);
}

#[test]
fn mails_become_the_lines_of_their_attachments() {
    for (name, engine) in [
        ("EndToEnd", Engine::Sqlite),
        ("EndToEndPg", Engine::Postgres),
    ] {
        let mut mailbox = Mailbox::new(name);
        every_file_becomes_its_lines_once_whatever_kills_a_run(&mut mailbox, engine);
        assert_eq!(
            mailbox.marked(),
            (2, 2),
            "mails, and how many have our flag"
        );
    }
}

#[test]
fn objects_become_the_lines_of_their_files() {
    for (name, engine) in [
        ("e2e-sqlite", Engine::Sqlite),
        ("e2e-postgres", Engine::Postgres),
    ] {
        // The bucket outlives this test: nothing of an earlier run may lie there.
        let mut bucket = Bucket(format!("{name}-{}", std::process::id()));
        every_file_becomes_its_lines_once_whatever_kills_a_run(&mut bucket, engine);
    }
}
