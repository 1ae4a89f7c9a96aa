//! Types of this pallet alone.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use salus_primitives::Cid;
use scale_info::TypeInfo;

/// What a storage node has to remove.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Removal {
	/// Root of the DAG that the node pinned.
	pub root: Cid,
	/// Block in which the record was erased. The node unpins when that block cannot be undone any more.
	pub block: u32,
}
