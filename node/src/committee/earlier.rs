//! Versions that are still sealed to an earlier key of the committee, which no later epoch took
//! over. They stay with its members until the patients seal them again.

use super::chain::{At, Chain, ChainError};

/// Returns the number of versions that are sealed to earlier keys; `None` if the chain has not
/// counted them.
pub(super) fn count<C: Chain>(chain: &C, at: At) -> Result<Option<u64>, ChainError> {
	let Some(sealed) = chain.sealed_versions(at)? else {
		return Ok(None);
	};
	let earlier = sealed.iter().filter(|one| !one.is_present);
	Ok(Some(earlier.map(|one| one.versions).fold(0, u64::saturating_add)))
}

#[cfg(test)]
mod tests {
	use std::{
		path::Path,
		sync::{atomic::Ordering, Arc},
	};

	use salus_primitives::{Epoch, SealedVersions};
	use sp_keystore::{testing::MemoryKeystore, Keystore};
	use substrate_prometheus_endpoint::Registry;

	use crate::committee::{
		metrics::Metrics,
		testing::FakeChain,
		vault::KEY_TYPE,
		worker::{Worker, LONGEST_PAUSE},
	};

	fn earlier(key: Epoch, versions: u64) -> SealedVersions {
		SealedVersions { key, versions, is_present: false }
	}

	fn present(key: Epoch, versions: u64) -> SealedVersions {
		SealedVersions { key, versions, is_present: true }
	}

	/// Returns the worker of a node with metrics, which is in no committee.
	fn worker(chain: &Arc<FakeChain>, folder: &Path, metrics: &Metrics) -> Worker<FakeChain> {
		let keystore = MemoryKeystore::new();
		keystore.sr25519_generate_new(KEY_TYPE, Some("//Elsewhere")).unwrap();
		Worker::new(chain.clone(), Arc::new(keystore), folder.into(), Some(metrics.clone()))
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn a_failed_count_holds_up_no_epoch() {
		let folder = tempfile::tempdir().unwrap();
		let metrics = Metrics::new(&Registry::new()).unwrap();
		let chain = FakeChain::new(&["//A"]);
		let mut worker = worker(&chain, folder.path(), &metrics);
		chain.change(|state| state.sealed = Some(vec![earlier(1, 5)]));
		chain.uncountable.store(true, Ordering::SeqCst);
		for _ in 0..LONGEST_PAUSE {
			worker.turn(chain.finalise()).await;
			// It is tried again after a minute, as after a success.
			assert_eq!(metrics.errors.get(), 1);
		}
		assert_eq!(metrics.sealed_to_earlier_keys.get(), 0);
		chain.uncountable.store(false, Ordering::SeqCst);
		worker.turn(chain.finalise()).await;
		assert_eq!((metrics.sealed_to_earlier_keys.get(), metrics.errors.get()), (5, 1));
	}

	#[tokio::test(flavor = "multi_thread")]
	async fn the_metric_falls_as_patients_reseal() {
		let folder = tempfile::tempdir().unwrap();
		let metrics = Metrics::new(&Registry::new()).unwrap();
		let chain = FakeChain::new(&["//A"]);
		let mut worker = worker(&chain, folder.path(), &metrics);
		for (sealed, expected) in [
			// The chain counts only after an upgrade.
			(None, 0),
			(Some(vec![present(1, 5)]), 0),
			(Some(vec![earlier(1, 5)]), 5),
			(Some(vec![earlier(1, 4), earlier(3, 2), present(4, 1)]), 6),
			(Some(vec![earlier(3, 1), present(4, 6)]), 1),
			// An unknown number is not 0.
			(None, 1),
			(Some(vec![present(4, 7)]), 0),
		] {
			chain.change(|state| state.sealed = sealed);
			worker.turn(chain.finalise()).await;
			assert_eq!(metrics.sealed_to_earlier_keys.get(), expected);
			// Until the minute is over, it is not counted again.
			chain.change(|state| state.sealed = Some(vec![earlier(1, 1_000)]));
			for _ in 1..LONGEST_PAUSE {
				worker.turn(chain.finalise()).await;
			}
			assert_eq!(metrics.sealed_to_earlier_keys.get(), expected);
		}
		assert_eq!(metrics.errors.get(), 0);
	}
}
