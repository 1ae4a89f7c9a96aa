//! The runtime API: every read of Salus, for JSON-RPC, the SDK and polkadot.js apps.

use crate::*;
use alloc::{string::String, vec::Vec};
use codec::Codec;

/// Declares the runtime API from the [table of reads](crate::for_each_read).
macro_rules! declare {
	($(
		$(#[doc = $doc:literal])+
		$($converted:ident)? $method:literal $(since $since:literal)?:
		fn $name:ident($($param:ident: $type:ty),*) -> $answer:ty;
	)*) => {
		sp_api::decl_runtime_apis! {
			/// Reads of the Salus chain.
			///
			/// Before each upgrade, nodes and clients are newer than the chain's runtime for a
			/// while. Every change here therefore gets a new version, and callers ask the runtime
			/// for its version.
			#[api_version(3)]
			pub trait SalusApi<AccountId> where AccountId: Codec {
				$(
					$(#[doc = $doc])+
					fn $name($($param: $type),*) -> $answer;
				)*
				/// Returns the validators, without the blocks in which they joined.
				#[changed_in(2)]
				fn validators() -> version_1::ValidatorSet<AccountId>;
			}
		}
	};
}

for_each_read!(declare);
