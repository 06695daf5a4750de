//! Hashing passwords: argon2id in a few threads of their own.
//!
//! Each thread keeps its memory, so that it never grows; a short queue stands before them, in which addresses take
//! turns, so that a storm of logins is refused instead of piling up, and others hardly wait for it. Never runs on a runtime thread.

use std::net::IpAddr;
use std::sync::Arc;
use std::{io, thread};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
#[cfg(target_os = "linux")]
use rustix::process::{getpriority_process, setpriority_process};
use subtle::ConstantTimeEq as _;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::turns::Turns;

/// Jobs that wait for a thread, for each thread: about two seconds of work.
const QUEUE_LEN_PER_THREAD: usize = 128;
/// Steps of `nice` by which the threads give way: who talks goes before who signs in.
const NICE_STEPS: i32 = 10;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;

/// How much work a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes; they are worked off one after the other.
    pub lanes: u32,
}

impl Default for Cost {
    /// Source: OWASP Password Storage Cheat Sheet, argon2id.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// Why the pool can't be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The cost is out of argon2's bounds.
    #[error("argon2 can't work with {0:?}: {1}")]
    Cost(Cost, argon2::Error),
    /// No thread.
    #[error("can't start a thread for passwords: {0}")]
    Thread(#[from] io::Error),
}

/// Why a password was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The queue is full.
    #[error("too many passwords to check")]
    Busy,
    /// The threads are gone, or the machine has no random numbers.
    #[error("passwords can't be checked")]
    Broken,
}

/// What a password was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the right one.
    pub ok: bool,
    /// Whether it should be hashed again, because the cost has risen since.
    pub needs_rehash: bool,
}

/// The pool. Its threads end when it is dropped.
#[derive(Debug)]
pub struct Passwords {
    queue: Arc<Turns<Job>>,
    /// Jobs asked for: equal work can be tested where equal time can't.
    #[cfg(test)]
    pub(super) asked: std::sync::atomic::AtomicUsize,
}

type Password = Zeroizing<String>;

enum Job {
    Hash(Password, oneshot::Sender<Result<String, Error>>),
    Verify(Password, Option<String>, oneshot::Sender<Result<Verdict, Error>>),
}

impl Passwords {
    /// Starts so many threads.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(cost: Cost, threads: usize) -> Result<Self, StartError> {
        let threads = threads.max(1);
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES))
            .map_err(|error| StartError::Cost(cost, error))?;
        let queue = Arc::new(Turns::new(threads * QUEUE_LEN_PER_THREAD));
        for number in 0..threads {
            let (jobs, mut worker) = (Arc::clone(&queue), Worker::new(params.clone()));
            thread::Builder::new().name(format!("password-{number}")).spawn(move || {
                give_way();
                while let Some(job) = jobs.next() {
                    worker.run(job);
                }
            })?;
        }
        Ok(Self {
            queue,
            #[cfg(test)]
            asked: std::sync::atomic::AtomicUsize::default(),
        })
    }

    /// Hashes a new password, for this address; the answer is a PHC string.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn hash(&self, from: Option<IpAddr>, password: Password) -> Result<String, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(from, Job::Hash(password, reply));
        answer.await.map_err(|_| Error::Broken)?
    }

    /// Compares a password that came from this address with a stored hash. Without one it takes as long and is never right.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn verify(
        &self,
        from: Option<IpAddr>,
        password: Password,
        stored: Option<String>,
    ) -> Result<Verdict, Error> {
        let (reply, answer) = oneshot::channel();
        self.send(from, Job::Verify(password, stored, reply));
        answer.await.map_err(|_| Error::Broken)?
    }

    /// Jobs that wait for a thread.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    fn send(&self, from: Option<IpAddr>, job: Job) {
        #[cfg(test)]
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // Nobody may listen any more to what is refused.
        match self.queue.push(from, job) {
            None => {}
            Some(Job::Hash(_, reply)) => drop(reply.send(Err(Error::Busy))),
            Some(Job::Verify(_, _, reply)) => drop(reply.send(Err(Error::Busy))),
        }
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Whether this is the hash of a password that [`Passwords::verify`] can compare with.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| {
        let is_known = Algorithm::try_from(hash.algorithm.as_str()).is_ok();
        is_known && Params::try_from(&hash).is_ok() && hash.salt.is_some() && hash.hash.is_some()
    })
}

/// Where priority is not a thread's own, it stays: better a storm that is felt than a server that gives way.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        let lowered = getpriority_process(None).and_then(|now| setpriority_process(None, now + NICE_STEPS));
        if let Err(error) = lowered {
            tracing::debug!(%error, "passwords are hashed at the priority of all else");
        }
    }
}

/// One thread's memory and what it makes new hashes with.
struct Worker {
    params: Params,
    blocks: Vec<Block>,
}

impl Worker {
    fn new(params: Params) -> Self {
        Self { blocks: vec![Block::new(); params.block_count()], params }
    }

    fn run(&mut self, job: Job) {
        // Who has gone away meanwhile does not listen; that is no error, and no work.
        match job {
            Job::Hash(password, reply) if !reply.is_closed() => {
                reply.send(self.hash(&password)).unwrap_or_default();
            }
            Job::Verify(password, stored, reply) if !reply.is_closed() => {
                let verdict = self.verify(&password, stored.as_deref());
                reply.send(Ok(verdict)).unwrap_or_default();
            }
            Job::Hash(..) | Job::Verify(..) => {}
        }
    }

