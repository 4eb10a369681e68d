//! Every SQL statement of the warehouse by name; the texts are the files under `queries/`.
//!
//! One text serves both engines. Where it cannot, `.postgres.sql` stands beside it.

use crate::Engine;

/// A statement under `queries/`.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Its file, without the ending.
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Statement {
    /// The text for an engine.
    pub(crate) fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

macro_rules! text {
    ($name:literal) => {
        include_str!(concat!("../queries/", $name, ".sql"))
    };
    ($name:literal, postgres) => {
        include_str!(concat!("../queries/", $name, ".postgres.sql"))
    };
}

macro_rules! statements {
    ($($constant:ident = $name:literal $(, $own:ident)?;)*) => {
        $(pub(crate) static $constant: Statement = Statement {
            name: $name,
            sqlite: text!($name),
            postgres: text!($name $(, $own)?),
        };)*

        /// Every statement, for the test that prepares them all.
        #[cfg(test)]
        pub(crate) static ALL: &[&Statement] = &[$(&$constant,)*];
    };
}

statements! {
    SCHEMA_KNOWN = "schema/known", postgres;
    SCHEMA_VERSION = "schema/version";
    INSERT_RUN = "run/insert";
    FINISH_RUN = "run/finish";
    SELECT_RUNS = "run/select";
    INSERT_SUBMISSION = "submission/insert";
    COMPLETE_SUBMISSION = "submission/complete";
    SET_SUBMISSION_STATE = "submission/set_state";
    FIND_ARTIFACT = "submission/find_artifact";
    SELECT_SUBMISSION = "submission/select_one";
    SELECT_SUBMISSIONS = "submission/select";
    INSERT_SHEET = "submission/insert_sheet";
    SELECT_SHEETS = "submission/select_sheets";
    INSERT_RANGE = "submission/insert_range";
    INSERT_CONTENT = "submission/insert_content";
    SELECT_CONTENTS = "submission/select_contents";
    STILL_STANDS = "submission/still_stands";
    UPSERT_COLLECTED = "submission/upsert_collected";
    SELECT_COLLECTED = "submission/select_collected";
    UPSERT_CURSOR = "source/upsert_cursor";
    SELECT_CURSORS = "source/select_cursors";
    UPSERT_SOURCE_RECORD = "source/upsert_record";
    SELECT_SOURCE_RECORDS = "source/select_records";
    BEGIN_VISIT = "source/begin_visit";
    FINISH_VISIT = "source/finish_visit";
    SELECT_VISITS = "source/select_visits";
    SELECT_RECEIPTS = "source/receipts";
    TAKE_TURN = "load/take_turn";
    SELECT_LOADERS = "load/distributors";
    INSERT_LOAD = "load/insert";
    INSERT_LOAD_DAY = "load/insert_day";
    INSERT_LOAD_MONTH = "load/insert_month";
    TICK_FEED = "load/tick_feed";
    SET_LOAD_SEQ = "load/set_seq";
    SELECT_LOAD = "load/select_one";
    INSERT_PARTY = "reported/insert_party";
    SELECT_PARTY = "reported/select_party", postgres;
    INSERT_PRODUCT = "reported/insert_product";
    SELECT_PRODUCT = "reported/select_product", postgres;
    INSERT_LOT = "reported/insert_lot";
    SELECT_LOT = "reported/select_lot", postgres;
    INSERT_CONTEXT = "reported/insert_context";
    SELECT_CONTEXT = "reported/select_context", postgres;
    INSERT_LINE = "line/insert";
    COPY_LINE = "line/copy", postgres;
    CLOSE_LINES = "line/close", postgres;
    REVERSE_LINES = "line/reverse", postgres;
    SELECT_LINES = "line/select", postgres;
    SELECT_STANDING = "line/select_standing", postgres;
    SELECT_WAITING = "line/select_waiting";
    SELECT_CURRENT = "line/select_current";
    FIND_LINE = "line/find";
    SELECT_DETAIL = "line/detail";
    SELECT_SUCCESSORS = "line/successors";
    EXPORT_LINES = "line/export";
    SELECT_SNAPSHOTS = "day/select_snapshots";
    SELECT_DAY_LINES = "day/select_lines", postgres;
    UPSERT_SNAPSHOT = "day/upsert_snapshot";
    UPSERT_DAY_LINES = "day/upsert_lines";
    CONFIRM_SNAPSHOT = "day/confirm", postgres;
    DELETE_SNAPSHOT = "day/delete_snapshot";
    DELETE_DAY_LINES = "day/delete_lines";
    SELECT_DELIVERED = "day/delivered";
    SELECT_RANGES = "day/ranges";
    SELECT_STRAYS = "day/strays";
    SELECT_STRAY_DAYS = "day/stray_days";
    SELECT_TOUCHED_FOLDS = "fold/select_touched", postgres;
    SELECT_FOLDS = "fold/select";
    SELECT_FOLDS_OF = "fold/select_of", postgres;
    LOCK_FOLDS = "fold/lock", postgres;
    FOLD_HEADS = "fold/heads";
    SELECT_ALL_FOLDS = "fold/all";
    UPSERT_FOLD = "fold/upsert";
    DELETE_FOLD = "fold/delete";
    FOLD_LINES = "fold/lines";
    FOLDS_UNBUILT = "fold/unbuilt";
    INSERT_SETTLEMENT = "settlement/insert";
    SELECT_SETTLEMENT = "settlement/select_one";
    LATEST_SETTLEMENT = "settlement/latest";
    ACCEPTED_SALES = "settlement/accepted";
    HELD_SALES = "settlement/held";
    SELECT_RETURNS = "returns/select";
    SELECT_RETURN_SALES = "returns/sales", postgres;
    FIRST_REPORTS = "settlement/first_reports";
    FOLDS_KNOWN_SINCE = "fold/known_since";
    NEWEST_LOAD = "settlement/newest_load";
    INSERT_STATEMENT = "statement/insert";
    SELECT_STATEMENTS = "statement/select";
    SELECT_STATEMENT = "statement/select_one";
    STATEMENT_BY_NUMBER = "statement/by_number";
    COUNT_STATEMENTS = "statement/count";
    STATEMENTS_OF_SETTLEMENT = "statement/of_settlement";
    SET_STATEMENT_STATES = "statement/set_states", postgres;
    INSERT_STATEMENT_EVENTS = "statement/insert_events", postgres;
    FIRST_STATEMENT_EVENTS = "statement/first_events";
    SELECT_STATEMENT_EVENTS = "statement/select_events";
    INSERT_STATEMENT_PART = "statement/insert_part";
    SELECT_STATEMENT_PARTS = "statement/select_parts";
    INSERT_STATEMENT_LINE = "statement/insert_line";
    SELECT_STATEMENT_LINES = "statement/select_lines";
    SELECT_STATED = "statement/stated";
    SELECT_STATED_REWARDS = "statement/stated_rewards";
    SELECT_USED_POLICIES = "statement/used_policies";
    DELETE_ACHIEVEMENT = "achievement/delete";
    INSERT_ACHIEVEMENT = "achievement/insert";
    UNDO_DAYS = "undo/days";
    UNDO_LINES = "undo/lines";
    UNDO_PREVIOUS = "undo/previous";
    SELECT_PERIODS = "period/select";
    CLOSED_PERIODS = "period/closed";
    KNOW_PERIOD = "period/know";
    SET_PERIOD = "period/set";
    PERIOD_HAS_LINES = "period/has_lines";
    INSERT_APPEAL = "appeal/insert";
    NEXT_APPEAL_ID = "appeal/next_id";
    APPEAL_TARGETS_KNOWN = "appeal/known";
    INSERT_APPEAL_DECISION = "appeal/insert_decision";
    INSERT_APPEAL_ROW = "appeal/insert_row";
    SELECT_APPEALS = "appeal/select";
    SELECT_APPEAL_HISTORY = "appeal/history";
    SELECT_APPEAL_ROWS = "appeal/rows", postgres;
    INSERT_CONFIRMATION = "confirmation/insert";
    SELECT_CONFIRMATIONS = "confirmation/select";
    INSERT_WINDOW = "window/insert";
    SELECT_WINDOWS = "window/select";
    SHARE_PERIODS = "period/share", postgres;
    LOCK_PERIODS = "period/lock", postgres;
    LOCK_ALIASES = "alias/lock", postgres;
    INSERT_ALIAS = "alias/insert";
    NEXT_ALIAS_ID = "alias/next_id";
    TAKE_BACK_ALIAS = "alias/take_back";
    SELECT_ALIASES = "alias/select";
    SELECT_ALIASES_BY_ID = "alias/select_by_id", postgres;
    REVIEW_WAITING = "review/waiting";
    REVIEW_LINES = "review/lines", postgres;
    REVIEW_PARTIES = "review/parties";
    REVIEW_PRODUCTS = "review/products";
    REVIEW_STANDING = "review/standing", postgres;
    NEXT_DECISION_ID = "review/next_id";
    INSERT_DECISION = "review/insert";
    INSERT_CANNOT_LINK = "review/insert_cannot_link";
    INSERT_PROPOSAL = "review/insert_proposal";
    TAKE_BACK_DECISION = "review/take_back";
    SELECT_DECISIONS = "review/select";
    SELECT_CANNOT_LINKS = "review/select_cannot_links";
    SELECT_JUDGEMENTS = "audit/select";
    NEXT_JUDGEMENT_ID = "audit/next_id";
    INSERT_JUDGEMENT = "audit/insert";
    UPSERT_LAYOUT = "layout/upsert";
    SET_LAYOUT_STATE = "layout/set_state";
    SELECT_LAYOUTS = "layout/select";
    UPSERT_CUSTOMER = "master/upsert_customer";
    SELECT_CUSTOMERS = "master/select_customers";
    SELECT_BUYERS = "master/select_buyers";
    UPSERT_PRODUCT = "master/upsert_product";
    SELECT_PRODUCTS = "master/select_products";
    UPSERT_DISTRIBUTOR = "master/upsert_distributor";
    SELECT_DISTRIBUTORS = "master/select_distributors";
    TICK_MASTER = "master/tick";
    MASTER_VERSION = "master/version";
    LOCK_RECORDS = "record/lock", postgres;
    SETTINGS_VERSION = "record/version";
    SELECT_VERSIONS = "record/versions";
    INSERT_VERSION = "record/insert_version";
    INSERT_RECORD = "record/insert";
    CLOSE_RECORDS = "record/close", postgres;
    SELECT_RECORDS = "record/select_current";
    SELECT_RECORDS_BY_KEY = "record/select_keys", postgres;
    READ_RECORDS = "record/read_current";
    READ_RECORDS_AS_OF = "record/read_as_of";
    READ_RECORDS_OF_DAYS = "record/read_days";
    READ_OWNED_RECORDS = "record/read_owned", postgres;
    READ_DISTRIBUTOR_TARGETS = "record/read_targets";
    READ_TARGETS_OF = "record/read_targets_of", postgres;
    TARGETS_WITH_IMPORT = "record/targets_with_import";
    RECORDS_TOUCHED = "record/touched", postgres;
    SHIPPED = "record/shipped", postgres;
    SELECT_RECORDS_EVER = "record/select_ever";
    COUNT_HELD = "held/count";
    HELD_SUMMARY = "held/summary";
    HELD_LINES = "held/lines";
    FEED_CLOCK = "feed/clock";
    FEED_LOADS = "feed/loads";
    FEED_DAYS = "feed/days";
    FEED_LINES = "feed/lines";
    VERIFY_LINES = "verify/lines";
    VERIFY_SNAPSHOTS = "verify/snapshots";
    VERIFY_UNPAIRED_DAYS = "verify/unpaired_days";
    VERIFY_LOST_TEXTS = "verify/lost_texts";
    VERIFY_LONE_REVERSALS = "verify/lone_reversals";
    VERIFY_ORPHAN_REVERSALS = "verify/orphan_reversals";
    VERIFY_LOAD_MONTHS = "verify/load_months";
    VERIFY_FEED_COUNTS = "verify/feed_counts";
    VERIFY_DEAD_ALIASES = "verify/dead_aliases";
    VERIFY_UNBALANCED_APPEALS = "verify/unbalanced_appeals";
    VERIFY_INTEGRITY = "verify/integrity", postgres;
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgPool;
    use sqlx::{Executor, SqlStr};

    use super::ALL;
    use crate::Warehouse;

    #[tokio::test]
    async fn sqlite_prepares_every_statement() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("warehouse.db").display());
        let warehouse = Warehouse::open(&url).await.unwrap();
        warehouse.migrate().await.unwrap();
        let crate::connect::Pools::Sqlite { writer, .. } = &warehouse.pools else {
            panic!("not SQLite");
        };
        for statement in ALL {
            let prepared = writer.prepare(SqlStr::from_static(statement.sqlite)).await;
            assert!(prepared.is_ok(), "{}: {:?}", statement.name, prepared.err());
        }
    }

    #[tokio::test]
    async fn postgres_prepares_every_statement() {
        let server = std::env::var("CHANNELFLOW_TEST_POSTGRES")
            .expect("no PostgreSQL to test on; run `eval \"$(scripts/services start)\"`");
        let database = format!("statements_{}", std::process::id());
        let admin = PgPool::connect(&server).await.unwrap();
        admin
            .execute(crate::database::assembled(format!(
                "CREATE DATABASE {database}"
            )))
            .await
            .unwrap();
        let (host, _) = server.rsplit_once('/').unwrap();
        let warehouse = Warehouse::open(&format!("{host}/{database}"))
            .await
            .unwrap();
        warehouse.migrate().await.unwrap();
        let crate::connect::Pools::Postgres(pool) = &warehouse.pools else {
            panic!("not PostgreSQL");
        };
        for statement in ALL {
            let prepared = pool.prepare(SqlStr::from_static(statement.postgres)).await;
            assert!(prepared.is_ok(), "{}: {:?}", statement.name, prepared.err());
        }
        warehouse.close().await;
        admin
            .execute(crate::database::assembled(format!(
                "DROP DATABASE {database}"
            )))
            .await
            .unwrap();
    }
}
