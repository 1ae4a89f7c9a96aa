//! Random numbers that a seed reproduces.

/// Random numbers that a seed reproduces (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
	fn roll(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
		mixed ^ (mixed >> 31)
	}

	pub(super) fn below(&mut self, end: usize) -> usize {
		(self.roll() % end.max(1) as u64) as usize
	}

	pub(super) fn percent(&mut self, chance: u64) -> bool {
		self.roll() % 100 < chance
	}

	pub(super) fn of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
		list.get(self.below(list.len())).cloned()
	}
}
