//! One file per command; this one lists them all.

mod achieve;
mod alias;
mod appeal;
mod area;
mod attribution;
mod completeness;
mod completions;
mod config;
mod confirm;
mod doctor;
mod explain;
mod export;
mod feed;
mod group;
mod held;
mod init;
mod layout;
mod load;
mod master;
mod match_names;
mod org;
mod payment;
mod period;
mod policy;
mod price;
mod review;
mod run;
mod runs;
mod serve;
mod settings;
mod settings_import;
mod settle;
mod shipment;
mod source;
mod statement;
mod submission;
mod target;
mod tier;
mod warnings;

use clap::Subcommand;

use crate::Cli;
use crate::exit::Exit;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a company folder with settings, master data templates and an inbox
    Init(init::Arguments),
    /// Collect, read, load and report everything new (the nightly job)
    Run(run::Arguments),
    /// Run every night at its time, without cron
    Serve(serve::Arguments),
    /// Runs: list, show (运行记录)
    #[command(subcommand)]
    Runs(runs::Command),
    /// Where data comes from (来源): list with heartbeat, probe, learn
    #[command(subcommand)]
    Source(source::Command),
    /// What came of what was expected: 上传率, 及时率, 直连率, 覆盖率; letters to the late
    Completeness(completeness::Arguments),
    /// Say what loading a file would do, and store nothing
    Try(load::TryArguments),
    /// Load files now
    Load(load::LoadArguments),
    /// Deliveries: list, show, undo
    #[command(subcommand)]
    Submission(submission::Command),
    /// Rows kept out of results: list, export
    #[command(subcommand)]
    Held(held::Command),
    /// Names that wait for a person: decide in the terminal, as a list, in Excel (审核)
    Review(Box<review::Arguments>),
    /// What reported names stand for (异名): import, export, set, take back
    #[command(subcommand)]
    Alias(alias::Command),
    /// Customers, products, distributors: import; new ones that reviewers asked for
    #[command(subcommand)]
    Master(master::Command),
    /// Rebate policies (返利政策): import, list, show, check
    #[command(subcommand)]
    Policy(policy::Command),
    /// What to act on: policies that end, statements that wait, tiers within reach (预警)
    Warnings,
    /// The organisation and who holds its posts (组织、岗位任职): import, show
    #[command(subcommand)]
    Org(org::Command),
    /// Product groups (品种): import
    #[command(subcommand)]
    Group(group::Command),
    /// Who is credited for which customer (客户分管): import, check
    #[command(subcommand)]
    Attribution(attribution::Command),
    /// Assessed prices (考核价): import, list
    #[command(subcommand)]
    Price(price::Command),
    /// What units and distributors are to reach (指标): import, list
    #[command(subcommand)]
    Target(target::Command),
    /// Tiers of distributors for a time (经销商层级): import
    #[command(subcommand)]
    Tier(tier::Command),
    /// Where distributors may sell (授权区域): import
    #[command(subcommand)]
    Area(area::Command),
    /// Shipments of the manufacturer (发货): import
    #[command(subcommand)]
    Shipment(shipment::Command),
    /// Payments of distributors (回款): import
    #[command(subcommand)]
    Payment(payment::Command),
    /// What settlement is computed from, as versions
    #[command(subcommand)]
    Settings(settings::Command),
    /// Resolve names against a master file: candidates, decision, why; no company folder needed
    Match(Box<match_names::Arguments>),
    /// How distributors arrange their sheets: list, show, accept, edit
    #[command(subcommand)]
    Layout(layout::Command),
    /// What is to count differently (申诉): file, decide, list, show
    #[command(subcommand)]
    Appeal(appeal::Command),
    /// Whether posts agree with their sales of a month (销量确认)
    Confirm(confirm::Arguments),
    /// Accounting months and their windows (窗口): list, close, reopen, windows
    #[command(subcommand)]
    Period(period::Command),
    /// What was sold of what was asked for (指标达成)
    Achieve(achieve::Arguments),
    /// Statements of a month for everybody who earned a rebate (返利结算)
    Settle(settle::Arguments),
    /// Statements (返利单): list, show, export, confirm, pay, reverse, verify
    #[command(subcommand)]
    Statement(statement::Command),
    /// From a line back to its original cells
    Explain(explain::Arguments),
    /// Write flow records to CSV, Parquet or Excel
    Export(export::Arguments),
    /// Every change since a cursor, as NDJSON for the CRM
    Feed(feed::Arguments),
    /// Check the settings
    #[command(subcommand)]
    Config(config::Command),
    /// Check settings, folders and warehouse, and say what to do
    Doctor(doctor::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Read one file and write its raw tables to stdout (used by the program itself)
    #[command(hide = true)]
    ReadChild {
        /// The file
        path: std::path::PathBuf,
        /// Limits as JSON
        limits: String,
    },
}

