//! A chain in memory that applies signed transactions as a block would.

use codec::Encode;
use frame_support::dispatch::GetDispatchInfo;
use salus_primitives::{Admission, Enrolment, OrganisationId, OrganisationKind, Recovery, Role};
use salus_runtime::{
	signing, AccountId, Address, Balances, Executive, Hash, Header, Roles, Runtime, RuntimeCall,
	RuntimeGenesisConfig, RuntimeOrigin, Signature, SignedPayload, System, Timestamp, TxExtension,
	UncheckedExtrinsic,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{
	generic::Era, traits::Dispatchable, ApplyExtrinsicResult, BuildStorage, Digest, DigestItem,
};
use std::{collections::BTreeMap, sync::Mutex};

/// Time of the chain's first block, in milliseconds since 1970.
pub const START: u64 = 1_800_000_000_000;

/// Returns the key pair of a development account such as `//Alice`. The derivation takes a
/// millisecond, so the pair is cached.
pub fn pair(uri: &str) -> sr25519::Pair {
	static PAIRS: Mutex<BTreeMap<String, sr25519::Pair>> = Mutex::new(BTreeMap::new());
	PAIRS
		.lock()
		.expect("no derivation fails half way")
		.entry(uri.to_owned())
		.or_insert_with(|| sr25519::Pair::from_string(uri, None).expect("the URI is well-formed"))
		.clone()
}

/// Returns the account of a key pair.
pub fn account(uri: &str) -> AccountId {
	pair(uri).public().0.into()
}

/// Runs a test on the development genesis, within its first block, with a hospital (number 1) whose
/// administrator is `//Admin`. None of the accounts of these tests has a balance.
pub fn on_chain(test: impl FnOnce()) {
	on_chain_of("development", serde_json::json!({}), test);
}

/// Runs a test as [`on_chain`] does, on another preset with some changes.
pub fn on_chain_of(preset: &str, change: serde_json::Value, test: impl FnOnce()) {
	let genesis = salus_runtime::presets::get_preset(&preset.into()).expect("it exists");
	let patch: serde_json::Value = serde_json::from_slice(&genesis).expect("presets are JSON");
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("it is JSON");
	json_merge(&mut config, patch);
	json_merge(&mut config, change);
	let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("it is complete");
	let mut chain: sp_io::TestExternalities =
		config.build_storage().expect("the genesis is consistent").into();
	chain.execute_with(|| {
		start_block(Default::default(), 1, START);
		Roles::register_organisation(
			RuntimeOrigin::root(),
			OrganisationKind::Hospital,
			vec![account("//Admin")].try_into().expect("one is few enough"),
			[1; 32],
		)
		.expect("root stands for the council");
		test();
	});
}

fn json_merge(into: &mut serde_json::Value, from: serde_json::Value) {
	match (into, from) {
		(serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
			for (key, value) in from {
				json_merge(into.entry(key).or_insert(serde_json::Value::Null), value);
			}
		}
		(into, from) => *into = from,
	}
}

/// Begins the block `number` at `time`.
fn start_block(parent_hash: Hash, number: u32, time: u64) {
	let digest = Digest {
		logs: vec![DigestItem::PreRuntime(
			sp_consensus_aura::AURA_ENGINE_ID,
			sp_consensus_aura::Slot::from(time / salus_runtime::units::SLOT_DURATION).encode(),
		)],
	};
	let header = Header {
		parent_hash,
		number,
		state_root: Default::default(),
		extrinsics_root: Default::default(),
		digest,
	};
	Executive::initialize_block(&header);
	let inherent = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: time });
	Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(inherent))
		.expect("the timestamp comes first")
		.expect("it is in order");
}

/// Ends the block and begins the next one, `later` milliseconds after the first block.
pub fn next_block_at(later: u64) {
	let ended = Executive::finalize_block();
	start_block(ended.hash(), ended.number + 1, START + later);
}

/// Admits `uri` at the hospital in this role.
pub fn admit(uri: &str, role: Role) {
	admit_at(1, uri, role);
}

/// Admits `uri`, with their signature, at an organisation whose administrator is `//Admin`.
pub fn admit_at(organisation: OrganisationId, uri: &str, role: Role) {
	admission(organisation, uri, role)
		.dispatch(RuntimeOrigin::signed(account("//Admin")))
		.expect("the administrator admits");
}

