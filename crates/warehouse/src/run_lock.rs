//! One run at a time, whatever machine or folder it was started from: the lock lies with the
//! warehouse and ends with the process that holds it.

use std::fs::{File, TryLockError};

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::connect::Pools;
use crate::{Warehouse, WarehouseError};

/// Key of the lock on a server: the letters `chnlflow` as a number.
const KEY: i64 = 0x6368_6e6c_666c_6f77;

/// Held while a run is at work; dropped, another may begin.
#[derive(Debug)]
pub struct RunLock {
    _held: Held,
}

#[derive(Debug)]
enum Held {
    #[expect(dead_code, reason = "it is held, not read")]
    File(File),
    #[expect(dead_code, reason = "it is held, not read")]
    Session(Box<PgConnection>),
}

impl Warehouse {
    /// Takes the lock of runs; `None` when another run holds it.
    pub async fn lock_run(&self) -> Result<Option<RunLock>, WarehouseError> {
        let held = match &self.pools {
            Pools::Sqlite { path, .. } => {
                let mut name = path.as_os_str().to_owned();
                name.push(".run-lock");
                let read_only = |error: std::io::Error| WarehouseError::ReadOnly {
                    cause: error.to_string(),
                };
                let file = File::create(name).map_err(read_only)?;
                match file.try_lock() {
                    Ok(()) => Held::File(file),
                    Err(TryLockError::WouldBlock) => return Ok(None),
                    Err(TryLockError::Error(error)) => return Err(read_only(error)),
                }
            }
            Pools::Postgres(pool) => {
                // A connection of its own: the lock lives as long as it does.
                let options = pool.connect_options();
                let failed = |error| WarehouseError::from_sqlx("lock of runs", error);
                let mut session = PgConnection::connect_with(&options).await.map_err(failed)?;
                let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                    .bind(KEY)
                    .fetch_one(&mut session)
                    .await
                    .map_err(failed)?;
                if !taken {
                    return Ok(None);
                }
                Held::Session(Box::new(session))
            }
        };
        Ok(Some(RunLock { _held: held }))
    }
}
