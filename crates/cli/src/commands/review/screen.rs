//! What `channelflow review` shows and how it answers keys: names in, keys in, text and effects
//! out. No terminal, no warehouse; those are in `terminal`.

use std::collections::BTreeSet;

use channelflow_model::Lang;
use channelflow_model::master::MasterData;
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::review::WaitingName;
use channelflow_pipeline::review_decide::Verdict;
use channelflow_pipeline::table::count;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::decide::all_of;
use super::{show, words};

/// What a key asks for beyond the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// Carry out this answer about the name on the screen.
    Decide(Verdict),
    /// Take the last decision back.
    Undo,
    /// Fetch the rows of the name on the screen and hand them to [`Screen::rows`].
    Rows,
    /// Leave.
    Quit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Name,
    /// Evidence for the candidate at this position.
    Evidence(usize),
    Rows,
    Help,
}

/// The screen.
pub struct Screen {
    lang: Lang,
    names: Vec<WaitingName>,
    /// Key of the name that is asked about.
    asked: Option<String>,
    /// Keys of names that were skipped or decided.
    passed: BTreeSet<String>,
    view: View,
    global: bool,
    rows: String,
    said: String,
    /// A candidate in conflict that was chosen once.
    sure: Option<usize>,
    decided: usize,
    skipped: usize,
}

impl Screen {
    /// Begins with the first name.
    pub fn new(lang: Lang, names: Vec<WaitingName>) -> Self {
        let mut screen = Screen {
            lang,
            names,
            asked: None,
            passed: BTreeSet::new(),
            view: View::Name,
            global: false,
            rows: String::new(),
            said: String::new(),
            sure: None,
            decided: 0,
            skipped: 0,
        };
        screen.go_on();
        screen
    }

    /// The name that is asked about.
    pub fn name(&self) -> Option<&WaitingName> {
        let asked = self.asked.as_ref()?;
        self.names.iter().find(|name| name.key == *asked)
    }

    /// The same, for filling in its candidates.
    pub fn name_mut(&mut self) -> Option<&mut WaitingName> {
        let asked = self.asked.as_ref()?;
        self.names.iter_mut().find(|name| name.key == *asked)
    }

    /// Whether an answer is for all distributors.
    pub fn global(&self) -> bool {
        self.global
    }

    /// How many names were decided, were skipped, still wait.
    pub fn counts(&self) -> (usize, usize, usize) {
        let waiting = self.names.iter().filter(|name| self.waits(name));
        (self.decided, self.skipped, waiting.count())
    }

    /// The answer was carried out.
    pub fn decided(&mut self, said: String, names: Vec<WaitingName>) {
        self.decided += 1;
        self.names = names;
        self.pass();
        self.said = said;
    }

    /// The last decision was taken back; its name is asked again.
    pub fn undone(&mut self, said: String, names: Vec<WaitingName>, name: &str) {
        self.decided = self.decided.saturating_sub(1);
        self.names = names;
        self.begin();
        let again = self.names.iter().find(|known| known.name == name);
        if let Some(key) = again.map(|known| known.key.clone()) {
            self.passed.remove(&key);
            self.asked = Some(key);
        } else if self.name().is_none() {
            self.go_on();
        }
        self.said = said;
    }

    /// Says something below the candidates.
    pub fn say(&mut self, said: String) {
        self.said = said;
    }

    /// Shows these rows.
    pub fn rows(&mut self, rows: String) {
        self.rows = rows;
        self.view = View::Rows;
    }

