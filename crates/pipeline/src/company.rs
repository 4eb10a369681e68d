//! A company folder opened for work: settings, vocabulary, limits, and where things lie.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use channelflow_config::{Config, ExpiryMonth};
use channelflow_model::window::Schedule;
use channelflow_model::{Lang, PeriodRule};
use channelflow_normalize::{Settings, Vocabulary};
use channelflow_read::Limits;

use crate::rules::Rules;

/// Everything a command needs to know about the company it works for.
pub struct Company {
    /// The folder.
    pub dir: PathBuf,
    /// Its settings.
    pub config: Config,
    /// The program that reads files in a child process: this one.
    pub program: PathBuf,
    /// Words of headers, units, document types.
    pub vocabulary: Vocabulary,
    /// How dates and the like are read.
    pub normalize: Settings,
    /// The company's own choices about reading as one text: another one may read other lines.
    pub reading: String,
    /// What may be decided about names without a person.
    pub rules: Rules,
    /// Limits for reading.
    pub limits: Limits,
    /// Which accounting month a day belongs to.
    pub period_rule: PeriodRule,
    /// Language of what people read.
    pub lang: Lang,
}

impl Company {
    /// Reads the settings of the folder. `lang` overrules theirs.
    pub fn open(dir: &Path, program: PathBuf, lang: Option<Lang>) -> anyhow::Result<Self> {
        let config = Config::load(dir)?;
        let rules = Rules::open(dir, &config.matching)?;
        let (vocabulary, words) = match &config.vocabulary.path {
            None => (Vocabulary::builtin(), Vec::new()),
            Some(path) => read_vocabulary(&dir.join(path))?,
        };
        let normalize = Settings {
            expiry_month: match config.normalize.expiry_month {
                ExpiryMonth::LastDay => channelflow_normalize::ExpiryMonth::LastDay,
                ExpiryMonth::LastDayOfMonthBefore => {
                    channelflow_normalize::ExpiryMonth::LastDayOfMonthBefore
                }
            },
        };
        Ok(Company {
            dir: dir.to_owned(),
            limits: limits(&config.limits),
            period_rule: config.period,
            lang: lang.unwrap_or(config.company.lang),
            config,
            rules,
            program,
            vocabulary,
            reading: format!("{normalize:?} {words:?}"),
            normalize,
        })
    }

    /// The company's windows, laid out in days.
    pub fn schedule(&self) -> Schedule {
        Schedule {
            rule: self.period_rule,
            windows: self.config.windows,
        }
    }

    /// A path of the settings: relative ones belong to the company folder.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.dir.join(path)
    }

    /// The warehouse's address with its file made relative to the company folder.
    pub fn warehouse_url(&self) -> anyhow::Result<String> {
        let url = self.config.warehouse.url.expose();
        match url.strip_prefix("sqlite:") {
            None => Ok(url.to_owned()),
            Some(file) => {
                let path = self.dir.join(file.trim_start_matches("//"));
                let path = path.to_str().context("the warehouse path is not Unicode")?;
                Ok(format!("sqlite:{path}"))
            }
        }
    }
}

fn limits(config: &channelflow_config::Limits) -> Limits {
    Limits {
        artifact_bytes: config.artifact_bytes,
        expanded_bytes: config.expanded_bytes,
        entry_bytes: config.entry_bytes,
        expansion_ratio: config.expansion_ratio,
        rows: config.rows,
        columns: config.columns,
        cells: config.cells,
        cell_chars: config.cell_chars,
        memory_bytes: config.memory_bytes,
        seconds: config.seconds,
    }
}

/// The vocabulary with the files in this folder, and those files (name and text).
fn read_vocabulary(folder: &Path) -> anyhow::Result<(Vocabulary, Vec<(String, String)>)> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| {
        format!(
            "the vocabulary folder `{}` cannot be read",
            folder.display()
        )
    })?;
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("`{}` cannot be read", path.display()))?;
            files.push((name, text));
        }
    }
    files.sort();
    let texts: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    match Vocabulary::from_texts(&texts) {
        Ok(vocabulary) => Ok((vocabulary, files)),
        Err(problems) => {
            let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
            bail!("the vocabulary has problems:\n{}", shown.join("\n"))
        }
    }
}
