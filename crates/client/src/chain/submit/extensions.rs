//! The extensions of a transaction: what it carries besides its call, and what else is signed.

use codec::Encode;
use salus_primitives::Hash32;
use subxt::{
	client::OnlineClientAtBlock,
	config::{
		transaction_extensions::{
			ChargeTransactionPayment, ChargeTransactionPaymentParams, CheckGenesis, CheckMortality,
			CheckMortalityParams, CheckNonce, CheckNonceParams, CheckSpecVersion, CheckTxVersion,
		},
		ClientState, SubstrateConfig, TransactionExtension,
	},
	error::ExtrinsicError,
	ext::{
		frame_decode::extrinsics::{self, TransactionExtensionError},
		scale_type_resolver::TypeResolver,
	},
};

use super::{library, SubmitError};

/// The extensions that carry bytes or have some signed.
pub(super) type Extensions = (
	CheckSpecVersion,
	CheckTxVersion,
	CheckGenesis<SubstrateConfig>,
	CheckMortality<SubstrateConfig>,
	CheckNonce,
	ChargeTransactionPayment,
	CheckMetadataHash,
);

/// Returns the extensions of a transaction without a tip.
pub(super) fn extensions(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	nonce: u64,
	mortality: CheckMortalityParams<SubstrateConfig>,
	digest: Option<Hash32>,
) -> Result<Extensions, SubmitError> {
	let state = ClientState {
		genesis_hash: at
			.genesis_hash()
			.ok_or(ExtrinsicError::GenesisHashNotProvided)
			.map_err(library)?,
		spec_version: at.spec_version(),
		transaction_version: at.transaction_version(),
		metadata: at.metadata(),
	};
	Ok((
		extension(&state, ())?,
		extension(&state, ())?,
		extension(&state, ())?,
		extension(&state, mortality)?,
		extension(&state, CheckNonceParams::with_nonce(nonce))?,
		extension(&state, ChargeTransactionPaymentParams::no_tip())?,
		CheckMetadataHash(digest),
	))
}

fn extension<E: TransactionExtension<SubstrateConfig>>(
	state: &ClientState<SubstrateConfig>,
	params: E::Params,
) -> Result<E, SubmitError> {
	E::new(state, params).map_err(ExtrinsicError::from).map_err(library)
}

/// Has the digest of the metadata signed, if the runtime carries one. The chain accepts the
/// signature only if its runtime carries the same.
pub(super) struct CheckMetadataHash(Option<Hash32>);

impl<R: TypeResolver> extrinsics::TransactionExtension<R> for CheckMetadataHash {
	const NAME: &'static str = "CheckMetadataHash";

	/// Encodes the mode: whether a digest is signed.
	fn encode_value_to(
		&self,
		_: R::TypeId,
		_: &R,
		out: &mut Vec<u8>,
	) -> Result<(), TransactionExtensionError> {
		self.0.is_some().encode_to(out);
		Ok(())
	}

	fn encode_implicit_to(
		&self,
		_: R::TypeId,
		_: &R,
		out: &mut Vec<u8>,
	) -> Result<(), TransactionExtensionError> {
		self.0.encode_to(out);
		Ok(())
	}
}