/// Carries a command out.
pub async fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    let Cli {
        company,
        lang,
        format,
        command,
    } = cli;
    let context = crate::session::Context {
        company,
        lang,
        format,
    };
    match command {
        Command::Init(arguments) => init::execute(&context, &arguments),
        Command::Run(arguments) => run::execute(&context, &arguments).await,
        Command::Serve(arguments) => serve::execute(&context, &arguments).await,
        Command::Runs(command) => runs::execute(&context, &command).await,
        Command::Source(command) => source::execute(&context, &command).await,
        Command::Completeness(arguments) => completeness::execute(&context, &arguments).await,
        Command::Try(arguments) => load::execute_try(&context, &arguments).await,
        Command::Load(arguments) => load::execute(&context, &arguments).await,
        Command::Submission(command) => submission::execute(&context, &command).await,
        Command::Held(command) => held::execute(&context, &command).await,
        Command::Review(arguments) => review::execute(&context, &arguments).await,
        Command::Alias(command) => alias::execute(&context, &command).await,
        Command::Master(command) => master::execute(&context, &command).await,
        Command::Policy(command) => policy::execute(&context, &command).await,
        Command::Warnings => warnings::execute(&context).await,
        Command::Org(command) => org::execute(&context, &command).await,
        Command::Group(command) => group::execute(&context, &command).await,
        Command::Attribution(command) => attribution::execute(&context, &command).await,
        Command::Price(command) => price::execute(&context, &command).await,
        Command::Target(command) => target::execute(&context, &command).await,
        Command::Tier(command) => tier::execute(&context, &command).await,
        Command::Area(command) => area::execute(&context, &command).await,
        Command::Shipment(command) => shipment::execute(&context, &command).await,
        Command::Payment(command) => payment::execute(&context, &command).await,
        Command::Settings(command) => settings::execute(&context, &command).await,
        Command::Match(arguments) => match_names::execute(&context, &arguments),
        Command::Layout(command) => layout::execute(&context, &command).await,
        Command::Appeal(command) => appeal::execute(&context, &command).await,
        Command::Confirm(arguments) => confirm::execute(&context, &arguments).await,
        Command::Period(command) => period::execute(&context, &command).await,
        Command::Achieve(arguments) => achieve::execute(&context, &arguments).await,
        Command::Settle(arguments) => settle::execute(&context, &arguments).await,
        Command::Statement(command) => statement::execute(&context, &command).await,
        Command::Explain(arguments) => explain::execute(&context, &arguments).await,
        Command::Export(arguments) => export::execute(&context, &arguments).await,
        Command::Feed(arguments) => feed::execute(&context, &arguments).await,
        Command::Config(command) => config::execute(&context, &command),
        Command::Doctor(arguments) => doctor::execute(&context, &arguments).await,
        Command::Completions(arguments) => completions::execute(&arguments),
        // Answered in `main` before anything else is set up.
        Command::ReadChild { .. } => Ok(Exit::Usage),
    }
}