/// Returns the call that admits `uri` at the organisation, with their signature.
pub fn admission(organisation: OrganisationId, uri: &str, role: Role) -> RuntimeCall {
	let until = Timestamp::get() + pallet_roles::MAX_SIGNATURE_LIFETIME;
	let admission = Admission {
		genesis: System::block_hash(0).into(),
		account: account(uri),
		organisation,
		role,
		until,
	};
	pallet_roles::Call::admit_accepted {
		organisation,
		account: account(uri),
		role,
		credential: [2; 32],
		expires: None,
		specialty: None,
		until,
		signature: pair(uri).sign(&admission.to_sign()).into(),
	}
	.into()
}

/// Returns the call that enrols `uri` at the hospital, with their signature.
pub fn enrolment(organisation: OrganisationId, uri: &str) -> RuntimeCall {
	let expires = Timestamp::get() + pallet_roles::MAX_SIGNATURE_LIFETIME;
	let key = account(uri).into();
	let enrolment = Enrolment {
		genesis: System::block_hash(0).into(),
		patient: account(uri),
		organisation,
		key,
		expires,
	};
	pallet_roles::Call::enrol_patient {
		organisation,
		patient: account(uri),
		key,
		credential: [2; 32],
		expires,
		signature: pair(uri).sign(&enrolment.to_sign()).into(),
	}
	.into()
}

/// Returns the call that proposes `successor` to act for a patient, signed by `signer`.
pub fn recovery(patient: &str, successor: &str, signer: &str) -> RuntimeCall {
	let until = Timestamp::get() + pallet_succession::MAX_SIGNATURE_LIFETIME;
	let (patient, successor) = (account(patient), account(successor));
	let genesis = System::block_hash(0).into();
	let recovery =
		Recovery { genesis, patient: patient.clone(), successor: successor.clone(), until };
	let signature = pair(signer).sign(&recovery.to_sign()).into();
	pallet_succession::Call::<Runtime>::propose_accepted { patient, successor, until, signature }
		.into()
}

/// Returns a transaction of `uri` with their next nonce.
pub fn sign(uri: &str, call: impl Into<RuntimeCall>, tip: u128) -> UncheckedExtrinsic {
	let who = account(uri);
	let extension: TxExtension =
		signing::extension(System::account_nonce(&who), Era::Immortal, tip);
	let payload = SignedPayload::new(call.into(), extension).expect("the implicit part is known");
	let signature = payload.using_encoded(|bytes| pair(uri).sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(call, Address::Id(who), Signature::Sr25519(signature), extension)
}

/// Applies a transaction of `uri`.
pub fn send(uri: &str, call: impl Into<RuntimeCall>) -> ApplyExtrinsicResult {
	Executive::apply_extrinsic(sign(uri, call, 0))
}

/// Returns the cost of a transaction of `uri` before dispatch, regardless of its payer.
pub fn fee(uri: &str, call: impl Into<RuntimeCall>) -> u128 {
	let extrinsic = sign(uri, call, 0);
	let info = extrinsic.get_dispatch_info();
	pallet_transaction_payment::Pallet::<Runtime>::compute_fee(
		extrinsic.encoded_size() as u32,
		&info,
		0,
	)
}

/// Gives `uri` tokens.
pub fn endow(uri: &str, amount: u128) {
	Balances::force_set_balance(RuntimeOrigin::root(), account(uri).into(), amount)
		.expect("root may");
}

/// Returns the balance of `uri`.
pub fn balance(uri: &str) -> u128 {
	Balances::free_balance(account(uri))
}

/// Random numbers by xorshift64*, so that its number alone reproduces a failing history.
pub struct Chance(u64);

impl Chance {
	/// Starts the sequence of a history.
	pub fn of(history: u64) -> Self {
		Self(history.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
	}

	/// Returns a number below `end`.
	pub fn below(&mut self, end: usize) -> usize {
		self.0 ^= self.0 >> 12;
		self.0 ^= self.0 << 25;
		self.0 ^= self.0 >> 27;
		(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
	}

	/// Returns one of all.
	pub fn of_all<T: Copy>(&mut self, all: &[T]) -> T {
		all[self.below(all.len())]
	}
}
