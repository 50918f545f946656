//! Workers that fetch, so that neither the main thread nor the I/O thread waits for a disk.

use super::{FetchError, FetchRequest, Fetched, Fetcher};
use crossbeam_channel::{Sender, unbounded};
use std::io;
use std::sync::Arc;

/// Workers of one pool: one may hang on a slow disk, and the other serves on.
const WORKERS: usize = 2;

/// A pool of workers. Each request carries a name of type `T`, by which its result is delivered.
///
/// What waits is bounded by whoever submits: one document per tab, and per renderer
/// [`bulkhead_shared::limits::FETCHES_IN_FLIGHT`] sub-resources. Dropped, it lets its workers finish and end.
#[derive(Debug)]
pub struct FetchPool<T>(Sender<(T, FetchRequest)>);

impl<T: Send + 'static> FetchPool<T> {
    /// Starts the workers, named after `what` they fetch; they hand each result to `deliver`.
    ///
    /// # Errors
    /// If a thread cannot be made.
    pub fn start(
        what: &str,
        fetcher: Arc<dyn Fetcher>,
        deliver: impl Fn(T, Result<Fetched, FetchError>) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let (sender, receiver) = unbounded::<(T, FetchRequest)>();
        for worker in 0..WORKERS {
            let (receiver, fetcher, deliver) = (receiver.clone(), Arc::clone(&fetcher), deliver.clone());
            std::thread::Builder::new().name(format!("{what}-{worker}")).spawn(move || {
                for (name, request) in receiver {
                    deliver(name, fetcher.fetch(&request));
                }
            })?;
        }
        Ok(Self(sender))
    }

    /// Queues a request.
    pub fn submit(&self, name: T, request: FetchRequest) {
        // The workers live as long as the pool: it fails only if all of them panicked, and then the navigation's own
        // "stop" is what is left.
        if self.0.send((name, request)).is_err() {
            tracing::error!("the fetch workers are gone");
        }
    }
}
