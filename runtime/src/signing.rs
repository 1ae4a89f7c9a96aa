//! Transactions signed by the off-chain worker.
//!
//! The worker of `pallet-records` confirms what its node stores. It signs with the keystore's
//! sr25519 key of type `salu`. The transaction is an ordinary one and is paid by the ordinary rule
//! ([`crate::fees`]).

use crate::{
	fees, succession, AccountId, Address, Balance, Nonce, Runtime, RuntimeCall, Signature,
	SignedPayload, System, TxExtension, UncheckedExtrinsic,
};
use codec::Encode;
use frame_system::offchain::{
	AppCrypto, CreateBare, CreateSignedTransaction, CreateTransactionBase, SigningTypes,
};
use salus_primitives::MetadataHash;
use sp_runtime::{
	generic::Era,
	traits::{StaticLookup, TransactionExtension, Verify},
};

/// Lifetime of a worker's transaction, in blocks. A transaction not included by then is sent again.
const MORTALITY: u64 = 128;

/// Returns the digest of the metadata that the build of the Wasm embeds. The native runtime has
/// none.
pub fn metadata_hash() -> Option<MetadataHash> {
	let check = frame_metadata_hash_extension::CheckMetadataHash::<Runtime>::new(true);
	TransactionExtension::<RuntimeCall>::implicit(&check).ok().flatten().map(MetadataHash)
}

/// Returns the extensions of a transaction with this nonce, era and tip.
pub fn extension(nonce: Nonce, era: Era, tip: Balance) -> TxExtension {
	(
		frame_system::AuthorizeCall::new(),
		succession::CheckSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(era),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		fees::Payment::with_tip(tip),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

impl SigningTypes for Runtime {
	type Public = <Signature as Verify>::Signer;
	type Signature = Signature;
}

impl<LocalCall> CreateTransactionBase<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<LocalCall> CreateBare<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
}

impl<LocalCall> CreateSignedTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_signed_transaction<C: AppCrypto<Self::Public, Self::Signature>>(
		call: RuntimeCall,
		public: Self::Public,
		account: AccountId,
		nonce: Nonce,
	) -> Option<UncheckedExtrinsic> {
		// The current block's hash is unknown while it is executed, so the era starts one block
		// earlier.
		let birth = u64::from(System::block_number()).saturating_sub(1);
		let payload =
			SignedPayload::new(call, extension(nonce, Era::mortal(MORTALITY, birth), 0)).ok()?;
		let signature = payload.using_encoded(|bytes| C::sign(bytes, public))?;
		let (call, extension, _) = payload.deconstruct();
		let address: Address =
			<<Runtime as frame_system::Config>::Lookup as StaticLookup>::unlookup(account);
		Some(UncheckedExtrinsic::new_signed(call, address, signature, extension))
	}
}
