//! Makes signed transactions for `scripts/measure-block-time`, which sends them to a development
//! node.
//!
//! ```text
//! load setup GENESIS                   transactions that prepare the chain, one per line, in hex
//! load register GENESIS COUNT WRAPS    registrations of one record each, by several authors;
//!                                      in guarded mode with one wrap
//! load remark GENESIS COUNT            empty calls by holders of tokens
//! load weight HEX                      microseconds in a value of System.BlockWeight
//! ```

use codec::{Decode, Encode};
use frame_support::dispatch::PerDispatchClass;
use frame_support::weights::Weight;
use salus_primitives::*;
use salus_runtime::{
	signing, AccountId, Address, Hash, Runtime, RuntimeCall, Signature, SignedPayload,
	UncheckedExtrinsic, VERSION,
};
use sp_core::{sr25519, Pair};
use sp_runtime::generic::Era;
use std::time::{SystemTime, UNIX_EPOCH};

/// Number of authors. Several are needed, because the pool limits how many transactions of one
/// account may wait.
const AUTHORS: u32 = 16;

/// Length of a sealed key, in bytes (`docs/threshold-format.md`).
const SEALED: usize = 167;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
		["setup", genesis] => setup(genesis.parse()?),
		["register", genesis, count, wraps] => {
			register(genesis.parse()?, count.parse()?, wraps.parse()?)
		}
		["remark", genesis, count] => remark(genesis.parse()?, count.parse()?),
		["weight", hex] => weight(hex),
		_ => Err("load setup GENESIS | load register GENESIS COUNT WRAPS | \
			load remark GENESIS COUNT | load weight HEX"
			.into()),
	}
}

fn pair(uri: &str) -> Result<sr25519::Pair, Failure> {
	Ok(sr25519::Pair::from_string(uri, None).map_err(|error| format!("{uri}: {error:?}"))?)
}

fn account(pair: &sr25519::Pair) -> AccountId {
	pair.public().0.into()
}

fn author(index: u32) -> Result<sr25519::Pair, Failure> {
	pair(&format!("//Author//{index}"))
}

