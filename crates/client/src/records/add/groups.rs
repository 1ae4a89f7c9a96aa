//! Dividing files into groups that are registered together.

use std::ops::Range;

use crate::{
	chain::{metadata::constant, submit::SubmitError},
	Client,
};

/// Number of records in one transaction, if the runtime does not say.
const USUAL_BATCH: usize = 100;

/// Most files in a group. Each keeps a file open until it is registered, and a process can usually
/// open 1,024.
const MAX_FILES: usize = 400;

/// Most bytes of a group, unless a single file is larger. They stay in the node's staging area
/// until the group is registered, and a node stages 16 GiB for one account.
const MAX_BYTES: u64 = 4 << 30;

impl Client {
	/// Returns the maximum number of records that one transaction registers. Records about many
	/// patients may not fit: the chain reserves room for a decision of each patient.
	pub async fn max_batch(&self) -> Result<usize, SubmitError> {
		let most: Option<u32> = constant(&self.state().await?, "Records", "MaxBatch");
		Ok(most.map_or(USUAL_BATCH, |most| most.max(1) as usize))
	}
}

/// Divides files of these sizes, in order, into groups that are staged and then registered in one
/// transaction.
pub(super) fn groups(sizes: &[u64], max_batch: usize) -> Vec<Range<usize>> {
	let most = max_batch.clamp(1, MAX_FILES);
	let mut groups: Vec<Range<usize>> = Vec::new();
	let mut bytes = 0u64;
	for (index, size) in sizes.iter().enumerate() {
		bytes = bytes.saturating_add(*size);
		match groups.last_mut() {
			Some(group) if group.len() < most && bytes <= MAX_BYTES => group.end = index + 1,
			_ => {
				groups.push(index..index + 1);
				bytes = *size;
			}
		}
	}
	groups
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_group_is_no_larger_than_the_chain_accepts() {
		assert!(groups(&[], 100).is_empty());
		assert_eq!(groups(&[1; 101], 100), [0..100, 100..101]);
		assert_eq!(groups(&[1; 250], 100), [0..100, 100..200, 200..250]);
		assert_eq!(groups(&[1; 3], 0), [0..1, 1..2, 2..3]);
	}

	#[test]
	fn a_group_opens_few_files() {
		assert_eq!(groups(&[1; 900], usize::MAX), [0..400, 400..800, 800..900]);
	}

	#[test]
	fn a_group_takes_little_of_the_staging_area() {
		const GIB: u64 = 1 << 30;
		let sizes = [GIB, 3 * GIB, 1, 10 * GIB, GIB, GIB, 2 * GIB, u64::MAX];
		assert_eq!(groups(&sizes, 100), [0..2, 2..3, 3..4, 4..7, 7..8]);
	}
}
