//! The chain's runtime, executed over a proof of the state that it reads.

use std::sync::{Mutex, PoisonError};

use smoldot::executor::{
	host::{Config, HostVmPrototype, StorageProofSizeBehavior},
	runtime_call::{self, RuntimeCall},
	storage_diff::TrieDiff,
	vm::ExecHint,
	DEFAULT_HEAP_PAGES,
};
use sp_crypto_hashing::blake2_256;

use crate::{state::Proof, Fault, Hash};

/// Maximum number of instances that are kept for the next call.
const KEPT: usize = 4;

/// The chain's runtime.
pub struct Code {
	hash: Hash,
	/// Instances for the next calls. The first one is there until the last call ends.
	instances: Mutex<Vec<HostVmPrototype>>,
	first: HostVmPrototype,
}

impl std::fmt::Debug for Code {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Code").field("hash", &hex::encode(self.hash)).finish_non_exhaustive()
	}
}

impl Code {
	/// Prepares the runtime with this hash, which a block's state names
	/// ([`code_hash`](crate::state::code_hash)).
	pub fn new(expected: &Hash, code: &[u8]) -> Result<Self, Fault> {
		if blake2_256(code) != *expected {
			return Err(Fault::OtherCode);
		}
		let first = HostVmPrototype::new(Config {
			module: code,
			heap_pages: DEFAULT_HEAP_PAGES,
			exec_hint: ExecHint::CompileWithNonDeterministicValidation,
			allow_unresolved_imports: true,
		})
		.map_err(|error| Fault::Runtime(error.to_string()))?;
		Ok(Self { hash: *expected, instances: Mutex::default(), first })
	}

	/// Returns the code's hash.
	pub fn hash(&self) -> &Hash {
		&self.hash
	}

	/// Calls a function of the runtime API over the state with this root. Without a proof, the
	/// function reads nothing of the state.
	pub fn call(
		&self,
		root: &Hash,
		proof: Option<&[u8]>,
		function: &str,
		arguments: &[u8],
	) -> Result<Vec<u8>, Fault> {
		let proof = proof.map(Proof::decode).transpose()?;
		let instance = self.lock().pop().unwrap_or_else(|| self.first.clone());
		let started = runtime_call::run(runtime_call::Config {
			virtual_machine: instance,
			function_to_call: function,
			parameter: std::iter::once(arguments),
			storage_main_trie_changes: TrieDiff::empty(),
			storage_proof_size_behavior: StorageProofSizeBehavior::proof_recording_disabled(),
			max_log_level: 0,
			calculate_trie_changes: false,
		});
		let refused = |cause: String| Fault::Refused { function: function.to_owned(), cause };
		let call = match started {
			Ok(call) => call,
			Err((error, instance)) => {
				self.keep(instance);
				return Err(refused(error.to_string()));
			}
		};
		match run(call, function, root, proof.as_ref()) {
			Ok(success) => {
				let value = success.value().as_ref().to_vec();
				self.keep(success.into_prototype());
				Ok(value)
			}
			Err(Stopped::Runtime(error)) => {
				let cause = error.detail.to_string();
				self.keep(error.prototype);
				Err(refused(cause))
			}
			Err(Stopped::Fault(fault, instance)) => {
				self.keep(*instance);
				Err(fault)
			}
		}
	}

	fn lock(&self) -> std::sync::MutexGuard<'_, Vec<HostVmPrototype>> {
		self.instances.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn keep(&self, instance: HostVmPrototype) {
		let mut instances = self.lock();
		if instances.len() < KEPT {
			instances.push(instance);
		}
	}
}

/// Reason why a call did not end with a value.
enum Stopped {
	/// The runtime gave an error.
	Runtime(Box<runtime_call::Error>),
	/// The proof is at fault.
	Fault(Fault, Box<HostVmPrototype>),
}

/// Runs a call to its end.
fn run(
	mut call: RuntimeCall,
	function: &str,
	root: &Hash,
	proof: Option<&Proof<'_>>,
) -> Result<runtime_call::SuccessVirtualMachine, Stopped> {
	loop {
		call = match call {
			RuntimeCall::Finished(Ok(success)) => return Ok(success.virtual_machine),
			RuntimeCall::Finished(Err(error)) => return Err(Stopped::Runtime(Box::new(error))),
			RuntimeCall::StorageGet(get) if get.child_trie().is_none() => {
				let value = match proof {
					Some(proof) => proof.trie().storage_value(root, get.key().as_ref()).ok(),
					None => None,
				};
				match value {
					Some(value) => get.inject_value(
						value.map(|(value, version)| (std::iter::once(value), version)),
					),
					None => {
						let lacking = Fault::Lacking(get.key().as_ref().to_vec());
						return Err(stopped(lacking, RuntimeCall::StorageGet(get)));
					}
				}
			}
			RuntimeCall::NextKey(next) if next.child_trie().is_none() => {
				let key = match proof {
					Some(proof) => proof
						.trie()
						.next_key(
							root,
							next.key(),
							next.or_equal(),
							next.prefix(),
							next.branch_nodes(),
						)
						.ok(),
					None => None,
				};
				match key {
					Some(key) => next.inject_key(key),
					None => return Err(stopped(Fault::Incomplete, RuntimeCall::NextKey(next))),
				}
			}
			RuntimeCall::ClosestDescendantMerkleValue(wanted) => wanted.resume_unknown(),
			RuntimeCall::SignatureVerification(signature) => signature.verify_and_resume(),
			RuntimeCall::LogEmit(log) => log.resume(),
			// Only off-chain workers and block production do the rest.
			other => return Err(stopped(Fault::Unprovable(function.to_owned()), other)),
		}
	}
}

fn stopped(fault: Fault, call: RuntimeCall) -> Stopped {
	Stopped::Fault(fault, Box::new(call.into_prototype()))
}
