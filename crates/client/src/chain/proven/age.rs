//! The age of the last final block. A node that hides newer blocks shows an old state, and every
//! proof of it is right: only the time in it shows that it is old.

use std::{
	sync::PoisonError,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use codec::Decode;
use salus_primitives::{Hash32, Moment};
use tokio::time::{sleep, Instant};

use super::{KnownBlock, CATCH_UP, PAUSE};
use crate::{
	chain::{client::Client, rpc::RpcError},
	storage,
};

/// Maximum age of the last final block from which keys are taken, and which is shown without a
/// warning.
const OLDEST: Duration = Duration::from_secs(600);

/// Time for which the age of what is shown is not looked at again.
const LOOKED: Duration = Duration::from_secs(60);

/// Knowledge about the age of final blocks.
#[derive(Default)]
pub(super) struct Age {
	/// Hash of a block, and the time when it was made, in milliseconds since 1970.
	made: Option<(Hash32, Option<Moment>)>,
	/// Time when the age of a block that is shown was last looked at.
	looked: Option<Instant>,
	/// Whether the user knows that what is shown is old.
	has_warned: bool,
}

impl Client {
	/// Returns whether the last final block that the node shows is more than ten minutes old, by
	/// the time in its state and this machine's clock.
	pub async fn is_stale(&self) -> Result<bool, RpcError> {
		let block = self.last_final().await?;
		Ok(self.age(&block).await? > OLDEST)
	}

	/// Returns the time since a final block was made, by the block's and this machine's clocks.
	/// Zero for the first block, and for one from the future.
	pub(in crate::chain) async fn age(&self, block: &KnownBlock) -> Result<Duration, RpcError> {
		let known = self.aging().made;
		let made = match known.filter(|(at, _)| *at == block.hash) {
			Some((_, made)) => made,
			None => {
				let key = storage::item("Timestamp", "Now");
				let value = self.value_proven(block, &key).await?;
				let made = value.and_then(|value| Moment::decode(&mut &value[..]).ok());
				self.aging().made = Some((block.hash, made));
				made
			}
		};
		let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
		let made = made.map_or(since_1970, Duration::from_millis);
		Ok(since_1970.saturating_sub(made))
	}

	/// Warns if the state of a final block is shown that is old: finality stalls, or the node hides
	/// newer blocks.
	pub(crate) async fn notice_age(&self, block: &KnownBlock) -> Result<(), RpcError> {
		if self.aging().looked.is_some_and(|looked| looked.elapsed() < LOOKED) {
			return Ok(());
		}
		let age = self.age(block).await?;
		let is_old = age > OLDEST;
		let has_warned = {
			let mut aging = self.aging();
			aging.looked = Some(Instant::now());
			std::mem::replace(&mut aging.has_warned, is_old)
		};
		if is_old && !has_warned {
			let (block, minutes) = (block.number, age.as_secs() / 60);
			match &self.inner.connection.progress {
				Some(progress) => progress.state_is_old(block, minutes),
				None => tracing::warn!(block, minutes, "the last final block is old"),
			}
		}
		Ok(())
	}

	/// Returns the last final block, unless it stays old, or the node still lacks a block that
	/// another one showed as final. A node that shows an old state would have keys wrapped for
	/// readers who were revoked since, and for keys that were replaced. A node that has just
	/// started has newer ones soon.
	pub(super) async fn recent(&self) -> Result<KnownBlock, RpcError> {
		let started = Instant::now();
		loop {
			let block = self.last_final().await?;
			let (age, lacking) = (self.age(&block).await?, self.lacking().await);
			let is_old = age > OLDEST;
			if !is_old && lacking.is_none() {
				return Ok(block);
			}
			if started.elapsed() >= CATCH_UP {
				let (url, block, minutes) = (self.url(), block.number, age.as_secs() / 60);
				return Err(match lacking {
					Some(known) if !is_old => RpcError::Behind { url, known, files: self.files() },
					_ => RpcError::Stale { url, block, minutes },
				});
			}
			sleep(PAUSE).await;
		}
	}

	fn aging(&self) -> std::sync::MutexGuard<'_, Age> {
		self.inner.certain.age.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::{
			proven::tests::Block,
			rpc::tests::{node, Answers},
		},
		ConnectOptions, Progress,
	};
	use codec::Encode;
	use std::sync::{Arc, LazyLock, Mutex};

	/// Returns a block that was made this long ago.
	fn made_before(minutes: u64) -> Block {
		let made = SystemTime::now() - Duration::from_secs(60 * minutes);
		let made = made.duration_since(UNIX_EPOCH).unwrap().as_millis();
		let now = storage::item("Timestamp", "Now");
		Block::new(7, &[(&now[..], &Moment::try_from(made).unwrap().encode()[..])])
	}

	static OLD: LazyLock<Block> = LazyLock::new(|| made_before(12));
	static NEW: LazyLock<Block> = LazyLock::new(|| made_before(1));

	/// Notes the warnings about an old state.
	#[derive(Default)]
	struct Warnings(Mutex<Vec<(u64, u64)>>);

	impl Progress for Warnings {
		fn state_is_old(&self, block: u64, minutes: u64) {
			self.0.lock().unwrap().push((block, minutes));
		}
	}

	/// Reads twice from a node whose last final block it is, and returns the warnings, and whether
	/// the state is stale.
	async fn warned(last: &Block, answers: Answers) -> (Vec<(u64, u64)>, bool) {
		let folder = tempfile::tempdir().unwrap();
		let url = node(answers).await;
		last.is_known_at(&url, folder.path());
		let warnings = Arc::new(Warnings::default());
		let options = ConnectOptions {
			known_chains: Some(folder.path().to_owned()),
			progress: Some(warnings.clone()),
			..ConnectOptions::default()
		};
		let client = Client::connect_with(&url, options).await.unwrap();
		for _ in 0..2 {
			assert_eq!(client.now().storage::<u32>(b"nothing").await.unwrap(), None);
		}
		let warned = warnings.0.lock().unwrap().clone();
		(warned, client.is_stale().await.unwrap())
	}

	#[tokio::test]
	async fn an_old_state_is_shown_with_one_warning() {
		let found = warned(&OLD, |method, params| OLD.answer(method, params)).await;
		assert_eq!(found, (vec![(7, 12)], true));
		let found = warned(&NEW, |method, params| NEW.answer(method, params)).await;
		assert_eq!(found, (vec![], false));
	}
}
