//! The thread that writes: pieces and commits come in over a bounded channel, so that compressing,
//! hashing and waiting for the disk go on while the next pages are read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::files::{Progress, Store};
use super::report::{ExportReport, Summary};
use super::rows::Piece;
use crate::core::error::{Error, Result};

/// Jobs on their way: more would only be memory.
const QUEUE: usize = 2;

/// Something for the thread to do.
#[derive(Debug)]
pub enum Job {
    Write(Piece),
    Commit(Progress),
    /// Removes what is beside the target, since nothing was written; nothing comes behind it.
    Abandon,
}

enum Order {
    Job(Job),
    Finish(Box<Summary>, oneshot::Sender<Option<ExportReport>>),
}

/// The thread's other end.
pub struct Writer {
    orders: mpsc::Sender<Order>,
    /// Jobs that there was no room for yet.
    waiting: VecDeque<Job>,
    /// What the thread failed with, and ended by.
    failure: Arc<Mutex<Option<Error>>>,
    /// Resolves when the thread has ended, and the lock is free.
    ended: oneshot::Receiver<()>,
}

impl Writer {
    pub fn start(store: Store) -> Result<Self> {
        let (orders, mut received) = mpsc::channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let failure = Arc::new(Mutex::new(None));
        let told = failure.clone();
        let thread = std::thread::Builder::new().name("blocks-export".to_owned());
        let run = move || {
            // Before the channel closes: whoever finds it closed asks why.
            if let Err(error) = work(store, &mut received) {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            }
            drop(received);
            drop(end);
        };
        thread.spawn(run).map_err(|error| {
            Error::Configuration(format!("the export could not start its thread: {error}"))
        })?;
        Ok(Self { orders, waiting: VecDeque::new(), failure, ended })
    }

    /// Puts a job behind those that wait; see [`Writer::hand_over`].
    pub fn queue(&mut self, job: Job) {
        self.waiting.push_back(job);
    }

    /// Hands the thread all jobs that wait. Dropping the future loses none.
    pub async fn hand_over(&mut self) -> Result<()> {
        while !self.waiting.is_empty() {
            let Ok(room) = self.orders.reserve().await else { return Err(self.failure()) };
            if let Some(job) = self.waiting.pop_front() {
                room.send(Order::Job(job));
            }
        }
        Ok(())
    }

    /// Makes the result of all that was written.
    pub async fn finish(&mut self, summary: Summary) -> Result<Option<ExportReport>> {
        self.hand_over().await?;
        let (reply, conclusion) = oneshot::channel();
        if self.orders.send(Order::Finish(Box::new(summary), reply)).await.is_err() {
            return Err(self.failure());
        }
        conclusion.await.map_err(|_| self.failure())
    }

    /// Ends the thread when it has done all that it was handed; the lock is free when this returns.
    pub async fn end(mut self) -> Result<()> {
        let handed = self.hand_over().await;
        let Self { orders, failure, ended, .. } = self;
        drop(orders);
        let _ = ended.await;
        handed?;
        let failed = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failed.map_or(Ok(()), Err)
    }

    /// What the thread ended by.
    fn failure(&self) -> Error {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.unwrap_or_else(|| Error::Configuration("the export's thread has ended".to_owned()))
    }
}

fn work(mut store: Store, orders: &mut mpsc::Receiver<Order>) -> Result<()> {
    while let Some(order) = orders.blocking_recv() {
        match order {
            Order::Job(Job::Write(piece)) => store.write(piece)?,
            Order::Job(Job::Commit(progress)) => store.commit(progress)?,
            Order::Job(Job::Abandon) => {
                store.abandon();
                return Ok(());
            }
            Order::Finish(summary, reply) => {
                let conclusion = store.finish(&summary)?;
                drop(reply.send(conclusion));
                return Ok(());
            }
        }
    }
    Ok(())
}
