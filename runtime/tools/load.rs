//! Makes signed transactions for `scripts/measure-block-time` and `benches/peers/run`, which send
//! them to a development node.
//!
//! ```text
//! load setup GENESIS                   transactions that prepare the chain, one per line, in hex
//! load permit GENESIS                  the patient lets the second author read; after `setup`
//! load readers GENESIS WRAPS           publishes the keys of readers; after `setup`, and before
//!                                      registrations with up to WRAPS wraps
//! load register GENESIS COUNT WRAPS    registrations of one record each, by several authors;
//!                                      in guarded mode with one wrap
//! load register GENESIS COUNT WRAPS FROM
//!                                      the same in order, after FROM transactions of the authors
//! load register-many GENESIS CALLS SIZE FROM
//!                                      the same with SIZE records in each, in guarded mode
//! load sizes                           bytes of one record in a registration, and the largest
//!                                      SIZE
//! load remark GENESIS COUNT            empty calls by holders of tokens
//! load weight HEX                      microseconds in a value of System.BlockWeight
//! ```

use codec::{Decode, Encode};
use frame_support::dispatch::PerDispatchClass;
use frame_support::traits::Get;
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
		["permit", genesis] => permit(genesis.parse()?),
		["readers", genesis, wraps] => readers(genesis.parse()?, wraps.parse()?),
		["register", genesis, count, wraps] => {
			register_last_first(genesis.parse()?, count.parse()?, wraps.parse()?)
		}
		["register", genesis, count, wraps, from] => {
			let from: u32 = from.parse()?;
			register(genesis.parse()?, from..from + count.parse::<u32>()?, wraps.parse()?)
		}
		["register-many", genesis, calls, size, from] => {
			register_many(genesis.parse()?, calls.parse()?, size.parse()?, from.parse()?)
		}
		["sizes"] => sizes(),
		["remark", genesis, count] => remark(genesis.parse()?, count.parse()?),
		["weight", hex] => weight(hex),
		_ => Err("load setup GENESIS | load permit GENESIS | load readers GENESIS WRAPS | \
			load register GENESIS COUNT WRAPS [FROM] | load register-many GENESIS CALLS SIZE FROM | \
			load sizes | load remark GENESIS COUNT | load weight HEX"
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

fn reader(index: u32) -> Result<sr25519::Pair, Failure> {
	pair(&format!("//Reader//{index}"))
}

/// Returns a time until which signatures may be used.
fn deadline() -> Result<Moment, Failure> {
	// The chain runs on this machine, so it has the same clock.
	let clock = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as Moment;
	Ok(clock + pallet_roles::MAX_SIGNATURE_LIFETIME / 2)
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
	let until = deadline()?;
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

/// Lets the second author read everything of the patient's for treatment, by a grant to this author
/// alone. Bob's transactions of [`setup`] come before.
fn permit(genesis: Hash) -> Result<(), Failure> {
	let terms = GrantTerms {
		grantee: Grantee::Account(account(&author(1)?)),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().map_err(|_| "one is too many")?,
		actions: vec![Action::Read].try_into().map_err(|_| "one is too many")?,
		from: None,
		until: None,
		uses: None,
		condition: None,
	};
	let grant = pallet_consent::Call::<Runtime>::grant { terms, wraps: Default::default() };
	print(&pair("//Bob")?, genesis, 2, grant);
	Ok(())
}

/// Publishes the keys of the hospital and of the readers to whom [`recipients`] leads. Alice's
/// transactions of [`setup`] come before.
fn readers(genesis: Hash, wraps: u32) -> Result<(), Failure> {
	let alice = pair("//Alice")?;
	let set =
		pallet_roles::Call::<Runtime>::set_organisation_key { organisation: 1, public: [8; 32] };
	print(&alice, genesis, AUTHORS + 1, set);
	let expires = deadline()?;
	for index in 2..wraps {
		let reader = reader(index)?;
		let enrolment = Enrolment {
			genesis: genesis.into(),
			patient: account(&reader),
			organisation: 1,
			key: [9; 32],
			expires,
		};
		let enrol = pallet_roles::Call::<Runtime>::enrol_patient {
			organisation: 1,
			patient: enrolment.patient.clone(),
			key: enrolment.key,
			credential: [2; 32],
			expires,
			signature: Signature::Sr25519(reader.sign(&enrolment.to_sign())),
		};
		print(&alice, genesis, AUTHORS + index, enrol);
	}
	Ok(())
}

/// Returns the recipients of a record's key as a client chooses them: in guarded mode only the
/// patient; in direct mode also the author's organisation and permitted readers.
fn recipients(wraps: u32) -> Result<Vec<Recipient<AccountId>>, Failure> {
	let mut recipients =
		vec![Recipient::Account(account(&pair("//Bob")?)), Recipient::Organisation(1)];
	recipients.truncate(wraps as usize);
	for index in 2..wraps {
		recipients.push(Recipient::Account(account(&reader(index)?)));
	}
	Ok(recipients)
}

/// Returns a record of Bob's with its key wrapped for these recipients. `number` makes it unique.
fn record(
	number: impl Encode,
	recipients: &[Recipient<AccountId>],
) -> Result<NewRecord<AccountId>, Failure> {
	let bob = account(&pair("//Bob")?);
	let unique = sp_crypto_hashing::blake2_256(&number.encode());
	let wrap = |recipient| (recipient, Wrap { key_version: 1, sealed: [4; 80] });
	let sealed = (recipients.len() == 1).then(|| SealedKey {
		epoch: 1,
		sealed: [6; SEALED].to_vec().try_into().unwrap_or_default(),
	});
	let wraps: Vec<_> = recipients.iter().cloned().map(wrap).collect();
	Ok(NewRecord {
		patient: bob,
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
	})
}

/// Prints registrations so that each author's first transaction comes last. Until then the others
/// wait, and no block takes any.
fn register_last_first(genesis: Hash, count: u32, wraps: u32) -> Result<(), Failure> {
	if !count.is_multiple_of(AUTHORS) {
		return Err(format!("the number of registrations must be a multiple of {AUTHORS}").into());
	}
	let first = AUTHORS.min(count);
	register(genesis, (first..count).chain(0..first), wraps)
}

/// Prints the registrations with these numbers. The authors take turns.
fn register(genesis: Hash, numbers: impl Iterator<Item = u32>, wraps: u32) -> Result<(), Failure> {
	let authors = (0..AUTHORS).map(author).collect::<Result<Vec<_>, _>>()?;
	let recipients = recipients(wraps)?;
	for number in numbers {
		let (author, nonce) = (&authors[(number % AUTHORS) as usize], number / AUTHORS);
		let new = record(number, &recipients)?;
		print(author, genesis, nonce, pallet_records::Call::<Runtime>::register { new });
	}
	Ok(())
}

/// Prints calls that register that many records each, after `from` transactions of the authors.
fn register_many(genesis: Hash, calls: u32, size: u32, from: u32) -> Result<(), Failure> {
	let authors = (0..AUTHORS).map(author).collect::<Result<Vec<_>, _>>()?;
	let patient = recipients(1)?;
	for number in from..from + calls {
		let records: Vec<_> =
			(0..size).map(|item| record((number, item), &patient)).collect::<Result<_, _>>()?;
		let records = records.try_into().map_err(|_| "a call cannot take that many records")?;
		let (author, nonce) = (&authors[(number % AUTHORS) as usize], number / AUTHORS);
		print(author, genesis, nonce, pallet_records::Call::<Runtime>::register_many { records });
	}
	Ok(())
}

/// Prints the bytes of one record in a registration, and the largest number of records in a call.
fn sizes() -> Result<(), Failure> {
	let largest = <<Runtime as pallet_records::Config>::MaxBatch as Get<u32>>::get();
	println!("{} {largest}", record(0u32, &recipients(1)?)?.encoded_size());
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