/// Prints a transaction.
fn print(pair: &sr25519::Pair, genesis: Hash, nonce: u32, call: impl Into<RuntimeCall>) {
	let extension = signing::extension(nonce, Era::Immortal, 0);
	// The parts of the extensions that are signed but not sent, in order.
	let implicit = (
		(),
		(),
		VERSION.spec_version,
		VERSION.transaction_version,
		genesis,
		genesis,
		(),
		(),
		(),
		None,
		(),
	);
	let payload = SignedPayload::from_raw(call.into(), extension, implicit);
	let signature = payload.using_encoded(|bytes| pair.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	let extrinsic = UncheckedExtrinsic::new_signed(
		call,
		Address::Id(account(pair)),
		Signature::Sr25519(signature),
		extension,
	);
	println!("0x{}", hex(&extrinsic.encode()));
}

fn hex(bytes: &[u8]) -> String {
	bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Prepares the chain. The council (Alice alone) registers a hospital with Alice as administrator,
/// she admits the authors, and Bob enrols as a patient and lets the hospital write.
fn setup(genesis: Hash) -> Result<(), Failure> {
	let (alice, bob) = (pair("//Alice")?, pair("//Bob")?);
	let hospital = RuntimeCall::from(pallet_roles::Call::<Runtime>::register_organisation {
		kind: OrganisationKind::Hospital,
		admins: vec![account(&alice)].try_into().map_err(|_| "one is too many")?,
		profile: [1; 32],
	});
	let length_bound = hospital.encoded_size() as u32;
	let propose = pallet_collective::Call::propose {
		threshold: 1,
		proposal: Box::new(hospital),
		length_bound,
	};
	print(&alice, genesis, 0, RuntimeCall::Council(propose));
	// The chain's clock is that of this machine.
	let clock = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as Moment;
	let until = clock + pallet_roles::MAX_SIGNATURE_LIFETIME / 2;
	for index in 0..AUTHORS {
		let author = author(index)?;
		let admission = Admission {
			genesis: genesis.into(),
			account: account(&author),
			organisation: 1,
			role: Role::Practitioner,
			until,
		};
		let admit = pallet_roles::Call::<Runtime>::admit_accepted {
			organisation: 1,
			account: admission.account.clone(),
			role: Role::Practitioner,
			credential: [2; 32],
			expires: None,
			specialty: None,
			until,
			signature: Signature::Sr25519(author.sign(&admission.to_sign())),
		};
		print(&alice, genesis, index + 1, admit);
	}
	print(&bob, genesis, 0, pallet_roles::Call::<Runtime>::enrol { key: [3; 32] });
	let terms = GrantTerms {
		grantee: Grantee::Organisation(1),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().map_err(|_| "one is too many")?,
		actions: vec![Action::Write].try_into().map_err(|_| "one is too many")?,
		from: None,
		until: None,
		uses: None,
		condition: None,
	};
	let grant = pallet_consent::Call::<Runtime>::grant { terms, wraps: Default::default() };
	print(&bob, genesis, 1, grant);
	Ok(())
}

fn register(genesis: Hash, count: u32, wraps: u32) -> Result<(), Failure> {
	if !count.is_multiple_of(AUTHORS) {
		return Err(format!("the number of registrations must be a multiple of {AUTHORS}").into());
	}
	let bob = account(&pair("//Bob")?);
	let authors = (0..AUTHORS).map(author).collect::<Result<Vec<_>, _>>()?;
	// Each author's first transaction comes last. Until then the others wait, and no block takes
	// any.
	let first = AUTHORS.min(count);
	let rounds = (first..count).chain(0..first);
	for (number, author) in rounds.zip(authors.iter().cycle()) {
		let unique = sp_crypto_hashing::blake2_256(&number.encode());
		let wrap = |recipient| (recipient, Wrap { key_version: 1, sealed: [4; 80] });
		// As a client does: in guarded mode only for the patient; in direct mode also for the
		// author's organisation and for the permitted readers.
		let sealed = (wraps == 1).then(|| SealedKey {
			epoch: 1,
			sealed: [6; SEALED].to_vec().try_into().unwrap_or_default(),
		});
		let readers = (2..wraps).map(|reader| {
			Recipient::Account(sp_crypto_hashing::blake2_256(&reader.encode()).into())
		});
		let wraps: Vec<_> = [Recipient::Account(bob.clone()), Recipient::Organisation(1)]
			.into_iter()
			.take(wraps as usize)
			.chain(readers)
			.map(wrap)
			.collect();
		let new = NewRecord {
			patient: bob.clone(),
			organisation: 1,
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			salt: unique,
			content: Content {
				root: Cid::new(CODEC_DAG_PB, unique),
				size: 1 << 20,
				commitment: [5; 32],
			},
			wraps: wraps.try_into().map_err(|_| "these are too many")?,
			sealed,
		};
		let nonce = number / AUTHORS;
		print(author, genesis, nonce, pallet_records::Call::<Runtime>::register { new });
	}
	Ok(())
}

fn remark(genesis: Hash, count: u32) -> Result<(), Failure> {
	let senders = ["//Charlie", "//Dave", "//Eve", "//Ferdie"]
		.into_iter()
		.map(pair)
		.collect::<Result<Vec<_>, _>>()?;
	for (number, sender) in (0..count).zip(senders.iter().cycle()) {
		let call = frame_system::Call::<Runtime>::remark { remark: Vec::new() };
		print(sender, genesis, number / senders.len() as u32, call);
	}
	Ok(())
}

fn weight(hex: &str) -> Result<(), Failure> {
	let bytes = sp_core::bytes::from_hex(hex).map_err(|error| format!("{error:?}"))?;
	let weights = PerDispatchClass::<Weight>::decode(&mut &bytes[..])?;
	println!("{}", weights.total().ref_time() / 1_000_000);
	Ok(())
}
