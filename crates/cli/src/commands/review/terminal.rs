//! `channelflow review` in a terminal: the thin shell around `screen`. The company is locked for
//! the moment of a decision only, so that the nightly run never waits for a person.

use std::io::IsTerminal;

use channelflow_model::messages::{label, say};
use channelflow_model::{Lang, Sentence};
use channelflow_pipeline::review::{NameState, WaitingName, rows_of};
use channelflow_pipeline::review_candidates::Finder;
use channelflow_pipeline::review_decide::{self, Answer, Checker, Verdict};
use channelflow_warehouse::Mode;
use console::{Key, Term};

use super::screen::{Effect, Screen};
use super::{Desk, Which, show, who, words};
use crate::exit::{Exit, Locked, usage};
use crate::output;
use crate::session::{Context, Session};

/// Rows fetched for the screen.
const ROWS: u32 = 200;
/// Widest a screen is written.
const WIDEST: usize = 80;

/// Asks name by name.
pub async fn execute(context: &Context, which: &Which) -> anyhow::Result<Exit> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(usage(Sentence::new("review_no_terminal")));
    }
    let mut desk = Desk::open(Session::open(context).await?, Some(which)).await?;
    let lang = desk.session.lang;
    if desk.names.is_empty() {
        output::note(&label(lang, "review_nothing"));
        return Ok(Exit::Done);
    }
    let finder = desk.finder(&desk.names);
    let names = worth_asking(std::mem::take(&mut desk.names), &finder);
    let mut screen = Screen::new(lang, names);
    let term = Term::stdout();
    loop {
        if let Some(name) = screen.name_mut()
            && name.why.is_empty()
        {
            finder.fill(name);
        }
        let (height, width) = term.size();
        let width = usize::from(width).clamp(40, WIDEST);
        term.clear_screen()?;
        output::text(&screen.text(&desk.master, width, usize::from(height)))?;
        let effect = match read_key().await? {
            Key::Char(key) => screen.press(key),
            Key::CtrlC => Effect::Quit,
            _ => screen.press(' '),
        };
        match effect {
            Effect::Nothing => {}
            Effect::Quit => break,
            Effect::Rows => {
                if let Some(name) = screen.name() {
                    let rows = rows_of(&desk.session.warehouse, name, ROWS).await?;
                    let shown = show::row_table(lang, name, &rows);
                    screen.rows(shown);
                }
            }
            Effect::Decide(verdict) => {
                decide(context, &mut desk, &mut screen, verdict, &finder).await?;
            }
            Effect::Undo => undo(context, &mut desk, &mut screen, &finder).await?,
        }
    }
    term.clear_screen()?;
    let (decided, skipped, waiting) = screen.counts();
    output::note(&say(
        lang,
        "review_screen_left",
        &[
            ("decided", &decided),
            ("skipped", &skipped),
            ("waiting", &waiting),
        ],
    ));
    Ok(Exit::Done)
}

/// Waiting for a key blocks a thread; other tasks go on.
async fn read_key() -> anyhow::Result<Key> {
    Ok(tokio::task::spawn_blocking(|| Term::stdout().read_key_raw()).await??)
}

/// Names nobody decided about, and those that have a new candidate since somebody did.
fn worth_asking(names: Vec<WaitingName>, finder: &Finder) -> Vec<WaitingName> {
    let asks = |name: &mut WaitingName| {
        if name.state == NameState::Open {
            return true;
        }
        finder.fill(name);
        name.candidates
            .iter()
            .any(|candidate| candidate.veto.is_none())
            && name.state == NameState::NeedsMaster
    };
    let mut names = names;
    names.retain_mut(asks);
    names
}

/// A session that holds the lock, or what keeps it from being opened.
async fn locked(context: &Context) -> anyhow::Result<Result<Session, Sentence>> {
    match Session::open_locked(context).await {
        Ok(session) => Ok(Ok(session)),
        Err(error) => match error.downcast::<Locked>() {
            Ok(Locked(said)) => Ok(Err(said)),
            Err(error) => Err(error),
        },
    }
}

async fn decide(
    context: &Context,
    desk: &mut Desk,
    screen: &mut Screen,
    verdict: Verdict,
    finder: &Finder,
) -> anyhow::Result<()> {
    let Some(name) = screen.name() else {
        return Ok(());
    };
    let lang = desk.session.lang;
    let session = match locked(context).await? {
        Ok(session) => session,
        Err(said) => {
            refused(lang, screen, &said);
            return Ok(());
        }
    };
    desk.refresh().await?;
    let answer = Answer {
        name,
        verdict,
        global: screen.global(),
        note: String::new(),
    };
    let who = who(&session);
    let known = session.warehouse.name_decisions().await?;
    let mut checker = Checker::new(&desk.master, &known);
    if let Err(said) = checker.add(&answer, who) {
        refused(lang, screen, &said);
        return Ok(());
    }
    let plan = checker.plan();
    let decided = review_decide::decide(&session.warehouse, plan, who, Mode::Commit).await?;
    let said = match decided.decisions.first() {
        None => label(lang, "review_unchanged"),
        Some(decision) => words::outcome(
            lang,
            "review_decided",
            decision,
            &decided.lines,
            &desk.master,
        ),
    };
    desk.refresh().await?;
    screen.decided(said, worth_asking(std::mem::take(&mut desk.names), finder));
    Ok(())
}

async fn undo(
    context: &Context,
    desk: &mut Desk,
    screen: &mut Screen,
    finder: &Finder,
) -> anyhow::Result<()> {
    let lang = desk.session.lang;
    let session = match locked(context).await? {
        Ok(session) => session,
        Err(said) => {
            refused(lang, screen, &said);
            return Ok(());
        }
    };
    let who = who(&session);
    match review_decide::undo(&session.warehouse, None, who, Mode::Commit).await? {
        Err(said) => refused(lang, screen, &said),
        Ok((decision, lines)) => {
            desk.refresh().await?;
            let said = words::outcome(lang, "review_undone", &decision, &lines, &desk.master);
            let names = worth_asking(std::mem::take(&mut desk.names), finder);
            screen.undone(said, names, &decision.name);
        }
    }
    Ok(())
}

fn refused(lang: Lang, screen: &mut Screen, said: &Sentence) {
    let hint = said.hint(lang).map(|hint| format!(" ({hint})"));
    screen.say(format!("{}{}", said.text(lang), hint.unwrap_or_default()));
}
