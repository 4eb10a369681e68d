//! `channelflow review`: names that wait for a person, one at a time in the terminal, as a list,
//! or through an Excel workbook. What a decision does stands in `pipeline`.

mod audit;
mod decide;
mod import;
mod list;
pub mod proposals;
mod screen;
mod show;
mod terminal;
mod words;
mod workbook;

use std::path::PathBuf;

use channelflow_model::Sentence;
use channelflow_model::master::{AliasKind, MasterData};
use channelflow_pipeline::review::{NameFilter, WaitingName, waiting_names};
use channelflow_pipeline::review_candidates::Finder;
use channelflow_pipeline::review_decide::Who;
use channelflow_warehouse::AliasFilter;
use clap::{Args, Subcommand, ValueEnum};

use crate::exit::{Exit, usage};
use crate::session::{Context, Session};

/// Arguments of `review`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Names that wait, most yuan first, with the best candidate of each
    List {
        #[command(flatten)]
        which: Which,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One name: every candidate, the evidence part by part, its rows
    Show {
        /// Key of the name, as `review list` shows it
        key: String,
    },
    /// Decide one name
    Decide(decide::Arguments),
    /// What was decided: by whom, when, with the numbers that `review undo` takes
    Decisions,
    /// Take a decision back; without a number your last one
    Undo {
        /// Number of the decision
        decision: Option<i64>,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Automatic decisions drawn by chance, to be judged by a person
    Audit(audit::Arguments),
    /// Write the names into an Excel workbook to decide there
    Export {
        /// Workbook to write (.xlsx)
        file: PathBuf,
        #[command(flatten)]
        which: Which,
    },
    /// Carry out what was decided in a workbook; validated whole
    Import {
        /// The workbook
        file: PathBuf,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which names.
#[derive(Debug, Clone, Args)]
struct Which {
    /// Only customers or products
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only of this distributor
    #[arg(long, short)]
    distributor: Option<String>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Customers (客户)
    Customer,
    /// Products (产品)
    Product,
}

impl From<Kind> for AliasKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Customer => AliasKind::Customer,
            Kind::Product => AliasKind::Product,
        }
    }
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        None => terminal::execute(context, &arguments.which).await,
        Some(Command::List { which, limit }) => list::execute(context, which, *limit).await,
        Some(Command::Show { key }) => show::execute(context, key).await,
        Some(Command::Decide(arguments)) => decide::execute(context, arguments).await,
        Some(Command::Decisions) => decide::decisions(context).await,
        Some(Command::Undo { decision, dry_run }) => {
            decide::undo(context, *decision, *dry_run).await
        }
        Some(Command::Audit(arguments)) => audit::execute(context, arguments).await,
        Some(Command::Export { file, which }) => workbook::execute(context, file, which).await,
        Some(Command::Import { file, dry_run }) => import::execute(context, file, *dry_run).await,
    }
}

/// An open company with its queue.
struct Desk {
    session: Session,
    filter: NameFilter,
    master: MasterData,
    names: Vec<WaitingName>,
}

impl Desk {
    async fn open(session: Session, which: Option<&Which>) -> anyhow::Result<Self> {
        let distributor_id = which.and_then(|which| which.distributor.clone());
        session.check_distributor(distributor_id.as_deref()).await?;
        let filter = NameFilter {
            kind: which.and_then(|which| which.kind).map(AliasKind::from),
            distributor_id,
        };
        let master = session.warehouse.master().await?;
        let names = waiting_names(&session.warehouse, &master, &filter).await?;
        Ok(Desk {
            session,
            filter,
            master,
            names,
        })
    }

    /// Reads anew what a decision changes.
    async fn refresh(&mut self) -> anyhow::Result<()> {
        let warehouse = &self.session.warehouse;
        self.master.aliases = warehouse.aliases(&AliasFilter::default()).await?;
        self.names = waiting_names(warehouse, &self.master, &self.filter).await?;
        Ok(())
    }

    /// The matcher for the kinds that wait.
    fn finder(&self, names: &[WaitingName]) -> Finder {
        let kinds = [AliasKind::Customer, AliasKind::Product]
            .into_iter()
            .filter(|kind| names.iter().any(|name| name.kind == *kind));
        let kinds: Vec<AliasKind> = kinds.collect();
        Finder::new(&self.master, &kinds, self.session.lang)
    }

    /// The name with this key and its candidates.
    fn name(&self, key: &str) -> anyhow::Result<WaitingName> {
        let found = self.names.iter().find(|name| name.key == key);
        let Some(name) = found else {
            return Err(usage(Sentence::new("review_no_name").fact("key", key)));
        };
        let mut name = name.clone();
        self.finder(std::slice::from_ref(&name)).fill(&mut name);
        Ok(name)
    }
}

fn who(session: &Session) -> Who<'_> {
    Who {
        name: &session.who,
        at: &session.at,
    }
}
