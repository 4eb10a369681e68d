//! `channelflow doctor`: is everything in place, and what to do if not.

use std::path::Path;

use channelflow_model::Sentence;
use channelflow_model::messages::{Lang, label, say};
use channelflow_warehouse::Warehouse;
use clap::Args;
use serde::Serialize;

use crate::Format;
use crate::exit::{Exit, cannot};
use crate::output;
use crate::session::{Context, open_company};

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Also rebuild every derived table from the lines and compare (slow on a large warehouse)
    #[arg(long)]
    verify: bool,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Examined {
    what: String,
    good: bool,
    found: String,
}

/// Looks at everything; exit code 1 when something is wrong.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let company = open_company(context)?;
    let lang = company.lang;
    let mut examined = vec![Examined {
        what: label(lang, "doctor_settings"),
        good: true,
        found: company.dir.join("channelflow.toml").display().to_string(),
    }];
    for source in &company.config.sources {
        examined.push(readable(
            say(lang, "doctor_source", &[("source", &source.name)]),
            &company.path(&source.path),
            lang,
        ));
    }
    examined.push(writable(
        label(lang, "doctor_landing"),
        &company.path(&company.config.landing.path),
        lang,
    ));
    examined.push(writable(
        label(lang, "doctor_report"),
        &company.path(&company.config.report.path),
        lang,
    ));
    warehouse(
        &company.warehouse_url()?,
        arguments.verify,
        lang,
        &mut examined,
    )
    .await;
    let good = examined.iter().all(|examined| examined.good);
    match context.format {
        Format::Json => output::json(&examined)?,
        Format::Text => {
            let mut text = String::new();
            for examined in &examined {
                let mark = if examined.good { "✓" } else { "✗" };
                text.push_str(&format!("{mark} {}: {}\n", examined.what, examined.found));
            }
            output::text(&text)?;
        }
    }
    Ok(if good { Exit::Done } else { Exit::Attention })
}

fn readable(what: String, path: &Path, lang: Lang) -> Examined {
    match std::fs::read_dir(path) {
        Ok(_) => Examined {
            what,
            good: true,
            found: path.display().to_string(),
        },
        Err(error) => Examined {
            what,
            good: false,
            found: spoken(&cannot("folder_not_readable", path)(error), lang),
        },
    }
}

fn writable(what: String, path: &Path, lang: Lang) -> Examined {
    let probe = path.join(".doctor");
    let tried = std::fs::create_dir_all(path)
        .and_then(|()| std::fs::write(&probe, b"ok"))
        .and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => Examined {
            what,
            good: true,
            found: path.display().to_string(),
        },
        Err(error) => Examined {
            what,
            good: false,
            found: spoken(&cannot("folder_not_writable", path)(error), lang),
        },
    }
}

/// What was found and what to do, on one line.
fn spoken(said: &Sentence, lang: Lang) -> String {
    match said.hint(lang) {
        Some(hint) => say(
            lang,
            "doctor_found",
            &[("found", &said.text(lang)), ("hint", &hint)],
        ),
        None => said.text(lang),
    }
}

async fn warehouse(url: &str, verify: bool, lang: Lang, examined: &mut Vec<Examined>) {
    let what = label(lang, "doctor_warehouse");
    let opened = match Warehouse::open(url).await {
        Ok(opened) => opened,
        Err(error) => {
            examined.push(Examined {
                what,
                good: false,
                found: spoken(&error.sentence(), lang),
            });
            return;
        }
    };
    match opened.schema_version().await {
        // Nothing was ever loaded; the first command that writes sets the tables up.
        Ok(0) => {
            examined.push(Examined {
                what,
                good: true,
                found: label(lang, "doctor_empty"),
            });
            return;
        }
        Ok(version) => {
            let schema = opened.check_schema().await;
            examined.push(Examined {
                what,
                good: schema.is_ok(),
                found: match schema {
                    Ok(()) => say(lang, "doctor_schema", &[("version", &version)]),
                    Err(error) => spoken(&error.sentence(), lang),
                },
            });
        }
        Err(error) => {
            examined.push(Examined {
                what,
                good: false,
                found: spoken(&error.sentence(), lang),
            });
            return;
        }
    }
    if verify {
        let what = label(lang, "doctor_verify");
        examined.push(match opened.verify().await {
            Ok(problems) if problems.is_empty() => Examined {
                what,
                good: true,
                found: label(lang, "doctor_consistent"),
            },
            Ok(problems) => Examined {
                what,
                good: false,
                found: problems.join("; "),
            },
            Err(error) => Examined {
                what,
                good: false,
                found: spoken(&error.sentence(), lang),
            },
        });
    }
}
