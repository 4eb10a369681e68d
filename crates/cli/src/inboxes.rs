//! Watched inbox folders: which files arrived in them and are whole.
//!
//! A thread of its own looks, so that a share that hangs holds up neither the night nor the end of
//! the program. Events only wake it; what it goes by is what lies in the folder.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use channelflow_collect::{CollectError, Version, scan_folder};
use channelflow_model::Lang;
use channelflow_model::messages::say;
use channelflow_pipeline::collect::Watched;
use channelflow_pipeline::company::Company;
use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::output;

/// A folder is looked at this often whatever the system tells: a network share tells nothing.
pub const LOOK_EVERY: Duration = Duration::from_mins(2);

/// A file is whole when two looks so far apart see the same size and time.
const STILL: Duration = Duration::from_secs(5);

/// Waited for after an event: more come at once, and a new sub-folder is not listened to yet.
const MOMENT: Duration = Duration::from_secs(1);

/// A watched folder.
#[derive(Debug)]
struct Inbox {
    source: String,
    path: PathBuf,
    /// Its files at the last look, and whether they were told.
    files: HashMap<String, (Version, bool)>,
    /// What was said about it and still holds.
    said: Option<String>,
}

/// The watched folders of a company; `None`: there are none.
pub fn watch(company: &Company) -> Option<UnboundedReceiver<Watched>> {
    let watched = company.config.sources.iter().filter(|source| source.watch);
    let inboxes: Vec<Inbox> = watched
        .map(|source| Inbox::new(&source.name, company.path(&source.path)))
        .collect();
    (!inboxes.is_empty()).then(|| begin(inboxes, LOOK_EVERY, company.lang))
}

/// Begins to look, until nobody wants to know any more.
fn begin(mut inboxes: Vec<Inbox>, every: Duration, lang: Lang) -> UnboundedReceiver<Watched> {
    let (arrived, arrivals) = unbounded_channel();
    // One event that was not heard yet is enough.
    let (wake, woken) = sync_channel(1);
    thread::spawn(move || {
        let mut events = Events::new(wake);
        look(&mut inboxes, &mut events, &woken, every, lang, &arrived);
    });
    arrivals
}

fn look(
    inboxes: &mut [Inbox],
    events: &mut Events,
    woken: &Receiver<()>,
    every: Duration,
    lang: Lang,
    arrived: &UnboundedSender<Watched>,
) {
    let mut listen = true;
    while !arrived.is_closed() {
        let mut whole = Watched::new();
        for inbox in inboxes.iter_mut() {
            let deaf = listen.then(|| events.listen(&inbox.path)).flatten();
            match inbox.look() {
                Ok(files) if files.is_empty() => {}
                Ok(files) => {
                    whole.insert(inbox.source.clone(), files);
                }
                Err(error) => {
                    inbox.say("watch_unreadable", &error, every, lang);
                    continue;
                }
            }
            match deaf {
                Some(error) => inbox.say("watch_no_events", &error, every, lang),
                None if listen => inbox.said = None,
                None => {}
            }
        }
        if !whole.is_empty() && arrived.send(whole).is_err() {
            return;
        }
        if inboxes.iter().any(Inbox::is_growing) {
            thread::sleep(STILL);
            listen = false;
        } else {
            listen = woken.recv_timeout(every).is_err();
            if !listen {
                thread::sleep(MOMENT.min(every));
            }
        }
        // What happened until now is seen by the look that comes.
        let _ = woken.try_recv();
    }
}

impl Inbox {
    fn new(source: &str, path: PathBuf) -> Self {
        Inbox {
            source: source.to_owned(),
            path,
            files: HashMap::new(),
            said: None,
        }
    }

    /// The files that are as they were at the last look and were not told yet.
    fn look(&mut self) -> Result<BTreeMap<String, Version>, CollectError> {
        let mut whole = BTreeMap::new();
        let mut files = HashMap::new();
        for file in scan_folder(&self.path)?.files {
            let version = Version {
                size: file.size,
                mtime_ns: file.mtime_ns,
            };
            let before = self.files.get(&file.relative);
            let still = before.is_some_and(|(before, _)| *before == version);
            if still && before.is_some_and(|(_, told)| !told) {
                whole.insert(file.relative.clone(), version);
            }
            files.insert(file.relative, (version, still));
        }
        self.files = files;
        Ok(whole)
    }

