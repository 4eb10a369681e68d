//! Settings of a company folder: `channelflow.toml`, read once, checked whole.
//!
//! Every problem is reported, with file and line, before anything runs; nothing unknown is
//! accepted. What a setting *does* is known by the stage it belongs to. Layouts, vocabulary and
//! policies are data of their own and not read here.

mod document;
mod nightly;
mod problem;
mod secret;
mod settlement;
mod source;
mod windows;

use std::path::{Path, PathBuf};

use channelflow_model::window::Windows;
use channelflow_model::{Lang, PeriodRule, Sentence};

use crate::document::{Document, Section};

pub use crate::nightly::{DailyWindow, Mail, MailTls, Nightly, TimeOfDay, Times};
pub use crate::problem::{ConfigProblems, Problem};
pub use crate::secret::Secret;
pub use crate::settlement::{OnMissed, Settlement};
pub use crate::source::{Description, Feeds, Source, SourceKind, Values};

/// Name of the settings file in a company folder.
pub const FILE_NAME: &str = "channelflow.toml";

/// The settings file with every setting at its default and a comment on each: what `init` writes.
pub const REFERENCE: &str = include_str!("../../../config/channelflow.toml");

/// Everything that can be set. Paths are as written: relative ones belong to the company folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Who we are.
    pub company: Company,
    /// Where flow records are stored.
    pub warehouse: Warehouse,
    /// Where artifacts are kept.
    pub landing: Landing,
    /// Accounting months.
    pub period: PeriodRule,
    /// On which days of an accounting month's aftermath work may be done.
    pub windows: Windows,
    /// How posts confirm their sales.
    pub confirmation: Confirmation,
    /// How cells are understood.
    pub normalize: Normalize,
    /// What a file may cost.
    pub limits: Limits,
    /// Where files come from, in the order of the file.
    pub sources: Vec<Source>,
    /// The plan of the night.
    pub nightly: Nightly,
    /// Where master data files are looked for at the beginning of a run.
    pub master: Master,
    /// What may be decided about names without a person.
    pub matching: Matching,
    /// The company's own words.
    pub vocabulary: Vocabulary,
    /// Where reports are written.
    pub report: Report,
    /// When figures are good enough to settle on, and when to warn.
    pub settlement: Settlement,
}

/// `[company]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Name shown on reports.
    pub name: String,
    /// Language of reports, findings and explanations.
    pub lang: Lang,
}

/// `[warehouse]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warehouse {
    /// `sqlite:FILE` or `postgres://…`.
    pub url: Secret,
}

/// `[landing]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// Folder of the artifacts as received.
    pub path: PathBuf,
}

/// `[confirmation]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// Days a post has to answer, after the day it was asked on.
    pub deadline_days: i64,
}

/// `[normalize]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalize {
    /// Which day an expiry means that names only a month.
    pub expiry_month: ExpiryMonth,
}

/// Which day 有效期至 2026年7月 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpiryMonth {
    /// 31 July.
    LastDay,
    /// 30 June.
    LastDayOfMonthBefore,
}

/// `[limits]`: beyond any of these a file is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of the artifact as received.
    pub artifact_bytes: u64,
    /// Sum of everything unpacked from it.
    pub expanded_bytes: u64,
    /// Size of one unpacked entry.
    pub entry_bytes: u64,
    /// Unpacked size against packed size.
    pub expansion_ratio: u64,
    /// Rows with a cell, per table.
    pub rows: u32,
    /// Columns per table.
    pub columns: u32,
    /// Cells with a value, over all tables of the artifact.
    pub cells: u64,
    /// Characters in one cell.
    pub cell_chars: u32,
    /// Memory of the process that reads.
    pub memory_bytes: u64,
    /// Seconds it may take.
    pub seconds: u64,
}

/// `[master]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    /// Folder of `customers.csv`, `products.csv`, `distributors.csv`, `aliases.csv`; any of them
    /// may be missing.
    pub path: PathBuf,
}

/// `[matching]`: only written down here; what the certificates say is known by `pipeline`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// Certificate of the rule classes of customers.
    pub customers: Option<Written<PathBuf>>,
    /// Certificate of the rule classes of products.
    pub products: Option<Written<PathBuf>>,
    /// Rule classes that may be accepted without a person.
    pub accept: Vec<Written<String>>,
}

/// A value with its line, for problems that only the stage it belongs to can find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// Line in the settings file, from 1.
    pub line: usize,
    /// The value.
    pub value: T,
}

/// `[vocabulary]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// Folder with files that replace built-in ones of the same name.
    pub path: Option<PathBuf>,
}

/// `[report]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Folder of the reports.
    pub path: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            company: Company {
                name: String::new(),
                lang: Lang::default(),
            },
            warehouse: Warehouse {
                url: Secret::plain("sqlite:warehouse.db"),
            },
            landing: Landing {
                path: "landing".into(),
            },
            period: PeriodRule::default(),
            windows: Windows::default(),
            confirmation: Confirmation { deadline_days: 3 },
            normalize: Normalize {
                expiry_month: ExpiryMonth::LastDay,
            },
            limits: Limits::default(),
            sources: vec![Source::folder("inbox", "inbox")],
            nightly: Nightly::default(),
            master: Master {
                path: "master".into(),
            },
            matching: Matching::default(),
            vocabulary: Vocabulary { path: None },
            report: Report {
                path: "reports".into(),
            },
            settlement: Settlement::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            artifact_bytes: 256 << 20,
            expanded_bytes: 1 << 30,
            entry_bytes: 512 << 20,
            expansion_ratio: 200,
            rows: 1_100_000,
            columns: 2_000,
            cells: 20_000_000,
            cell_chars: 32_767,
            memory_bytes: 2 << 30,
            seconds: 300,
        }
    }
}

