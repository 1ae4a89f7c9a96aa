//! Time for filling a block, shorter after a proposal that took too long.
//!
//! Aura discards a proposal that is not ready when its part of the slot ends. The SDK adds
//! transactions until a tenth before that. On a machine that is slower than it should be, or busy,
//! the rest does not suffice for sealing the block. The next proposal has the same transactions and
//! the same time, so it is discarded, too, and the chain stops until the pool empties.

use std::{future::Future, sync::Arc, time::Duration};

use futures::{future::BoxFuture, FutureExt};
use parking_lot::Mutex;
use salus_runtime::{opaque::Block, Header};
use sp_consensus::{Environment, ProposeArgs, Proposer};

/// Maximum number of halvings. The remaining time suffices for a block without transactions.
const MAX_HALVINGS: u32 = 6;

/// Number of proposals in time that double the time again.
const STEADY: u32 = 8;

/// Number of times that the time for filling a block is halved.
#[derive(Default)]
struct Pace {
	halvings: u32,
	/// Proposals in time since the last change.
	steady: u32,
}

impl Pace {
	fn proposed(&mut self) {
		self.steady = self.steady.saturating_add(1);
		if self.steady >= STEADY {
			self.steady = 0;
			self.halvings = self.halvings.saturating_sub(1);
		}
	}

	fn discarded(&mut self) {
		self.steady = 0;
		self.halvings = self.halvings.saturating_add(1).min(MAX_HALVINGS);
		log::warn!(
			target: "aura",
			"a block was not ready in time; the next gets 1/{} of the time for transactions. \
			 This machine is too slow or too busy",
			1 << self.halvings,
		);
	}
}

/// A proposer factory that successive runs of Aura share, because the SDK's registers its metrics
/// once.
pub struct Paced<E> {
	factory: Arc<Mutex<E>>,
	pace: Arc<Mutex<Pace>>,
}

impl<E> Paced<E> {
	/// Shares a proposer factory.
	pub fn new(factory: E) -> Self {
		Self { factory: Arc::new(Mutex::new(factory)), pace: Arc::default() }
	}
}

impl<E> Clone for Paced<E> {
	fn clone(&self) -> Self {
		Self { factory: self.factory.clone(), pace: self.pace.clone() }
	}
}

impl<E: Environment<Block>> Environment<Block> for Paced<E>
where
	E::Error: 'static,
{
	type CreateProposer = BoxFuture<'static, Result<Self::Proposer, Self::Error>>;
	type Error = E::Error;
	type Proposer = Hastened<E::Proposer>;

	fn init(&mut self, parent: &Header) -> Self::CreateProposer {
		let pace = self.pace.clone();
		let create = self.factory.lock().init(parent);
		create.map(|created| created.map(|inner| Hastened { inner, pace })).boxed()
	}
}

/// A proposer with a part of its time.
pub struct Hastened<P> {
	inner: P,
	pace: Arc<Mutex<Pace>>,
}

impl<P: Proposer<Block>> Proposer<Block> for Hastened<P> {
	type Error = P::Error;
	type Proposal = BoxFuture<'static, <P::Proposal as Future>::Output>;

	fn propose(self, args: ProposeArgs<Block>) -> Self::Proposal {
		let max_duration = shortened(args.max_duration, self.pace.lock().halvings);
		let proposing = self.inner.propose(ProposeArgs { max_duration, ..args });
		watched(self.pace, proposing).boxed()
	}
}

/// Notes whether a proposal ends, or is discarded before.
async fn watched<T>(pace: Arc<Mutex<Pace>>, proposing: impl Future<Output = T>) -> T {
	let mut attempt = Attempt { pace, has_ended: false };
	let proposal = proposing.await;
	attempt.has_ended = true;
	proposal
}

/// A proposal in the making. Aura drops it when its time is over.
struct Attempt {
	pace: Arc<Mutex<Pace>>,
	has_ended: bool,
}

impl Drop for Attempt {
	fn drop(&mut self) {
		let mut pace = self.pace.lock();
		match self.has_ended {
			true => pace.proposed(),
			false => pace.discarded(),
		}
	}
}

fn shortened(time: Duration, halvings: u32) -> Duration {
	time / (1 << halvings.min(MAX_HALVINGS))
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::future::{pending, ready};

	/// Plays proposals that end or are discarded, and returns the halvings after each.
	fn play(pace: &Arc<Mutex<Pace>>, endings: &[bool]) -> Vec<u32> {
		let one = |ends: &bool| {
			let ended = match ends {
				true => watched(pace.clone(), ready(())).now_or_never(),
				false => watched(pace.clone(), pending()).now_or_never(),
			};
			assert_eq!(ended.is_some(), *ends);
			pace.lock().halvings
		};
		endings.iter().map(one).collect()
	}

	#[test]
	fn a_discarded_proposal_halves_the_time_of_the_next() {
		let pace = Arc::default();
		assert_eq!(play(&pace, &[true, false, true, false, false]), [0, 1, 1, 2, 3]);
		assert_eq!(play(&pace, &[false; 20]).last(), Some(&MAX_HALVINGS));
	}

	#[test]
	fn the_time_comes_back_step_by_step() {
		let pace = Arc::default();
		assert_eq!(play(&pace, &[false, false]), [1, 2]);
		let halvings = play(&pace, &[true; 24]);
		assert_eq!(halvings[..7], [2; 7]);
		assert_eq!(halvings[7..15], [1; 8]);
		assert_eq!(halvings[15..], [0; 9]);
	}

	#[test]
	fn the_shortest_time_is_a_few_milliseconds() {
		let slot = Duration::from_millis(640);
		assert_eq!(shortened(slot, 0), slot);
		assert_eq!(shortened(slot, 1), slot / 2);
		assert_eq!(shortened(slot, MAX_HALVINGS), Duration::from_millis(10));
	}
}