    /// Whether a file is not known to be whole.
    fn is_growing(&self) -> bool {
        self.files.values().any(|(_, told)| !told)
    }

    /// Says something about it, once for as long as it holds.
    fn say(&mut self, code: &str, error: &impl ToString, every: Duration, lang: Lang) {
        let facts: [(&str, &dyn std::fmt::Display); 3] = [
            ("source", &self.source),
            ("error", &error.to_string()),
            ("minutes", &every.as_secs().div_ceil(60)),
        ];
        let text = say(lang, code, &facts);
        if self.said.as_ref() != Some(&text) {
            output::note(&text);
            self.said = Some(text);
        }
    }
}

/// What the system tells.
struct Events {
    watcher: notify::Result<RecommendedWatcher>,
    /// Waiting for an event is waiting for time as long as somebody might still wake us.
    _wake: SyncSender<()>,
}

impl Events {
    fn new(wake: SyncSender<()>) -> Self {
        let tell = wake.clone();
        let handler = move |event: notify::Result<notify::Event>| {
            // Files are opened by whoever reads them, ourselves included.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                let _ = tell.try_send(());
            }
        };
        // A link to another folder is no part of an inbox.
        let config = Config::default().with_follow_symlinks(false);
        Events {
            watcher: RecommendedWatcher::new(handler, config),
            _wake: wake,
        }
    }

    /// Listens to a folder, anew if it is another one by now; says why that is not possible.
    fn listen(&mut self, path: &Path) -> Option<String> {
        let watcher = match &mut self.watcher {
            Ok(watcher) => watcher,
            Err(error) => return Some(error.to_string()),
        };
        let path = match fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) => return Some(error.to_string()),
        };
        let listening = watcher.watch(&path, RecursiveMode::Recursive);
        listening.err().map(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(whole: &BTreeMap<String, Version>) -> Vec<&str> {
        whole.keys().map(String::as_str).collect()
    }

    #[test]
    fn a_file_is_told_once_it_stands_still_and_again_when_it_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let mut inbox = Inbox::new("inbox", folder.path().to_owned());
        let mut look = || (inbox.look().unwrap(), inbox.is_growing());
        assert!(!look().1);

        for name in [
            "a.csv",
            "b.csv",
            "~$a.xlsx",
            ".a.csv",
            "c.tmp",
            "c.csv.part",
        ] {
            write(name, "1");
        }
        assert_eq!(look(), (BTreeMap::new(), true));
        write("b.csv", "12");
        let (whole, growing) = look();
        assert_eq!((names(&whole), growing), (vec!["a.csv"], true));
        let (whole, growing) = look();
        assert_eq!((names(&whole), growing), (vec!["b.csv"], false));
        assert_eq!(look(), (BTreeMap::new(), false));

        write("a.csv", "123");
        assert_eq!(look(), (BTreeMap::new(), true));
        fs::remove_file(folder.path().join("a.csv")).unwrap();
        assert_eq!(look(), (BTreeMap::new(), false));
    }

    #[test]
    fn a_folder_that_comes_later_is_found_without_an_event() {
        let place = tempfile::tempdir().unwrap();
        let (aside, path) = (place.path().join("aside"), place.path().join("inbox"));
        fs::create_dir(&aside).unwrap();
        fs::write(aside.join("a.csv"), "1").unwrap();
        let inbox = Inbox::new("inbox", path.clone());
        let mut arrivals = begin(vec![inbox], Duration::from_millis(200), Lang::En);
        // It is not there and cannot be listened to; nothing happens in it once it is.
        thread::sleep(Duration::from_secs(1));
        assert!(arrivals.try_recv().is_err());

        fs::rename(&aside, &path).unwrap();

        let whole = arrivals.blocking_recv().unwrap();
        assert_eq!(names(&whole["inbox"]), ["a.csv"]);
    }
}