    /// Answers a key.
    pub fn press(&mut self, key: char) -> Effect {
        let key = plain(key);
        self.said.clear();
        let sure = self.sure.take();
        match self.view {
            View::Evidence(_) => {
                self.view = match key.to_digit(10).and_then(|digit| digit.checked_sub(1)) {
                    Some(at) if self.candidate(at as usize) => View::Evidence(at as usize),
                    _ => View::Name,
                };
                return Effect::Nothing;
            }
            View::Rows | View::Help => {
                self.view = View::Name;
                return Effect::Nothing;
            }
            View::Name => {}
        }
        match key {
            'q' => return Effect::Quit,
            'u' => return Effect::Undo,
            '?' => {
                self.view = View::Help;
                return Effect::Nothing;
            }
            _ => {}
        }
        let Some(name) = self.name() else {
            return Effect::Nothing;
        };
        match key {
            '1'..='5' => self.choose(key, sure),
            'n' => Effect::Decide(Verdict::NoneOf(all_of(name))),
            'i' => Effect::Decide(Verdict::Ignore),
            'm' => Effect::Decide(Verdict::New),
            'r' => Effect::Rows,
            's' => {
                self.skipped += 1;
                self.pass();
                Effect::Nothing
            }
            'g' => {
                self.global = !self.global;
                Effect::Nothing
            }
            'e' => {
                if self.candidate(0) {
                    self.view = View::Evidence(0);
                } else {
                    self.said = label(self.lang, "review_no_candidates");
                }
                Effect::Nothing
            }
            _ => {
                self.said = say(self.lang, "review_screen_no_key", &[("key", &key)]);
                Effect::Nothing
            }
        }
    }