impl Config {
    /// Reads the settings of a company folder. Secrets come from the environment or from files.
    pub fn load(dir: &Path) -> Result<Self, ConfigProblems> {
        Self::load_with(dir, &|name| std::env::var(name).ok())
    }

    /// Like [`Config::load`], with the environment given.
    pub fn load_with(
        dir: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigProblems> {
        let path = dir.join(FILE_NAME);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, dir, environment),
            Err(error) => Err(ConfigProblems::unreadable(&path, &error)),
        }
    }

    /// Reads settings from a text; `dir` is where secret files are looked for.
    pub fn parse(
        text: &str,
        dir: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigProblems> {
        let mut document = Document::parse(FILE_NAME, text);
        let default = Config::default();
        let config = Config {
            company: document.section("company", |section| Company {
                name: section.text("name", &default.company.name),
                lang: section.choice(
                    "lang",
                    default.company.lang,
                    &[("zh", Lang::Zh), ("en", Lang::En)],
                ),
            }),
            warehouse: document.section("warehouse", |section| Warehouse {
                url: warehouse_url(section, &default.warehouse.url, dir, environment),
            }),
            landing: document.section("landing", |section| Landing {
                path: section.path("path", &default.landing.path),
            }),
            period: document.section("period", |section| PeriodRule {
                cutoff_day: section.number("cutoff_day", default.period.cutoff_day, 1, 31),
            }),
            windows: document.section("windows", windows::read),
            confirmation: document.section("confirmation", |section| Confirmation {
                deadline_days: section.number(
                    "deadline_days",
                    default.confirmation.deadline_days,
                    0,
                    366,
                ),
            }),
            normalize: document.section("normalize", |section| Normalize {
                expiry_month: section.choice(
                    "expiry_month",
                    default.normalize.expiry_month,
                    &[
                        ("last_day", ExpiryMonth::LastDay),
                        (
                            "last_day_of_month_before",
                            ExpiryMonth::LastDayOfMonthBefore,
                        ),
                    ],
                ),
            }),
            limits: document.section("limits", |section| limits(section, &default.limits)),
            sources: source::read(&mut document, default.sources),
            nightly: document.section("nightly", nightly::read),
            master: document.section("master", |section| Master {
                path: section.path("path", &default.master.path),
            }),
            matching: document.section("matching", matching),
            vocabulary: document.section("vocabulary", |section| Vocabulary {
                path: section.optional_path("path"),
            }),
            report: document.section("report", |section| Report {
                path: section.path("path", &default.report.path),
            }),
            settlement: document.section("settlement", settlement::read),
        };
        document.finish().map(|()| config)
    }
}

/// The language a settings file asks for, as far as that can be told: also of a file with problems,
/// so that they are said in it.
pub fn lang_of(dir: &Path) -> Option<Lang> {
    let text = std::fs::read_to_string(dir.join(FILE_NAME)).ok()?;
    let (table, _) = toml::de::DeTable::parse_recoverable(&text);
    let company = table.get_ref().get("company")?.get_ref();
    company.get("lang")?.get_ref().as_str()?.parse().ok()
}

fn limits(section: &mut Section<'_>, default: &Limits) -> Limits {
    let most = u64::from(u32::MAX);
    let bytes = 1 << 50;
    Limits {
        artifact_bytes: section.number("artifact_bytes", default.artifact_bytes, 1, bytes),
        expanded_bytes: section.number("expanded_bytes", default.expanded_bytes, 1, bytes),
        entry_bytes: section.number("entry_bytes", default.entry_bytes, 1, bytes),
        expansion_ratio: section.number("expansion_ratio", default.expansion_ratio, 1, most),
        rows: section.number("rows", default.rows, 1, u32::MAX),
        columns: section.number("columns", default.columns, 1, u32::MAX),
        cells: section.number("cells", default.cells, 1, bytes),
        cell_chars: section.number("cell_chars", default.cell_chars, 1, u32::MAX),
        memory_bytes: section.number("memory_bytes", default.memory_bytes, 64 << 20, bytes),
        seconds: section.number("seconds", default.seconds, 1, 86_400),
    }
}

fn matching(section: &mut Section<'_>) -> Matching {
    let mut path = |key| {
        let (line, path) = section.optional_text(key)?;
        Some(Written {
            line,
            value: PathBuf::from(path),
        })
    };
    let (customers, products) = (path("customers"), path("products"));
    let accept: Vec<Written<String>> = section
        .texts("accept")
        .into_iter()
        .map(|(line, value)| Written { line, value })
        .collect();
    if let (None, None, Some(first)) = (&customers, &products, accept.first()) {
        section.problem(first.line, Sentence::new("settings_accept_uncertified"));
    }
    Matching {
        customers,
        products,
        accept,
    }
}

fn warehouse_url(
    section: &mut Section<'_>,
    default: &Secret,
    dir: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Secret {
    let Some((line, written)) = section.optional_text("url") else {
        return default.clone();
    };
    if secret::has_plain_password(&written) {
        section.problem(line, Sentence::new("settings_plain_password"));
        return default.clone();
    }
    match Secret::resolve(&written, dir, environment) {
        Ok(url) => {
            if !["sqlite:", "postgres:", "postgresql:"]
                .iter()
                .any(|scheme| url.expose().starts_with(scheme))
            {
                section.problem(line, Sentence::new("settings_unknown_engine"));
            }
            url
        }
        Err(found) => {
            section.problem(line, found);
            default.clone()
        }
    }
}
