//! Inboxes as they really look, and the landing area under faults.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;

use channelflow_collect::{CollectError, Landing, LeftOutReason, fingerprint, scan_folder};

fn write(root: &Path, relative: &str, content: &str) {
    let path = root.join(relative);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn relatives(root: &Path) -> Vec<String> {
    let scan = scan_folder(root).unwrap();
    scan.files.into_iter().map(|file| file.relative).collect()
}

#[test]
fn an_inbox_is_listed_by_distributor_then_name_without_leftovers() {
    let inbox = tempfile::tempdir().unwrap();
    for relative in [
        "D10/10月.xlsx",
        "D10/2月.xlsx",
        "D2/库存/1月.xls",
        "D2/流向 1月.csv",
        "散件.csv",
        "D2/~$流向 1月.csv",
        "D2/.hidden",
        "D2/.trash/x.csv",
        "D2/Thumbs.db",
        "D2/流向.xlsx.part",
        "D2/流向.TMP",
    ] {
        write(inbox.path(), relative, "x");
    }
    fs::create_dir(inbox.path().join("D3")).unwrap();
    let scan = scan_folder(inbox.path()).unwrap();
    let listed: Vec<(Option<&str>, &str)> = scan
        .files
        .iter()
        .map(|file| (file.folder.as_deref(), &*file.relative))
        .collect();
    assert_eq!(
        listed,
        [
            (None, "散件.csv"),
            (Some("D2"), "D2/库存/1月.xls"),
            (Some("D2"), "D2/流向 1月.csv"),
            (Some("D10"), "D10/2月.xlsx"),
            (Some("D10"), "D10/10月.xlsx"),
        ]
    );
    assert!(scan.left_out.is_empty());
    assert!(
        scan.files
            .iter()
            .all(|file| file.size == 1 && file.mtime_ns > 0)
    );
}

#[test]
fn a_missing_inbox_is_an_error_that_says_what_to_do() {
    let inbox = tempfile::tempdir().unwrap();
    let error = scan_folder(&inbox.path().join("none")).unwrap_err();
    assert!(matches!(error, CollectError::NoInbox { .. }));
    assert!(error.to_string().contains("hint: create it"));
}

#[test]
fn storing_is_by_content_and_twice_is_once() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.csv", "客户,数量\n");
    write(dir.path(), "b.csv", "客户,数量\n");
    let landing = Landing::new(&dir.path().join("landing")).unwrap();
    let first = landing.store(&dir.path().join("a.csv")).unwrap();
    let second = landing.store(&dir.path().join("b.csv")).unwrap();
    assert_eq!(first, second);
    assert_eq!(first.bytes, 14);
    assert_eq!(first.path, landing.path_of(&first.sha256));
    assert_eq!(fs::read_to_string(&first.path).unwrap(), "客户,数量\n");
    assert!(fs::metadata(&first.path).unwrap().permissions().readonly());

    let preview = fingerprint(&dir.path().join("a.csv")).unwrap();
    assert_eq!(preview.sha256, first.sha256);
    assert_eq!(preview.path, dir.path().join("a.csv"));
    // Only the folder of the one artifact is there: nothing unfinished.
    assert_eq!(fs::read_dir(dir.path().join("landing")).unwrap().count(), 1);

    write(dir.path(), "empty.csv", "");
    let empty = landing.store(&dir.path().join("empty.csv")).unwrap();
    assert_eq!(
        empty.sha256,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn a_copy_that_was_cut_off_is_made_again_and_leftovers_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.csv", "客户,数量\n");
    let landing = Landing::new(&dir.path().join("landing")).unwrap();
    let artifact = fingerprint(&dir.path().join("a.csv")).unwrap();
    let path = landing.path_of(&artifact.sha256);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "客").unwrap();
    write(dir.path(), "landing/.incoming-1-0", "half");
    assert_eq!(landing.clean_up().unwrap(), 1);
    assert_eq!(landing.store(&dir.path().join("a.csv")).unwrap().path, path);
    assert_eq!(fs::read_to_string(&path).unwrap(), "客户,数量\n");
}

#[test]
fn faults_are_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.csv", "x");
    let landing = Landing::new(&dir.path().join("landing")).unwrap();
    let gone = landing.store(&dir.path().join("gone.csv")).unwrap_err();
    assert!(matches!(gone, CollectError::Vanished { .. }), "{gone}");
    let folder = landing.store(dir.path()).unwrap_err();
    assert!(matches!(folder, CollectError::NotAFile { .. }), "{folder}");
    // A file stands where the landing area should be.
    assert!(Landing::new(&dir.path().join("a.csv")).is_err());
    fs::remove_dir_all(dir.path().join("landing")).unwrap();
    assert!(landing.store(&dir.path().join("a.csv")).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_with_path_and_bytes() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "a.csv", "客户,数量\n");
    let landing = Landing::new(&dir.path().join("landing")).unwrap();
    // Every name the next copies may use leads to the device that is always full.
    for number in 0..1_000 {
        let name = format!("landing/.incoming-{}-{number}", std::process::id());
        symlink("/dev/full", dir.path().join(name)).unwrap();
    }
    let error = landing.store(&dir.path().join("a.csv")).unwrap_err();
    assert!(
        matches!(error, CollectError::DiskFull { bytes: 14, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("a.csv` (14 bytes)"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_inside_only() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let inbox = dir.path().join("inbox");
    write(&inbox, "D1/a.csv", "x");
    write(dir.path(), "secret.csv", "x");
    symlink(inbox.join("D1/a.csv"), inbox.join("D1/b.csv")).unwrap();
    symlink(dir.path().join("secret.csv"), inbox.join("D1/c.csv")).unwrap();
    symlink(&inbox, inbox.join("D1/loop")).unwrap();
    symlink("nowhere", inbox.join("D1/d.csv")).unwrap();
    assert_eq!(relatives(&inbox), ["D1/a.csv", "D1/b.csv"]);
    let scan = scan_folder(&inbox).unwrap();
    let left: Vec<&str> = scan.left_out.iter().map(|left| &*left.relative).collect();
    assert_eq!(left, ["D1/c.csv", "D1/loop"]);
    assert!(
        scan.left_out
            .iter()
            .all(|left| matches!(left.reason, LeftOutReason::Link))
    );
}

#[cfg(unix)]
#[test]
fn one_unreadable_folder_does_not_hide_the_others() {
    use std::os::unix::fs::PermissionsExt;
    let inbox = tempfile::tempdir().unwrap();
    write(inbox.path(), "D1/a.csv", "x");
    write(inbox.path(), "D2/b.csv", "x");
    let closed = inbox.path().join("D1");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let scan = scan_folder(inbox.path()).unwrap();
    let readable_anyway = fs::read_dir(&closed).is_ok();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    let left = scan.left_out.len();
    // The superuser may read everything; then nothing is left out.
    assert_eq!(
        (scan.files.len(), left),
        if readable_anyway { (2, 0) } else { (1, 1) }
    );
}
