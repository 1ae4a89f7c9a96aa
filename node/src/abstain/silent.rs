//! The keystore that GRANDPA sees.

use std::sync::{
	atomic::{AtomicU8, Ordering},
	Arc,
};

use sp_core::{crypto::KeyTypeId, ecdsa, ed25519, sr25519};
use sp_keystore::{Error, Keystore, KeystorePtr};

use super::{
	votes::{VoteRefusal, Votes},
	Voted, LOG_TARGET,
};

/// State of a node's votes.
pub(super) struct State(AtomicU8);

impl State {
	const VOTES: u8 = 0;
	/// The node abstains until the rounds that were open at its start are over.
	pub(super) const WAITS: u8 = 1;
	/// The node has refused a vote, and abstains until it ends.
	pub(super) const REFUSED: u8 = 2;

	pub(super) fn new(must_wait: bool) -> Arc<Self> {
		Arc::new(Self(AtomicU8::new(if must_wait { Self::WAITS } else { Self::VOTES })))
	}

	pub(super) fn get(&self) -> u8 {
		self.0.load(Ordering::SeqCst)
	}

	fn abstains(&self) -> bool {
		self.get() != Self::VOTES
	}

	fn refuse(&self) {
		self.0.store(Self::REFUSED, Ordering::SeqCst);
	}

	/// Ends the wait. A node that has refused a vote continues to abstain.
	pub(super) fn end_wait(&self) {
		let _ =
			self.0.compare_exchange(Self::WAITS, Self::VOTES, Ordering::SeqCst, Ordering::SeqCst);
	}
}

/// Keystore as GRANDPA sees it: without keys while the node abstains. GRANDPA looks for keys when a
/// round begins, and signs; it uses nothing else.
pub(super) struct Silent {
	pub(super) inner: KeystorePtr,
	pub(super) state: Arc<State>,
	/// The last votes; `None` for a development key.
	pub(super) votes: Option<Votes>,
	pub(super) voted: Voted,
}

impl Silent {
	/// Abstains instead of signing a vote. GRANDPA stops the node, because it cannot vote.
	fn refuse(&self, refusal: VoteRefusal) {
		self.state.refuse();
		if let VoteRefusal::Unrecorded(file, error) = refusal {
			log::error!(
				target: LOG_TARGET,
				"cannot record a vote in {}: {error}. The node does not vote, and stops; check the file's permissions \
				 and the free space, and start it again",
				file.display(),
			);
			return;
		}
		log::error!(
			target: LOG_TARGET,
			"this database has forgotten votes that the node has given: it is an older copy, or was reverted. The node \
			 does not vote twice; it stops, and abstains after its next start until earlier rounds are over",
		);
		if let Err(error) = self.voted.begin() {
			log::error!(
				target: LOG_TARGET,
				"cannot record the abstention in {}: {error}",
				self.voted.mark().display(),
			);
		}
	}
}

impl Keystore for Silent {
	fn has_keys(&self, public_keys: &[(Vec<u8>, KeyTypeId)]) -> bool {
		!self.state.abstains() && self.inner.has_keys(public_keys)
	}
	fn ed25519_public_keys(&self, key_type: KeyTypeId) -> Vec<ed25519::Public> {
		if self.state.abstains() {
			return Vec::new();
		}
		self.inner.ed25519_public_keys(key_type)
	}
	fn ed25519_sign(
		&self,
		key_type: KeyTypeId,
		public: &ed25519::Public,
		msg: &[u8],
	) -> Result<Option<ed25519::Signature>, Error> {
		if self.state.abstains() {
			return Ok(None);
		}
		let admitted = self.votes.as_ref().map_or(Ok(()), |votes| votes.admit(&public.0, msg));
		if let Err(refusal) = admitted {
			self.refuse(refusal);
			return Ok(None);
		}
		self.inner.ed25519_sign(key_type, public, msg)
	}
	fn ed25519_generate_new(
		&self,
		_: KeyTypeId,
		_: Option<&str>,
	) -> Result<ed25519::Public, Error> {
		Err(Error::Unavailable)
	}
	fn sr25519_public_keys(&self, _: KeyTypeId) -> Vec<sr25519::Public> {
		Vec::new()
	}
	fn sr25519_generate_new(
		&self,
		_: KeyTypeId,
		_: Option<&str>,
	) -> Result<sr25519::Public, Error> {
		Err(Error::Unavailable)
	}
	fn sr25519_sign(
		&self,
		_: KeyTypeId,
		_: &sr25519::Public,
		_: &[u8],
	) -> Result<Option<sr25519::Signature>, Error> {
		Ok(None)
	}
	fn sr25519_vrf_sign(
		&self,
		_: KeyTypeId,
		_: &sr25519::Public,
		_: &sr25519::vrf::VrfSignData,
	) -> Result<Option<sr25519::vrf::VrfSignature>, Error> {
		Ok(None)
	}
	fn sr25519_vrf_pre_output(
		&self,
		_: KeyTypeId,
		_: &sr25519::Public,
		_: &sr25519::vrf::VrfInput,
	) -> Result<Option<sr25519::vrf::VrfPreOutput>, Error> {
		Ok(None)
	}
	fn ecdsa_public_keys(&self, _: KeyTypeId) -> Vec<ecdsa::Public> {
		Vec::new()
	}
	fn ecdsa_generate_new(&self, _: KeyTypeId, _: Option<&str>) -> Result<ecdsa::Public, Error> {
		Err(Error::Unavailable)
	}
	fn ecdsa_sign(
		&self,
		_: KeyTypeId,
		_: &ecdsa::Public,
		_: &[u8],
	) -> Result<Option<ecdsa::Signature>, Error> {
		Ok(None)
	}
	fn ecdsa_sign_prehashed(
		&self,
		_: KeyTypeId,
		_: &ecdsa::Public,
		_: &[u8; 32],
	) -> Result<Option<ecdsa::Signature>, Error> {
		Ok(None)
	}
	fn insert(&self, _: KeyTypeId, _: &str, _: &[u8]) -> Result<(), ()> {
		Err(())
	}
	fn keys(&self, key_type: KeyTypeId) -> Result<Vec<Vec<u8>>, Error> {
		self.inner.keys(key_type)
	}
}
