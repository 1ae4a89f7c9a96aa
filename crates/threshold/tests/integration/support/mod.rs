//! The committee of the vectors: four members, threshold three. It is stored, because dealing takes
//! seconds.

use std::sync::OnceLock;

use salus_threshold::*;
use serde_json::Value;

pub const GENESIS: [u8; 32] = [7; 32];
pub const DEK: [u8; 32] = [42; 32];
pub const BINDING: Binding = Binding { record: [1; 32], version: 3 };

/// Committee with everything that its members hold.
pub struct Committee {
	pub parameters: EpochParameters,
	pub secrets: Vec<MemberSecret>,
	pub dealings: Vec<Vec<u8>>,
	pub dealing_secrets: Vec<DealingSecret>,
	pub verified: Vec<VerifiedDealing>,
	pub public: EpochPublic,
	pub shares: Vec<SecretShare>,
}

impl Committee {
	/// Verifies the dealings and assembles the keys. `own` has the secret part of each member's
	/// dealing; `None` for a member that did not deal.
	pub fn assemble(
		parameters: EpochParameters,
		secrets: Vec<MemberSecret>,
		dealings: Vec<Vec<u8>>,
		own: Vec<Option<DealingSecret>>,
	) -> Self {
		let named: Vec<_> = (1..).zip(dealings.iter()).collect();
		let verified: Vec<_> =
			verify_dealings(&parameters, &named).into_iter().collect::<Result<_, _>>().unwrap();
		let public = EpochPublic::assemble(&parameters, &verified).unwrap();
		let shares = secrets
			.iter()
			.zip(&own)
			.map(|(secret, own)| public.secret_share(&parameters, &verified, secret, own.as_ref()))
			.collect::<Result<_, _>>()
			.unwrap();
		let dealing_secrets = own.into_iter().flatten().collect();
		Self { parameters, secrets, dealings, dealing_secrets, verified, public, shares }
	}
}

/// Creates a committee with new dealings.
pub fn deal_now(members: u16) -> Committee {
	deal_in(1, members)
}

/// Creates a committee with a key of its own in an epoch.
pub fn deal_in(epoch: u32, members: u16) -> Committee {
	let secrets: Vec<_> = (0..members).map(|_| MemberSecret::generate().unwrap()).collect();
	let parameters = parameters(&secrets, epoch);
	let dealings: Vec<_> =
		secrets.iter().map(|secret| deal(&parameters, secret).unwrap()).collect();
	let (messages, own) = dealings.into_iter().map(|one| (one.message, Some(one.secret))).unzip();
	Committee::assemble(parameters, secrets, messages, own)
}

pub fn parameters(secrets: &[MemberSecret], epoch: u32) -> EpochParameters {
	let members: Vec<_> = (1..).zip(secrets.iter().map(MemberSecret::identity)).collect();
	let threshold = threshold_of(members.len() as u16);
	EpochParameters::new(GENESIS, epoch, members, threshold).unwrap()
}

/// Returns the committee of the vectors.
pub fn committee() -> &'static Committee {
	static COMMITTEE: OnceLock<Committee> = OnceLock::new();
	COMMITTEE.get_or_init(|| {
		let vectors = vectors("committee.json");
		let members = vectors["members"].as_array().unwrap();
		let all = |name: &str| members.iter().map(|one| bytes(&one[name])).collect::<Vec<_>>();
		let secrets: Vec<_> =
			all("secret").iter().map(|secret| MemberSecret::from_bytes(secret).unwrap()).collect();
		let own = all("dealing_secret")
			.iter()
			.map(|secret| Some(DealingSecret::from_bytes(secret).unwrap()))
			.collect();
		let parameters = parameters(&secrets, vectors["epoch"].as_u64().unwrap() as u32);
		Committee::assemble(parameters, secrets, all("dealing"), own)
	})
}

pub fn context() -> ReleaseContext {
	ReleaseContext {
		genesis: GENESIS,
		binding: BINDING,
		log_entry: [2; 32],
		reader_key: [3; 32],
		purpose: 4,
		expiry: 1_000,
	}
}

/// Returns a sealed key for tests that need any one.
pub fn sealed() -> &'static SealedKey {
	static SEALED: OnceLock<SealedKey> = OnceLock::new();
	SEALED.get_or_init(|| committee().public.seal(&DEK, &BINDING).unwrap())
}

/// Returns the shares of all members, with their indices.
pub fn shares(release: &Release) -> Vec<(MemberIndex, Vec<u8>)> {
	committee()
		.shares
		.iter()
		.map(|secret| (secret.member(), release.share(secret).unwrap().to_vec()))
		.collect()
}

/// Converts shares to the form that `combine` takes.
pub fn named(shares: &[(MemberIndex, Vec<u8>)]) -> impl Iterator<Item = (MemberIndex, &[u8])> {
	shares.iter().map(|(member, bytes)| (*member, &bytes[..]))
}

/// Returns the blamed members, in order.
pub fn blamed(bad: &[ShareError]) -> Vec<MemberIndex> {
	bad.iter().map(|error| error.member).collect()
}

pub fn path(name: &str) -> String {
	// Cargo sets the variable at run time. The compiled-in value would name whichever copy of the
	// workspace was built first in this target folder.
	let package = std::env::var("CARGO_MANIFEST_DIR").expect("tests are run by cargo");
	format!("{package}/tests/vectors/{name}")
}

pub fn vectors(name: &str) -> Value {
	serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

pub fn bytes(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().unwrap()).unwrap()
}

pub fn array(value: &Value) -> [u8; 32] {
	bytes(value).try_into().unwrap()
}

/// Returns bytes with one bit flipped.
pub fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
	let mut bytes = bytes.to_vec();
	bytes[bit / 8] ^= 1 << (bit % 8);
	bytes
}
