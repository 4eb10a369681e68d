//! What commands share: the company opened, its warehouse connected, the lock, the clock, and who
//! is asking.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use channelflow_model::master::Distributor;
use channelflow_model::{Day, Lang, Sentence};
use channelflow_pipeline::clock::Clock;
use channelflow_pipeline::company::Company;
use channelflow_warehouse::{Engine, Mode, RunLock, Warehouse};

use crate::Format;
use crate::exit::{Locked, cannot, usage};

/// The arguments every command has.
#[derive(Debug, Clone)]
pub struct Context {
    /// Company folder.
    pub company: PathBuf,
    /// Language asked for.
    pub lang: Option<Lang>,
    /// How data is printed.
    pub format: Format,
}

/// An open company and warehouse.
pub struct Session {
    /// The company.
    pub company: Arc<Company>,
    /// Its warehouse, with its tables up to date.
    pub warehouse: Warehouse,
    /// Language of what people read.
    pub lang: Lang,
    /// How data is printed.
    pub format: Format,
    /// Now, ISO date and time with offset.
    pub at: String,
    /// Today.
    pub today: Day,
    /// Who is asking: the name of the account.
    pub who: String,
    lock: Option<File>,
    run_lock: Option<RunLock>,
}

impl Session {
    /// Opens the company for reading.
    pub async fn open(context: &Context) -> anyhow::Result<Self> {
        Session::connect(context, false).await
    }

    async fn connect(context: &Context, writes: bool) -> anyhow::Result<Self> {
        let company = open_company(context)?;
        let url = company.warehouse_url()?;
        let warehouse = Warehouse::open(&url).await?;
        // Whoever writes brings the tables up to date; so does the embedded warehouse, which has
        // nobody else to do it.
        let migrates = writes
            || warehouse.engine() == Engine::Sqlite
            || warehouse.schema_version().await? == 0;
        if migrates {
            warehouse.migrate().await?;
        } else {
            warehouse.check_schema().await?;
        }
        let (at, today) = now()?;
        Ok(Session {
            lang: company.lang,
            company: Arc::new(company),
            warehouse,
            format: context.format,
            at,
            today,
            who: who(),
            lock: None,
            run_lock: None,
        })
    }

    /// Opens the company for writing: nobody else may write at the same time.
    pub async fn open_locked(context: &Context) -> anyhow::Result<Self> {
        let company = open_company(context)?;
        let path = company.dir.join(".channelflow.lock");
        let file = File::create(&path).map_err(cannot("file_not_writable", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let held = Sentence::new("lock_held").fact("path", path.display());
                return Err(Locked(held).into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(cannot("file_not_writable", &path)(error).into());
            }
        }
        let mut session = Session::connect(context, true).await?;
        session.lock = Some(file);
        Ok(session)
    }

    /// Opens for a run: no other run may be at work on the warehouse, from whatever machine.
    pub async fn open_for_run(context: &Context, mode: Mode) -> anyhow::Result<Self> {
        let mut session = Session::open_for(context, mode).await?;
        if mode == Mode::Commit {
            session.run_lock = session.warehouse.lock_run().await?;
            if session.run_lock.is_none() {
                return Err(Locked(Sentence::new("run_lock_held")).into());
            }
        }
        Ok(session)
    }

    /// Opens for writing, or only for reading when nothing is to be stored.
    pub async fn open_for(context: &Context, mode: Mode) -> anyhow::Result<Self> {
        match mode {
            Mode::Commit => Session::open_locked(context).await,
            Mode::DryRun => Session::open(context).await,
        }
    }
}

impl Session {
    /// Refuses the id of a distributor that is not in the master data.
    pub async fn check_distributor(&self, named: Option<&str>) -> anyhow::Result<()> {
        let Some(named) = named else { return Ok(()) };
        let master = self.warehouse.master().await?;
        if master.distributors.iter().any(|known| known.id == named) {
            return Ok(());
        }
        Err(no_distributor(named, &master.distributors))
    }
}

/// How many distributors are offered when one is not known.
const OFFERED: usize = 20;

/// The answer to a distributor that is not in the master data.
pub fn no_distributor(named: &str, known: &[Distributor]) -> anyhow::Error {
    if known.is_empty() {
        return usage(Sentence::new("no_distributors").fact("named", named));
    }
    let mut offered: Vec<String> = known
        .iter()
        .take(OFFERED)
        .map(|known| format!("{} {}", known.id, known.name))
        .collect();
    if known.len() > OFFERED {
        offered.push("…".to_owned());
    }
    usage(
        Sentence::new("no_distributor")
            .fact("named", named)
            .fact("known", offered.join(", ")),
    )
}

/// `--dry-run` as a mode.
pub fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::DryRun } else { Mode::Commit }
}

/// Reads the settings of the company folder.
pub fn open_company(context: &Context) -> anyhow::Result<Company> {
    let settings = context.company.join("channelflow.toml");
    if !settings.is_file() {
        return Err(usage(
            Sentence::new("no_settings").fact("path", settings.display()),
        ));
    }
    let program = std::env::current_exe().context("the program's own path is not known")?;
    Company::open(&context.company, program, context.lang)
}

/// The clock; what stopped it for tests stops it here.
pub fn clock() -> Clock {
    Clock::new(std::env::var("CHANNELFLOW_NOW").ok())
}

/// Date and today of a clock.
pub fn on(clock: &Clock) -> anyhow::Result<(String, Day)> {
    let now = clock.now();
    let today = now
        .get(..10)
        .and_then(Day::from_iso)
        .ok_or_else(|| usage(Sentence::new("bad_now").fact("found", &now)))?;
    Ok((now, today))
}

/// Now and today. `CHANNELFLOW_NOW` (ISO date and time with offset) stops the clock, for tests.
pub fn now() -> anyhow::Result<(String, Day)> {
    on(&clock())
}

fn who() -> String {
    ["CHANNELFLOW_USER", "USER", "LOGNAME"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}
