//! Folds from the warehouse, taken apart on as many threads as there are while the database reads
//! on. Not here: what anybody makes of them.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::anyhow;
use channelflow_model::Period;
use channelflow_model::settlement::Fold;
use channelflow_warehouse::{FoldFilter, StoredFold, Warehouse};

/// Somebody else who looks at sales while they are read: reading and decoding a year costs as much
/// as what is made of it.
pub(crate) struct Beside<'b> {
    /// Booking months it wants.
    pub months: (Period, Period),
    /// What it does with a fold, on any thread.
    pub add: &'b (dyn Fn(&Fold) -> anyhow::Result<()> + Sync),
    /// Whether it was shown all of them.
    pub shown: AtomicBool,
}

impl Beside<'_> {
    /// Whether it wants folds of this booking month.
    pub(crate) fn wants(&self, booking: Period) -> bool {
        self.months.0 <= booking && booking <= self.months.1
    }
}

/// Folds on their way from the database to whoever takes them apart.
const ON_THE_WAY: usize = 64;

/// Hands every fold of the filter that `keep` wants to one of several workers; returns what each
/// worker made. `start` makes a worker, `add` gives it a fold. Must run on a thread of a
/// multi-threaded runtime.
pub(crate) fn in_parallel<T: Send>(
    warehouse: &Warehouse,
    filter: FoldFilter<'_>,
    keep: impl Fn(&StoredFold) -> bool + Send + Sync,
    start: impl Fn() -> anyhow::Result<T> + Sync,
    add: impl Fn(&mut T, Fold) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Vec<T>> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let (sender, queue) = sync_channel::<StoredFold>(ON_THE_WAY);
    let queue = Mutex::new(queue);
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..workers)
                .map(|_| scope.spawn(|| work(&queue, &start, &add)))
                .collect();
            let runtime = tokio::runtime::Handle::current();
            let sent = runtime.block_on(send(warehouse, filter, &keep, &sender));
            drop(sender);
            let mut made = Vec::with_capacity(workers);
            for worker in running {
                let done = worker.join();
                made.push(done.map_err(|_| anyhow!("taking folds apart failed"))??);
            }
            sent.map(|()| made)
        })
    })
}

/// Two things at once, the first on a thread of its own. Must run on a thread of a multi-threaded
/// runtime.
pub(crate) fn side_by_side<T: Send, U>(
    one: impl Future<Output = T> + Send,
    other: impl Future<Output = U>,
) -> anyhow::Result<(T, U)> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let running = scope.spawn(|| runtime.block_on(one));
            let done = runtime.block_on(other);
            let one = running.join().map_err(|_| anyhow!("a thread failed"))?;
            Ok((one, done))
        })
    })
}

/// What becomes of every item, in order, on as many threads as there are.
pub(crate) fn on_all_cores<I: Sync, T: Send>(
    items: &[I],
    make: impl Fn(&I) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let each = items.len().div_ceil(workers).max(1);
    std::thread::scope(|scope| {
        let make = &make;
        let running: Vec<_> = items
            .chunks(each)
            .map(|items| scope.spawn(move || items.iter().map(make).collect()))
            .collect();
        let mut all = Vec::with_capacity(items.len());
        for worker in running {
            let done: anyhow::Result<Vec<T>> = worker
                .join()
                .map_err(|_| anyhow!("a thread that computes failed"))?;
            all.extend(done?);
        }
        Ok(all)
    })
}

/// The same of items that are used up.
pub(crate) fn handed_to_all_cores<I: Send, T: Send>(
    items: Vec<I>,
    make: impl Fn(I) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let handed: Vec<Mutex<Option<I>>> = items.into_iter().map(|it| Mutex::new(Some(it))).collect();
    on_all_cores(&handed, |item| {
        let item = item.lock().map(|mut item| item.take());
        make(
            item.ok()
                .flatten()
                .ok_or_else(|| anyhow!("an item was taken twice"))?,
        )
    })
}

async fn send(
    warehouse: &Warehouse,
    filter: FoldFilter<'_>,
    keep: &(impl Fn(&StoredFold) -> bool + Send + Sync),
    sender: &SyncSender<StoredFold>,
) -> anyhow::Result<()> {
    let mut receive = |fold: StoredFold| {
        if keep(&fold) {
            // The other side is gone only when it failed, which is reported there.
            let _ = sender.send(fold);
        }
        Ok(())
    };
    warehouse.folds(filter, &mut receive).await?;
    Ok(())
}

fn work<T>(
    queue: &Mutex<Receiver<StoredFold>>,
    start: impl Fn() -> anyhow::Result<T>,
    add: impl Fn(&mut T, Fold) -> anyhow::Result<()>,
) -> anyhow::Result<T> {
    let mut made = start();
    loop {
        let next = queue
            .lock()
            .map_err(|_| anyhow!("another thread failed"))?
            .recv();
        let Ok(stored) = next else {
            return made;
        };
        // A worker that failed takes the rest away, so that nobody waits for it.
        if let Ok(making) = &mut made
            && let Err(error) = stored
                .decode()
                .map_err(anyhow::Error::from)
                .and_then(|fold| add(making, fold))
        {
            made = Err(error);
        }
    }
}
