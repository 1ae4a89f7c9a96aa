//! Types that only this pallet uses.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use salus_primitives::Cid;
use scale_info::TypeInfo;

/// A removal that a storage node owes.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Removal {
	/// Root of the DAG that the node pinned.
	pub root: Cid,
	/// Block in which the removal became owed, by an erasure or because the replica stopped
	/// counting. The node unpins only once this block is final.
	pub block: u32,
}
