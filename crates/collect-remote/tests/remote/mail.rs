//! Mailboxes against Dovecot.

use std::path::Path;
use std::sync::Arc;

use channelflow_collect::{Collector, Failure};
use channelflow_collect_remote::open_mail;

use crate::letters::{Owner, PASSWORD, USER, base64, mail, port};
use crate::proxy::wire;
use crate::world::{World, bytes, came, codes, failed, names, service};

pub const RULES: &str = "[[rule]]\nfrom = \"*@news.example\"\nskip = true\n\
    [[rule]]\nfrom = \"*@yskz.example\"\nsubject = \"流向\"\ndistributor = \"DX01\"\n\
    [[rule]]\nfrom = \"*@gather.example\"\nattachment = \"{distributor}_*.xlsx\"\n";

pub fn source_at(world: &World, port: u16, more: &str, password: &str) -> Arc<dyn Collector> {
    let from = Path::new(&service("CHANNELFLOW_TEST_IMAP_DIR")).join("cert.pem");
    std::fs::copy(from, world.dir.path().join("ca.pem")).unwrap();
    let tls = if more.contains("tls =") {
        ""
    } else {
        "tls = \"none\"\n"
    };
    let text = format!(
        "host = \"127.0.0.1\"\nport = {port}\nuser = \"{{user}}\"\npassword = \"{{pw}}\"\n\
         timeout_seconds = 10\n{tls}{more}\n{RULES}"
    );
    world.open(open_mail, &text, &[("user", USER), ("pw", password)])
}

pub fn source(world: &World, mailbox: &str) -> Arc<dyn Collector> {
    source_at(world, port(), &format!("mailbox = \"{mailbox}\""), PASSWORD)
}

