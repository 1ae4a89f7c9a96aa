//! Earlier keys of the committee: those that no later epoch took over. Records that are sealed to
//! one of them stay with its members until the patients seal them again.

use salus_primitives::Epoch;

use super::chain::{At, Chain, ChainError};

/// Maximum number that is counted, as in `salus committee status`.
const MOST: u64 = 64;

/// Counts the earlier keys. Reads each epoch since the first of them, so the caller counts again
/// only for another active epoch.
pub(super) fn count<C: Chain>(chain: &C, at: At, active: Epoch) -> Result<u64, ChainError> {
	let Some(key) = chain.epoch_key(at, active)? else {
		return Ok(0);
	};
	let (mut epoch, mut found) = (key.origin, 0);
	while epoch > 1 && found < MOST {
		epoch -= 1;
		let Some(key) = chain.epoch_key(at, epoch)? else {
			break;
		};
		// An abandoned epoch has no key.
		if chain.epoch(at, key.holder)?.is_some_and(|holder| holder.public.is_some()) {
			epoch = key.origin;
			found += 1;
		}
	}
	Ok(found)
}

#[cfg(test)]
mod tests {
	use std::sync::Arc;

	use salus_primitives::EpochPhase;
	use sp_keystore::{testing::MemoryKeystore, Keystore};
	use substrate_prometheus_endpoint::Registry;

	use super::*;
	use crate::committee::{metrics::Metrics, testing::FakeChain, vault::KEY_TYPE, worker::Worker};

	/// Key of an epoch.
	#[derive(Clone, Copy)]
	enum Has {
		/// A key of its own.
		Own,
		/// The key of this epoch.
		KeyOf(Epoch),
		/// No key, because it was abandoned.
		Nothing,
	}

	use Has::{KeyOf, Nothing, Own};

	/// Makes the next epoch the active one, if it has a key.
	fn next(chain: &FakeChain, has: Has) {
		chain.change(|state| {
			let latest = state.epochs.len() as Epoch;
			let previous = match has {
				KeyOf(epoch) => Some(epoch),
				Own | Nothing => None,
			};
			state.previous.extend(previous.map(|epoch| (latest, epoch)));
			if matches!(has, Nothing) {
				state.epochs[latest as usize - 1].phase = EpochPhase::Abandoned;
				return;
			}
			for info in &mut state.epochs {
				if info.phase == EpochPhase::Active {
					info.phase = EpochPhase::Superseded;
				}
			}
			let info = &mut state.epochs[latest as usize - 1];
			info.phase = EpochPhase::Active;
			info.public = Some(Default::default());
		});
	}

	fn chain(epochs: &[Has]) -> Arc<FakeChain> {
		let chain = FakeChain::new(&["//A"]);
		for (index, has) in epochs.iter().enumerate() {
			if index > 0 {
				chain.open_epoch(&["//A"]);
			}
			next(&chain, *has);
		}
		chain.finalise();
		chain
	}

	#[test]
	fn keys_that_were_handed_on_are_not_earlier_ones() {
		for (epochs, expected) in [
			(&[Own][..], 0),
			(&[Own, KeyOf(1), KeyOf(2)], 0),
			(&[Own, Own], 1),
			(&[Own, Nothing, Nothing, Own], 1),
			(&[Own, KeyOf(1), Nothing, Own, KeyOf(4)], 1),
			(&[Own, KeyOf(1), Own, Own, KeyOf(4)], 2),
		] {
			let chain = chain(epochs);
			let active = epochs.len() as Epoch;
			let counted = count(&*chain, chain.finalised(), active).unwrap();
			assert_eq!(counted, expected, "{} epochs", epochs.len());
		}
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_new_key_makes_the_last_one_an_earlier_one() {
		let keystore = MemoryKeystore::new();
		keystore.sr25519_generate_new(KEY_TYPE, Some("//Elsewhere")).unwrap();
		let folder = tempfile::tempdir().unwrap();
		let metrics = Metrics::new(&Registry::new()).unwrap();
		let chain = chain(&[Own]);
		let mut worker = Worker::new(
			chain.clone(),
			Arc::new(keystore),
			folder.path().into(),
			Some(metrics.clone()),
		);
		for (has, expected) in [(KeyOf(1), 0), (Own, 1), (KeyOf(3), 1), (Own, 2)] {
			chain.open_epoch(&["//A"]);
			next(&chain, has);
			worker.turn(chain.finalise()).await;
			assert_eq!(metrics.earlier_keys.get(), expected);
		}
		assert_eq!(metrics.errors.get(), 0);
	}
}
