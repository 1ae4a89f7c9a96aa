//! The reads that forward their parameters and the answer as they are.

use jsonrpsee::{
	core::RegisterMethodError,
	types::{params::ParamsSequence, ErrorObjectOwned},
	RpcModule,
};
use salus_primitives::{api::SalusApi, *};
use salus_runtime::{opaque::Block, AccountId, Hash};
use serde::{de::DeserializeOwned, Deserialize};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use super::Reads;

/// Declares the function that registers the forwarded reads.
macro_rules! forward {
	($(
		$(#[doc = $doc:literal])+
		$($converted:ident)? $method:literal $(since $since:literal)?:
		fn $name:ident($($param:ident: $type:ty),*) -> $answer:ty;
	)*) => {
		/// Registers the forwarded reads.
		pub(super) fn register<C>(module: &mut RpcModule<Reads<C>>) -> Result<(), RegisterMethodError>
		where
			C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
			C::Api: SalusApi<Block, AccountId>,
		{
			$(read!([$($converted)?] $name module, $method, ($($param: $type),*) $(, $since)?);)*
			Ok(())
		}
	};
}

/// Registers one read, as the example in the documentation of `reads` shows.
macro_rules! read {
	// `ConvertedReadsApi` has it.
	([converted] $($read:tt)*) => {};
	([] $name:ident $module:ident, $method:literal, ($($param:ident: $type:ty),*)) => {
		read!(@$module, $method, ($($param: $type),*) reads, at => {
			reads.ask(at, |api, at| api.$name(at, $($param),*))
		})
	};
	(
		[] $name:ident $module:ident, $method:literal, ($($param:ident: $type:ty),*), $since:literal
	) => {
		read!(@$module, $method, ($($param: $type),*) reads, at => {
			reads.ask_since($since, at, |api, at| api.$name(at, $($param),*))
		})
	};
	(
		@$module:ident, $method:literal, ($($param:ident: $type:ty),*)
		$reads:ident, $at:ident => $answer:expr
	) => {
		$module.register_blocking_method($method, |params, $reads, _| {
			#[derive(Deserialize)]
			struct Params {
				$($param: $type,)*
				at: Option<Hash>,
			}
			let Params { $($param,)* at: $at } = read_params(&params, |list| {
				Ok(Params { $($param: next(list)?,)* at: next(list)? })
			})?;
			Ok::<_, ErrorObjectOwned>($answer?)
		})?
	};
}

/// Returns the parameters of a read, which are given by name in an object, or in order in a list
/// that `in_order` reads.
fn read_params<P: DeserializeOwned>(
	params: &jsonrpsee::types::Params<'_>,
	in_order: impl FnOnce(&mut ParamsSequence<'_>) -> Result<P, ErrorObjectOwned>,
) -> Result<P, ErrorObjectOwned> {
	if params.is_object() {
		params.parse()
	} else {
		in_order(&mut params.sequence())
	}
}

/// Reads the next parameter of a list. One that was left out counts as null, which optional ones
/// accept.
fn next<T: DeserializeOwned>(sequence: &mut ParamsSequence<'_>) -> Result<T, ErrorObjectOwned> {
	let mut rest = *sequence;
	let next = sequence.next();
	match rest.optional_next::<serde::de::IgnoredAny>() {
		Ok(None) => serde_json::from_str("null").or(next),
		_ => next,
	}
}

salus_primitives::for_each_read!(forward);