#[tokio::test]
async fn attachments_come_once_by_rule() {
    let mut owner = Owner::of("Once").await;
    let large = bytes(400_000);
    owner
        .gets(
            "li@yskz.example",
            "9月流向",
            &[
                ("a.xlsx", &large),
                ("logo.png", b"picture"),
                ("a.xlsx", b"same name"),
            ],
        )
        .await;
    owner
        .gets(
            "wu@gather.example",
            "all",
            &[
                ("DX02_sales.xlsx", b"two"),
                ("DX03_sales.xlsx", b"three"),
                ("note.xlsx", b"fits no pattern"),
            ],
        )
        .await;
    owner
        .gets("who@else.example", "offer", &[("x.xlsx", b"x")])
        .await;
    owner
        .gets("ads@news.example", "news", &[("x.xlsx", b"x")])
        .await;
    let mut world = World::new();
    let source = source(&world, "Once");

    let first = world.collect(&*source).await;

    let of = |id: &str| Some(id.to_owned());
    let shown: Vec<(String, Option<String>, usize)> = came(&first)
        .into_iter()
        .map(|(name, folder, content)| {
            let (mailbox, rest) = name.split_once('/').unwrap();
            assert_eq!(mailbox, "Once");
            (
                rest.split_once('/').unwrap().1.to_owned(),
                folder,
                content.len(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("1/a.xlsx".to_owned(), of("DX01"), 400_000),
            ("1/a (2).xlsx".to_owned(), of("DX01"), 9),
            ("2/DX02_sales.xlsx".to_owned(), of("DX02"), 3),
            ("2/DX03_sales.xlsx".to_owned(), of("DX03"), 5),
        ]
    );
    assert_eq!(codes(&first), ["mail_no_rule"]);
    assert_eq!(first.findings[0].facts["from"], "who@else.example");
    assert_eq!(first.findings[0].facts["subject"], "offer");
    world.register(&first, 4);
    let again = world.collect(&*source).await;
    assert!(
        names(&again).is_empty() && again.findings.is_empty(),
        "said once"
    );
    let probe = world.probe(&*source).await.unwrap();
    assert_eq!(
        probe.found[0],
        "li@yskz.example | 9月流向 | a.xlsx, logo.png, a (2).xlsx"
    );
}

#[tokio::test]
async fn a_registered_mail_is_flagged_and_stays_unread() {
    let mut owner = Owner::of("Flags").await;
    for (name, content) in [("a.xlsx", b"a"), ("b.xlsx", b"b")] {
        let files: &[(&str, &[u8])] = &[(name, content)];
        owner.gets("li@yskz.example", "流向", files).await;
    }
    let world = World::new();
    let source = source(&world, "Flags");
    let first = world.collect(&*source).await;
    assert!(
        owner.flags().await.iter().all(Vec::is_empty),
        "nothing is marked by reading"
    );

    let registered = [first.arrivals[1].name.clone()];
    source.acknowledge(&registered).await.unwrap();
    source.acknowledge(&registered).await.unwrap();

    assert_eq!(
        owner.flags().await,
        [vec![], vec!["Custom(\"$Channelflow\")".to_owned()]],
        "only what is registered, nothing deleted, nothing read"
    );
}

#[tokio::test]
async fn no_attachment_is_lost_wherever_registering_ends() {
    let mut owner = Owner::of("Ends").await;
    for number in 0..25_u8 {
        let one = [b'a', number];
        let two = [b'b', number];
        owner
            .gets(
                "li@yskz.example",
                "流向",
                &[("1.csv", &one), ("2.csv", &two)],
            )
            .await;
    }
    let fresh = World::new();
    let all = fresh.collect(&*source(&fresh, "Ends")).await;
    assert_eq!(names(&all).len(), 50);
    for registered in [0, 1, 2, 3, 39, 40, 41, 49, 50] {
        let mut world = World::new();
        let source = source(&world, "Ends");
        let first = world.collect(&*source).await;
        world.register(&first, registered);
        let second = world.collect(&*source).await;
        let rest: Vec<&str> = names(&all).split_off(registered);
        assert_eq!(names(&second), rest, "after {registered}");
    }
    // One in the middle is not registered, what comes after it is.
    let mut world = World::new();
    let source = source(&world, "Ends");
    let mut first = world.collect(&*source).await;
    let failed = first.arrivals.remove(6);
    world.register(&first, 49);
    assert_eq!(names(&world.collect(&*source).await), [failed.name]);
}

#[tokio::test]
async fn names_are_decoded_however_they_were_written() {
    let mut owner = Owner::of("Names").await;
    // 药品 in GB18030 happens to be UTF-8.
    let (raw, _, _) = encoding_rs::GB18030.encode("药品流向.xlsx");
    let (short, _, _) = encoding_rs::GB18030.encode("药品.xlsx");
    let raw_name = [b"filename=\"".as_slice(), &raw, b"\""].concat();
    let (subject, _, _) = encoding_rs::GB18030.encode("流向");
    let hexadecimal = |before: char| {
        let digits = raw.iter().map(|byte| format!("{before}{byte:02X}"));
        digits.collect::<Vec<_>>().concat()
    };
    let (q_name, percent) = (hexadecimal('='), hexadecimal('%'));
    let (head, tail) = percent.split_at(12);
    let written: Vec<Vec<u8>> = vec![
        raw_name,
        format!("filename=\"=?gb2312?Q?{q_name}?=\"").into_bytes(),
        format!("filename=\"=?GBK?B?{}?=\"", base64(&raw)).into_bytes(),
        format!("filename*=gbk''{percent}").into_bytes(),
        format!("filename*0*=gb18030''{head};\r\n filename*1*={tail}").into_bytes(),
        "filename=\"药品流向.xlsx\"".as_bytes().to_vec(),
        format!(
            "filename=\"=?utf-8?B?{}?=\"",
            base64("药品流向.xlsx".as_bytes())
        )
        .into_bytes(),
    ];
    for name in &written {
        owner
            .gets_raw(mail("li@yskz.example", &subject, &[(name, b"x")]))
            .await;
    }
    let world = World::new();
    let collection = world.collect(&*source(&world, "Names")).await;
    let got: Vec<&str> = names(&collection)
        .into_iter()
        .map(|name| name.rsplit('/').next().unwrap())
        .collect();
    assert_eq!(got, vec!["药品流向.xlsx"; written.len()]);
    let short = [b"filename=\"".as_slice(), &short, b"\""].concat();
    let raw = mail("li@yskz.example", "流向".as_bytes(), &[(&short, b"x")]);
    owner.gets_raw(raw).await;
    let collection = world.collect(&*source(&world, "Names")).await;
    assert!(names(&collection).pop().unwrap().ends_with("/药品.xlsx"));
}

#[tokio::test]
async fn bytes_are_those_that_were_sent_and_oddities_are_said() {
    let mut owner = Owner::of("Odd").await;
    let (gbk, _, _) = encoding_rs::GB18030.encode("药品,数量\r\n阿司匹林,3\r\n");
    let mut text = b"From: li@yskz.example\r\nSubject: =?utf-8?B?5rWB5ZCR?=\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: text/csv; charset=gbk; name=\"a.csv\"\r\nContent-Transfer-Encoding: 8bit\r\n\
        \r\n"
        .to_vec();
    text.extend_from_slice(&gbk);
    text.extend_from_slice(b"\r\n--b--\r\n");
    owner.gets_raw(&text).await;
    let inner = mail(
        "x@y.example",
        b"inner",
        &[(b"filename=\"inner.xlsx\"", b"inner")],
    );
    let mut outer = b"From: li@yskz.example\r\nSubject: =?utf-8?B?5rWB5ZCR?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
        .to_vec();
    outer.extend_from_slice(&inner);
    outer.extend_from_slice(b"\r\n--o--\r\n");
    owner.gets_raw(&outer).await;
    owner
        .gets(
            "li@yskz.example",
            "流向",
            &[
                ("winmail.dat", b"tnef"),
                ("empty.xlsx", b""),
                ("../../etc/a.zip", b"PK"),
            ],
        )
        .await;
    owner.gets("li@yskz.example", "流向", &[]).await;
    let world = World::new();

    let collection = world.collect(&*source(&world, "Odd")).await;

    let got: Vec<(String, Vec<u8>)> = came(&collection)
        .into_iter()
        .map(|(name, _, content)| (name.splitn(3, '/').nth(2).unwrap().to_owned(), content))
        .collect();
    assert_eq!(
        got,
        [
            ("1/a.csv".to_owned(), gbk.to_vec()),
            ("2/inner.xlsx".to_owned(), b"inner".to_vec()),
            ("3/a.zip".to_owned(), b"PK".to_vec()),
        ]
    );
    assert_eq!(
        codes(&collection),
        ["mail_winmail", "mail_empty_attachment", "mail_nothing_fits"]
    );
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_said_until_it_is_dealt_with() {
    let mut owner = Owner::of("Large").await;
    let large = bytes(60_000);
    owner
        .gets("li@yskz.example", "流向", &[("l.csv", &large)])
        .await;
    owner
        .gets("li@yskz.example", "流向", &[("s.csv", b"s")])
        .await;
    let mut world = World::new();
    world.most_bytes = 20_000;
    let source = source(&world, "Large");
    let first = world.collect(&*source).await;
    assert_eq!(codes(&first), ["mail_too_large"]);
    world.register(&first, 1);
    let second = world.collect(&*source).await;
    assert_eq!(
        (names(&second).len(), codes(&second)),
        (0, vec!["mail_too_large"])
    );
    world.most_bytes = 1 << 20;
    let third = world.collect(&*source).await;
    assert!(names(&third)[0].ends_with("1/l.csv"));
}

#[tokio::test]
async fn a_mailbox_that_is_numbered_anew_is_read_again_and_said() {
    let mut owner = Owner::of("Anew").await;
    let letter = mail(
        "li@yskz.example",
        "流向".as_bytes(),
        &[(b"filename=\"a.csv\"", b"a")],
    );
    owner.gets_raw(&letter).await;
    let mut world = World::new();
    let source = source(&world, "Anew");
    let first = world.collect(&*source).await;
    world.register(&first, 1);
    drop(owner);
    // A mailbox is numbered by the second it was made.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let mut owner = Owner::of("Anew").await;
    owner.gets_raw(&letter).await;

    let second = world.collect(&*source).await;

    assert_eq!(codes(&second), ["mail_renumbered"]);
    assert_eq!(names(&second).len(), 1);
    assert_ne!(names(&second), names(&first));
    assert_eq!(
        second.arrivals[0].artifact, first.arrivals[0].artifact,
        "its content says that it came before"
    );
    source
        .acknowledge(&[first.arrivals[0].name.clone()])
        .await
        .unwrap();
    assert!(
        owner.flags().await[0].is_empty(),
        "the number is another mail's now"
    );
    owner.deletes_first().await;
    world.register(&second, 1);
    assert!(names(&world.collect(&*source).await).is_empty());
}

#[tokio::test]
async fn every_kind_of_connection_works_and_a_wrong_account_is_refused() {
    let mut owner = Owner::of("Tls").await;
    let letter = mail(
        "li@yskz.example",
        "流向".as_bytes(),
        &[(b"filename=\"a.csv\"", b"a")],
    );
    owner.gets_raw(&letter).await;
    let world = World::new();
    let tls_port: u16 = service("CHANNELFLOW_TEST_IMAPS").parse().unwrap();
    let with = |tls: &str, ca: &str| format!("mailbox = \"Tls\"\ntls = \"{tls}\"\n{ca}");
    for (port, tls) in [(tls_port, "implicit"), (port(), "starttls")] {
        let trusted = source_at(&world, port, &with(tls, "ca = \"ca.pem\""), PASSWORD);
        assert_eq!(names(&world.collect(&*trusted).await).len(), 1, "{tls}");
        let strange = source_at(&world, port, &with(tls, ""), PASSWORD);
        assert_eq!(
            failed(&world.collect(&*strange).await),
            "remote_insecure",
            "{tls}"
        );
    }
    let wire = wire(port(), 0, 0);
    let wrong = source_at(
        &world,
        wire.port,
        "mailbox = \"Tls\"",
        "planted-wrong-password",
    );
    let error = world.collect(&*wrong).await.failed.unwrap();
    assert_eq!(
        (error.failure, error.sentence.code()),
        (Failure::Credentials, "remote_refused")
    );
    assert_eq!(
        wire.connections.load(std::sync::atomic::Ordering::SeqCst),
        1
    );

    let missing = world
        .collect(&*source(&world, "Nowhere"))
        .await
        .failed
        .unwrap();
    assert_eq!(missing.sentence.code(), "mail_no_mailbox");
    assert!(missing.sentence.facts()["found"].contains("INBOX"));
}
