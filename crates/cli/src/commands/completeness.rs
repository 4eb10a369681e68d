//! `channelflow completeness MONTH`: what came of what was expected, how timely, and whom to remind.

use channelflow_model::messages::{label, say};
use channelflow_pipeline::completeness::Completeness;
use channelflow_pipeline::completeness_text::{reminders, render};
use channelflow_pipeline::expected::measured;
use channelflow_pipeline::report_text::write_finding;
use clap::Args;

use crate::Format;
use crate::commands::settle::period_of;
use crate::exit::Exit;
use crate::output;
use crate::post;
use crate::session::{Context, Session};

/// Arguments of `completeness`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Accounting month, as 2026-02; this month otherwise
    #[arg(value_name = "MONTH")]
    period: Option<String>,
    /// Write the letters to those who are late
    #[arg(long)]
    remind: bool,
    /// Send them by `[nightly.mail]` to the addresses in expected.csv
    #[arg(long, requires = "remind")]
    send: bool,
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let rule = session.company.period_rule;
    let period = match &arguments.period {
        Some(typed) => period_of(typed)?,
        None => rule.period_of(session.today),
    };
    let (company, warehouse) = (&session.company, &session.warehouse);
    let measured = match measured(company, warehouse, period, &session.at).await? {
        Ok(measured) => measured,
        Err(problems) => {
            let mut text = String::new();
            for problem in &problems {
                write_finding(&mut text, problem, session.lang, "");
            }
            output::note(text.trim_end());
            return Ok(Exit::Usage);
        }
    };
    let clean = measured.overdue.iter().all(|it| it.received);
    let exit = if clean { Exit::Done } else { Exit::Attention };
    if arguments.remind {
        remind(&session, &measured, arguments.send).await?;
    } else if session.format == Format::Json {
        output::json(&measured)?;
    } else {
        let company = &session.company.config.company.name;
        let at = session.at.get(..16).unwrap_or_default().replace('T', " ");
        output::text(&render(&measured, company, &at, session.lang))?;
    }
    Ok(exit)
}

/// Shows the letters, and sends them when asked to.
async fn remind(session: &Session, measured: &Completeness, send: bool) -> anyhow::Result<()> {
    let company = &session.company.config.company.name;
    let letters = reminders(measured, company, session.lang);
    if letters.is_empty() {
        output::note(&label(session.lang, "reminder_none"));
    }
    for letter in &letters {
        let to = if letter.to.is_empty() {
            label(session.lang, "reminder_no_address")
        } else {
            letter.to.clone()
        };
        output::text(&format!(
            "→ {to}\n  {}\n\n{}\n",
            letter.subject, letter.text
        ))?;
        if send && !letter.to.is_empty() {
            let to = [letter.to.clone()];
            post::mail(&session.company, &to, &letter.subject, &letter.text, None).await?;
            output::note(&say(session.lang, "reminder_sent", &[("to", &letter.to)]));
        }
    }
    Ok(())
}
