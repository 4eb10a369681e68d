//! `channelflow doctor`: is everything in place, and what to do if not.

use std::path::Path;
use std::time::Duration;

use channelflow_collect::Probe;
use channelflow_config::SourceKind;
use channelflow_model::Sentence;
use channelflow_model::messages::{Lang, label, say};
use channelflow_pipeline::clock::civil;
use channelflow_pipeline::company::Company;
use channelflow_warehouse::Warehouse;
use clap::Args;
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use crate::Format;
use crate::exit::{Exit, cannot};
use crate::output;
use crate::session::{Context, now, open_company};
use crate::sources::probe;

/// How long a source may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Seconds a source's clock may differ from ours: further and days are asked for wrongly.
const CLOCK_SECONDS: i64 = 300;

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
    examined.extend(sources(&company).await?);
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
    examined.push(disk(&company));
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

/// Every source reached, signed in to, and its clock compared with ours.
async fn sources(company: &Company) -> anyhow::Result<Vec<Examined>> {
    let visited = company.config.sources.iter().map(|source| async move {
        let what = say(company.lang, "doctor_source", &[("source", &source.name)]);
        if source.kind == SourceKind::Folder {
            return Ok(readable(what, &company.path(&source.path), company.lang));
        }
        let probed = tokio::time::timeout(PATIENCE, probe(company, source)).await;
        Ok(match probed {
            Ok(Ok(probe)) => reached(what, &probe, company.lang),
            Ok(Err(error)) => match error.downcast::<Sentence>() {
                Ok(said) => Examined {
                    what,
                    good: false,
                    found: spoken(&said, company.lang),
                },
                Err(error) => return Err(error),
            },
            Err(_) => Examined {
                what,
                good: false,
                found: spoken(&Sentence::new("doctor_no_answer"), company.lang),
            },
        })
    });
    futures::stream::iter(visited)
        .buffered(company.config.nightly.at_once)
        .try_collect()
        .await
}

/// What a source that answered looks like.
fn reached(what: String, probe: &Probe, lang: Lang) -> Examined {
    let count = probe.found.len();
    let ahead = probe.clock_ahead.unwrap_or(0);
    let good = ahead.abs() <= CLOCK_SECONDS;
    let found = if good {
        say(lang, "doctor_reached", &[("found", &count)])
    } else {
        let said = Sentence::new("doctor_clock").fact("seconds", ahead);
        spoken(&said, lang)
    };
    Examined { what, good, found }
}

/// Whether there is room for what a night may bring.
fn disk(company: &Company) -> Examined {
    let what = label(company.lang, "doctor_disk");
    let landing = company.path(&company.config.landing.path);
    let place = if landing.is_dir() {
        landing
    } else {
        company.dir.clone()
    };
    let needed = company.config.limits.expanded_bytes;
    match rustix::fs::statvfs(&place) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let said = |code| {
                Sentence::new(code)
                    .fact("free", mebibytes(free))
                    .fact("needed", mebibytes(needed))
                    .fact("path", place.display())
            };
            let good = free >= needed;
            Examined {
                what,
                good,
                found: if good {
                    said("doctor_disk_free").text(company.lang)
                } else {
                    spoken(&said("doctor_disk_short"), company.lang)
                },
            }
        }
        Err(error) => Examined {
            what,
            good: false,
            found: spoken(
                &cannot("folder_not_readable", &place)(error.into()),
                company.lang,
            ),
        },
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes >> 20
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
    examined.extend(clock_of(&opened, lang).await);
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

/// A run that began in the future says that the clock was set back.
async fn clock_of(warehouse: &Warehouse, lang: Lang) -> Option<Examined> {
    let newest = warehouse.runs(1).await.ok()?.into_iter().next()?;
    let (at, _) = now().ok()?;
    let good = civil(&newest.started_at)? <= civil(&at)?;
    let said = Sentence::new(if good {
        "doctor_clock_good"
    } else {
        "doctor_clock_back"
    });
    let said = said.fact("at", &at).fact("run", &newest.started_at);
    Some(Examined {
        what: label(lang, "doctor_clock_label"),
        good,
        found: spoken(&said, lang),
    })
}