    fn hash(&mut self, password: &str) -> Result<String, Error> {
        let broken = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a password could not be hashed");
            Error::Broken
        };
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|error| broken(&error))?;
        let params = self.params.clone();
        let mut output = [0; HASH_BYTES];
        self.fill(Algorithm::Argon2id, Version::V0x13, &params, password, &salt, &mut output)
            .map_err(|error| broken(&error))?;
        let phc = || {
            Ok::<_, argon2::password_hash::phc::Error>(PasswordHash {
                algorithm: ARGON2ID_IDENT,
                version: Some(Version::V0x13.into()),
                params: phc_params(&params)?,
                salt: Some(Salt::new(&salt)?),
                hash: Some(Output::new(&output)?),
            })
        };
        phc().map(|hash| hash.to_string()).map_err(|error| broken(&error))
    }

    fn verify(&mut self, password: &str, stored: Option<&str>) -> Verdict {
        match stored.map(|stored| self.compare(password, stored)) {
            Some(Ok(verdict)) => verdict,
            Some(Err(error)) => {
                tracing::error!(%error, "a stored password hash is damaged");
                self.pretend(password)
            }
            None => self.pretend(password),
        }
    }

    fn compare(&mut self, password: &str, stored: &str) -> Result<Verdict, argon2::password_hash::Error> {
        use argon2::password_hash::Error::{PasswordInvalid, SaltInvalid};
        let stored = PasswordHash::new(stored)?;
        let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
        let version = match stored.version {
            Some(version) => Version::try_from(version)?,
            None => Version::V0x10,
        };
        let params = Params::try_from(&stored)?;
        let salt = stored.salt.as_ref().ok_or(SaltInvalid)?;
        let expected = stored.hash.as_ref().ok_or(PasswordInvalid)?;
        let mut output = vec![0; expected.len()];
        self.fill(algorithm, version, &params, password, salt.as_ref(), &mut output)?;
        self.make_up(&params, password)?;
        let own = &self.params;
        let needs_rehash = algorithm != Algorithm::Argon2id
            || version != Version::V0x13
            || params.m_cost() < own.m_cost()
            || params.t_cost() < own.t_cost()
            || expected.len() < HASH_BYTES;
        Ok(Verdict { ok: output.ct_eq(expected.as_bytes()).into(), needs_rehash })
    }

    /// The rest of the work that a hash costs today: who has one of a lower cost must not be told from who has
    /// none by the time that it takes.
    fn make_up(&mut self, done: &Params, password: &str) -> Result<(), argon2::Error> {
        let Some((memory_kib, passes)) = missing(&self.params, done) else { return Ok(()) };
        let (params, mut output) = (Params::new(memory_kib, passes, 1, Some(HASH_BYTES))?, [0; HASH_BYTES]);
        let salt = [0; SALT_BYTES];
        self.fill(Algorithm::Argon2id, Version::V0x13, &params, password, &salt, &mut output)?;
        std::hint::black_box(output);
        Ok(())
    }

    /// The same work for nothing.
    fn pretend(&mut self, password: &str) -> Verdict {
        let (params, mut output) = (self.params.clone(), [0; HASH_BYTES]);
        let salt = [0; SALT_BYTES];
        let done = self.fill(Algorithm::Argon2id, Version::V0x13, &params, password, &salt, &mut output);
        if let Err(error) = done {
            tracing::error!(%error, "a password could not be hashed");
        }
        // The result is used, lest the work be optimised away.
        Verdict { ok: false, needs_rehash: std::hint::black_box(output).is_empty() }
    }

    fn fill(
        &mut self,
        algorithm: Algorithm,
        version: Version,
        params: &Params,
        password: &str,
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), argon2::Error> {
        // A hash from a time of higher cost needs more memory; it is given back afterwards.
        let (len, own) = (params.block_count(), self.params.block_count());
        if self.blocks.len() < len {
            self.blocks.resize(len, Block::new());
        }
        let argon2 = Argon2::new(algorithm, version, params.clone());
        let done =
            argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut self.blocks[..len]);
        if self.blocks.len() > own {
            self.blocks.truncate(own);
            self.blocks.shrink_to_fit();
        }
        done
    }
}

/// Memory in KiB and passes of what is left when `done` of `wanted` was done; nothing, if that is not worth a pass.
fn missing(wanted: &Params, done: &Params) -> Option<(u32, u32)> {
    let work = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
    let left = work(wanted).saturating_sub(work(done));
    let passes = left.div_ceil(u64::from(wanted.m_cost()));
    let memory_kib = u32::try_from(left.checked_div(passes)?).ok()?;
    (memory_kib >= Params::MIN_M_COST).then_some((memory_kib, u32::try_from(passes).ok()?))
}

fn phc_params(params: &Params) -> Result<ParamsString, argon2::password_hash::phc::Error> {
    let mut text = ParamsString::new();
    text.add_decimal("m", params.m_cost())?;
    text.add_decimal("t", params.t_cost())?;
    text.add_decimal("p", params.p_cost())?;
    Ok(text)
}

#[cfg(test)]
mod tests;
