//! Opening a warehouse, its tables and their version.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::database::Tx;
use crate::{Engine, Warehouse, WarehouseError, sql};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("./migrations/postgres");

/// How long a writer waits for another program's writer before it gives up.
const BUSY: Duration = Duration::from_secs(20);
/// How long a task waits for another task of the same program; loads take turns.
const TURN: Duration = Duration::from_hours(1);

/// Pages the journal of a SQLite file collects before they are folded in: 64 MB. A page that many
/// loads touch is folded in once, and the last connection folds in the rest. Every commit still
/// waits for the disk (`synchronous=FULL`): a place in the feed or a decision that was given out
/// must not be lost to a power cut.
const WAL_PAGES: &str = "16384";

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Sqlite {
        /// One connection: writers take turns inside the program.
        writer: SqlitePool,
        readers: SqlitePool,
        path: PathBuf,
    },
    Postgres(PgPool),
}

impl Warehouse {
    /// Connects. `sqlite:path/warehouse.db` (created when missing) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, WarehouseError> {
        let pools = if url.starts_with("sqlite:") {
            open_sqlite(url).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open_postgres(url).await?
        } else {
            return Err(bad_url(url));
        };
        Ok(Warehouse { pools })
    }

    /// Which database it is in.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Creates the tables or brings them up to date.
    pub async fn migrate(&self) -> Result<(), WarehouseError> {
        let found = self.schema_version().await?;
        let needed = newest(self.migrations());
        if found > needed {
            return Err(wrong_version(found, needed));
        }
        if found == needed {
            return self.build_folds().await;
        }
        match &self.pools {
            Pools::Sqlite { writer, path, .. } => {
                // SQLite's migrator has no lock of its own; the file lock keeps two programs that
                // start at once from creating the same tables twice.
                let lock = lock_file(path)?;
                let done = SQLITE_MIGRATIONS.run(writer).await;
                drop(lock);
                done?;
            }
            Pools::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        self.build_folds().await
    }

    /// Version of the tables; 0 for none.
    pub async fn schema_version(&self) -> Result<i64, WarehouseError> {
        let mut tx = self.read().await?;
        if tx.integer(&sql::SCHEMA_KNOWN, Vec::new()).await? == 0 {
            return Ok(0);
        }
        tx.integer(&sql::SCHEMA_VERSION, Vec::new()).await
    }

    /// Fails unless the tables have the version this program needs.
    pub async fn check_schema(&self) -> Result<(), WarehouseError> {
        let (found, needed) = (self.schema_version().await?, newest(self.migrations()));
        if found == needed {
            Ok(())
        } else {
            Err(wrong_version(found, needed))
        }
    }

    /// Closes every connection; a SQLite file folds its journal in.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    fn migrations(&self) -> &'static Migrator {
        match self.engine() {
            Engine::Sqlite => &SQLITE_MIGRATIONS,
            Engine::Postgres => &POSTGRES_MIGRATIONS,
        }
    }

    /// A transaction that writes. On SQLite it holds the write lock from its beginning.
    pub(crate) async fn write(&self) -> Result<Tx, WarehouseError> {
        let begun = match &self.pools {
            Pools::Sqlite { writer, .. } => {
                writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite)
            }
            Pools::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        };
        begun.map_err(|error| self.begin_failed(error))
    }

    /// A transaction that reads one consistent state.
    pub(crate) async fn read(&self) -> Result<Tx, WarehouseError> {
        let begun = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.begin().await.map(Tx::Sqlite),
            Pools::Postgres(pool) => pool
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
                .map(Tx::Postgres),
        };
        begun.map_err(|error| self.begin_failed(error))
    }

    fn begin_failed(&self, error: sqlx::Error) -> WarehouseError {
        match error {
            sqlx::Error::PoolTimedOut => WarehouseError::LockedByAnother,
            sqlx::Error::Io(_) => WarehouseError::Unreachable {
                url: self.address(),
                cause: error.to_string(),
            },
            error => WarehouseError::from_sqlx("begin", error),
        }
    }

    /// Where the warehouse is, without a password.
    pub fn address(&self) -> String {
        match &self.pools {
            Pools::Sqlite { path, .. } => format!("sqlite:{}", path.display()),
            Pools::Postgres(pool) => {
                let options = pool.connect_options();
                format!(
                    "postgres://{}@{}/{}",
                    options.get_username(),
                    options.get_host(),
                    options.get_database().unwrap_or_default()
                )
            }
        }
    }
}

async fn open_sqlite(url: &str) -> Result<Pools, WarehouseError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| bad_url(url))?;
    let path = options.get_filename().to_path_buf();
    if path.as_os_str().is_empty() || url.contains(":memory:") {
        return Err(bad_url(url));
    }
    let options = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .pragma("cache_size", "-65536")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("temp_store", "memory")
        // Rows cross a thread; a longer queue means fewer waits when a million are read.
        .row_buffer_size(2048)
        // Every insert in every size it is made in, and all the other statements.
        .statement_cache_capacity(512);
    let unreachable = |error: sqlx::Error| match WarehouseError::from_sqlx("open", error) {
        WarehouseError::Refused { source, .. } => WarehouseError::Unreachable {
            url: url.to_owned(),
            cause: source.to_string(),
        },
        known => known,
    };
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        // A file does not hang up.
        .test_before_acquire(false)
        .acquire_timeout(TURN)
        .connect_with(options.clone())
        .await
        .map_err(unreachable)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false)
        .acquire_timeout(TURN)
        .connect_lazy_with(options);
    Ok(Pools::Sqlite {
        writer,
        readers,
        path,
    })
}

async fn open_postgres(url: &str) -> Result<Pools, WarehouseError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| bad_url(url))?;
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options)
        .await
        .map_err(|error| WarehouseError::Unreachable {
            url: without_password(url),
            cause: error.to_string(),
        })?;
    Ok(Pools::Postgres(pool))
}

fn newest(migrations: &Migrator) -> i64 {
    migrations
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

fn wrong_version(found: i64, needed: i64) -> WarehouseError {
    WarehouseError::WrongSchemaVersion { found, needed }
}

fn bad_url(url: &str) -> WarehouseError {
    WarehouseError::BadUrl {
        url: without_password(url),
    }
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let Some((login, place)) = rest.split_once('@') else {
        return url.to_owned();
    };
    let user = login.split_once(':').map_or(login, |(user, _)| user);
    format!("{scheme}://{user}@{place}")
}

fn lock_file(path: &Path) -> Result<std::fs::File, WarehouseError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".migrate-lock");
    let locked = || {
        let file = std::fs::File::create(&name)?;
        file.lock()?;
        Ok(file)
    };
    locked().map_err(|error: std::io::Error| WarehouseError::ReadOnly {
        cause: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://ann:secret@db/flow", "postgres://ann@db/flow"),
            ("postgres://ann@db/flow", "postgres://ann@db/flow"),
            ("mysql://db", "mysql://db"),
            ("warehouse.db", "warehouse.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