    fn choose(&mut self, key: char, sure: Option<usize>) -> Effect {
        let at = key.to_digit(10).unwrap_or(1).saturating_sub(1) as usize;
        let found = self.name().and_then(|name| name.candidates.get(at));
        let Some(candidate) = found else {
            let facts: [(&'static str, &dyn std::fmt::Display); 1] = [("key", &key)];
            self.said = say(self.lang, "review_screen_no_key", &facts);
            return Effect::Nothing;
        };
        match &candidate.veto {
            Some(veto) if sure != Some(at) => {
                let veto = word(self.lang, "part", veto);
                self.sure = Some(at);
                let facts: [(&'static str, &dyn std::fmt::Display); 2] =
                    [("number", &key), ("veto", &veto)];
                self.said = say(self.lang, "review_screen_conflict_again", &facts);
                Effect::Nothing
            }
            _ => Effect::Decide(Verdict::Choose(candidate.id.clone())),
        }
    }

    fn candidate(&self, at: usize) -> bool {
        self.name().is_some_and(|name| at < name.candidates.len())
    }

    fn waits(&self, name: &WaitingName) -> bool {
        !self.passed.contains(&name.key)
    }

    fn pass(&mut self) {
        self.passed.extend(self.asked.take());
        self.go_on();
    }

    fn go_on(&mut self) {
        self.begin();
        let next = self.names.iter().find(|name| self.waits(name));
        self.asked = next.map(|name| name.key.clone());
    }

    fn begin(&mut self) {
        self.view = View::Name;
        self.sure = None;
        self.global = false;
        self.said.clear();
    }

    /// The text of the screen, lines of at most `width` places, at most `height` of them.
    pub fn text(&self, master: &MasterData, width: usize, height: usize) -> String {
        let lines = match (self.view, self.name()) {
            (View::Help, _) => self.with_keys(
                label(self.lang, "review_help")
                    .lines()
                    .map(str::to_owned)
                    .collect(),
                "review_screen_keys_back",
            ),
            (_, None) => self.with_keys(
                vec![label(self.lang, "review_screen_done")],
                "review_screen_done_keys",
            ),
            (View::Name, Some(name)) => {
                self.with_keys(self.name_lines(name, master, width), "review_screen_keys")
            }
            (View::Evidence(at), Some(name)) => {
                self.with_keys(self.evidence_lines(name, at), "review_screen_keys_back")
            }
            (View::Rows, Some(name)) => {
                let mut lines = vec![words::title(name), String::new()];
                lines.extend(self.rows.lines().map(str::to_owned));
                let room = height.saturating_sub(4);
                if lines.len() > room {
                    let more = lines.len() - room + 1;
                    lines.truncate(room.saturating_sub(1));
                    lines.push(say(
                        self.lang,
                        "review_screen_rows_more",
                        &[("rows", &more)],
                    ));
                }
                let lines = lines.iter().map(|line| cut(line, width)).collect();
                self.with_keys(lines, "review_screen_keys_back")
            }
        };
        let mut text = String::new();
        for line in lines {
            for piece in wrapped(&line, width) {
                text.push_str(&piece);
                text.push('\n');
            }
        }
        text
    }

    fn with_keys(&self, mut lines: Vec<String>, keys: &'static str) -> Vec<String> {
        lines.push(String::new());
        if !self.said.is_empty() {
            lines.push(format!("> {}", self.said));
        }
        lines.push(label(self.lang, keys));
        lines
    }

    fn name_lines(&self, name: &WaitingName, master: &MasterData, width: usize) -> Vec<String> {
        let lang = self.lang;
        let waiting = self.names.iter().filter(|known| self.waits(known)).count();
        let passed = self.decided + self.skipped;
        let kind = label(lang, &format!("kind_{}", name.kind.as_str()));
        let distributor = format!("{} {}", name.distributor_id, name.distributor_name);
        let mut lines = vec![
            say(
                lang,
                "review_screen_head",
                &[
                    ("kind", &kind),
                    ("at", &(passed + 1)),
                    ("of", &(passed + waiting)),
                    ("distributor", &distributor.trim_end()),
                ],
            ),
            "─".repeat(width),
            words::title(name),
            say(
                lang,
                "review_screen_stake",
                &[
                    ("amount", &name.amount.to_money()),
                    ("rows", &count(name.rows)),
                    ("days", &words::days(name)),
                ],
            ),
        ];
        let seen = words::seen(lang, name);
        if !seen.is_empty() {
            lines.push(seen.join(" · "));
        }
        lines.extend(words::valued(lang, name));
        lines.extend(words::others(lang, name, master));
        lines.push(String::new());
        if name.candidates.is_empty() {
            lines.push(name.why.clone());
        }
        for (number, candidate) in (1..).zip(&name.candidates) {
            lines.push(show::heading(lang, number, candidate));
            if !candidate.because.is_empty() {
                lines.push(format!("   {}", candidate.because));
            }
        }
        lines.push(String::new());
        let scope = if self.global {
            ""
        } else {
            &name.distributor_id
        };
        let scope = words::scope(lang, scope);
        lines.push(say(lang, "review_screen_scope", &[("scope", &scope)]));
        lines
    }

    fn evidence_lines(&self, name: &WaitingName, at: usize) -> Vec<String> {
        let mut lines = vec![words::title(name), String::new()];
        if let Some(candidate) = name.candidates.get(at) {
            lines.push(show::heading(self.lang, at + 1, candidate));
            let parts = show::evidence(self.lang, candidate, false);
            lines.extend(parts.lines().map(str::to_owned));
        }
        lines
    }
}

/// Keys of a Chinese keyboard as plain ones, capitals as small letters.
fn plain(key: char) -> char {
    let key = match key {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(key) - 0xfee0).unwrap_or(key),
        key => key,
    };
    key.to_ascii_lowercase()
}

/// A line in pieces of at most `width` places; further pieces are indented like the first.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    if line.width() <= width {
        return vec![line.to_owned()];
    }
    let blanks = line.chars().take_while(|c| *c == ' ').count();
    let indent = " ".repeat(blanks.min(width / 2));
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut used = 0;
    for word in line.split_inclusive(breaks_after) {
        let full = used + word.trim_end().width() > width && !piece.trim().is_empty();
        if full {
            pieces.push(piece.trim_end().to_owned());
            piece.clone_from(&indent);
            used = indent.len();
        }
        let begins = piece.trim().is_empty() && !pieces.is_empty();
        let word = if begins { word.trim_start() } else { word };
        piece.push_str(word);
        used += word.width();
    }
    pieces.push(piece.trim_end().to_owned());
    pieces
}

/// A line may end after a blank and between hanzi.
fn breaks_after(c: char) -> bool {
    c == ' ' || c.width() == Some(2)
}

/// The beginning of a line that fits.
fn cut(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let mut shown = String::new();
    let mut used = 0;
    for c in line.chars() {
        used += c.width().unwrap_or(0);
        if used >= width {
            break;
        }
        shown.push(c);
    }
    shown.push('…');
    shown
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
