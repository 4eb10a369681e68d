//! One suite for both engines: every test runs on SQLite and on PostgreSQL.
//!
//! PostgreSQL comes from `eval "$(scripts/services start)"`; without it these tests fail and say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod appeal;
mod appeal_refused;
mod audit;
mod closing;
mod confirmation;
mod content;
mod due;
mod fold;
mod ledger;
mod many;
mod model;
mod queries;
mod records;
mod review;
mod settings;
mod source;
mod statement;
mod world;

/// Runs every test on both engines, each on an empty warehouse, and verifies it at the end.
macro_rules! on_both_engines {
    ($($test:ident,)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let world = crate::world::World::new(channelflow_warehouse::Engine::Sqlite, stringify!($test)).await;
                super::$test(&world).await;
                world.finish().await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                let world = crate::world::World::new(channelflow_warehouse::Engine::Postgres, stringify!($test)).await;
                super::$test(&world).await;
                world.finish().await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
