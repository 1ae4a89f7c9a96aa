//! A key is handed on to other members, or to the same ones with other shares.

use crate::support::*;
use golden_core::{
	lagrange_interpolate_at_zero, GoldenGroup, GoldenScalar, ParticipantIndex, Share,
};
use golden_halo2curves::golden_group::{Secp256k1GoldenGroup as G, Secp256k1Scalar as Scalar};
use salus_threshold::*;
use std::sync::OnceLock;

/// Hands a committee's key on. `stay` are the indices of the members that stay, who come first in
/// the new committee; `join` new ones follow.
fn hand_on(from: &Committee, stay: &[MemberIndex], join: u16) -> Committee {
	let mut secrets: Vec<_> =
		stay.iter().map(|index| from.secrets[usize::from(*index) - 1].clone()).collect();
	secrets.extend((0..join).map(|_| MemberSecret::generate().unwrap()));
	let members: Vec<_> = (1..).zip(secrets.iter().map(MemberSecret::identity)).collect();
	let threshold = threshold_of(members.len() as u16);
	let holders: Vec<_> = (1..).zip(stay.iter().copied()).collect();
	let epoch = from.public.epoch() + 1;
	let parameters =
		EpochParameters::resharing(epoch, members, threshold, &from.public, &holders).unwrap();
	assert_eq!(
		parameters.dealers().collect::<Vec<_>>(),
		(1..=stay.len() as u16).collect::<Vec<_>>()
	);

	let mut dealings = Vec::new();
	let mut own: Vec<Option<DealingSecret>> = Vec::new();
	for (index, before) in &holders {
		let share = &from.shares[usize::from(*before) - 1];
		let secret = &secrets[usize::from(*index) - 1];
		let dealing = reshare(&parameters, secret, share).unwrap();
		dealings.push(dealing.message);
		own.push(Some(dealing.secret));
	}
	own.resize_with(secrets.len(), || None);
	Committee::assemble(parameters, secrets, dealings, own)
}

/// Returns the shares of a release by these members.
fn released(
	committee: &Committee,
	sealed: &SealedKey,
	members: impl IntoIterator<Item = MemberIndex>,
) -> Vec<(MemberIndex, Vec<u8>)> {
	let release = Release::new(&committee.public, sealed, &context()).unwrap();
	let share = |index: MemberIndex| {
		(index, release.share(&committee.shares[usize::from(index) - 1]).unwrap().to_vec())
	};
	members.into_iter().map(share).collect()
}

/// Opens a sealed key with the first shares that suffice.
fn opens(committee: &Committee, sealed: &SealedKey) {
	let threshold = committee.public.threshold();
	let shares = released(committee, sealed, 1..=threshold);
	let release = Release::new(&committee.public, sealed, &context()).unwrap();
	let opened = release.combine(named(&shares)).unwrap();
	assert_eq!((*opened.dek, opened.bad.len()), (DEK, 0));
	let fewer = &shares[1..];
	assert!(matches!(release.combine(named(fewer)), Err(CombineError::Waiting { missing: 1, .. })));
}

/// A committee after member 2 was expelled and a fifth hospital joined.
fn without_the_second() -> &'static Committee {
	static AFTER: OnceLock<Committee> = OnceLock::new();
	AFTER.get_or_init(|| hand_on(committee(), &[1, 3, 4], 1))
}

/// The same committee with other shares.
fn renewed() -> &'static Committee {
	static AGAIN: OnceLock<Committee> = OnceLock::new();
	AGAIN.get_or_init(|| hand_on(without_the_second(), &[1, 2, 3, 4], 0))
}

/// Returns a member's share of the key, as it lies in its keystore.
fn scalar(share: &SecretShare) -> Share<Scalar> {
	let bytes = share.to_bytes();
	let value: [u8; 32] = bytes[39..71].try_into().unwrap();
	Share {
		participant: ParticipantIndex::new(u32::from(share.member())).unwrap(),
		value: Scalar::from_repr(&value).unwrap(),
	}
}

/// Returns whether these shares, interpolated, give the key.
fn are_the_key(shares: &[&SecretShare], key: &EpochPublic) -> bool {
	let shares: Vec<_> = shares.iter().map(|share| scalar(share)).collect();
	let secret = lagrange_interpolate_at_zero(&shares).unwrap();
	let joint = G::encode_element(&G::mul_generator(&secret));
	// The key stands in the encoding.
	key.to_bytes().windows(joint.as_ref().len()).any(|found| found == joint.as_ref())
}

#[test]
fn records_sealed_before_open_without_a_new_seal() {
	let after = without_the_second();
	opens(after, sealed());
	assert_eq!(after.public.origin(), committee().public.origin());
	assert_eq!(after.public.origin().epoch, committee().public.epoch());

	// So does what is sealed since, and nothing else changed for those who seal.
	let since = after.public.seal(&DEK, &BINDING).unwrap();
	since.verify(&after.public, &BINDING).unwrap();
	opens(after, &since);
	// And with the former members, if the new ones do not answer.
	since.verify(&committee().public, &BINDING).unwrap();
	opens(committee(), &since);
	assert!(sealed().verify(&after.public, &Binding { version: 4, ..BINDING }).is_err());
}

#[test]
fn shares_from_before_and_after_do_not_combine() {
	let (before, after) = (committee(), without_the_second());
	let old = released(before, sealed(), 1..=4);
	let new = released(after, sealed(), 1..=4);
	for (committee, shares, strange) in [(after, &new, &old), (before, &old, &new)] {
		let release = Release::new(&committee.public, sealed(), &context()).unwrap();
		let mixed = [&shares[..2], &strange[2..]].concat();
		match release.combine(named(&mixed)) {
			Err(CombineError::Waiting { missing: 1, bad }) => assert_eq!(blamed(&bad), [3, 4]),
			other => panic!("{other:?}"),
		}
	}
	// A share from before is not made for the key from after.
	let release = Release::new(&after.public, sealed(), &context()).unwrap();
	assert!(release.share(&before.shares[0]).is_err());
}

#[test]
fn old_shares_with_new_ones_are_not_the_key() {
	let (before, after, again) = (committee(), without_the_second(), renewed());
	assert!(are_the_key(&[&before.shares[0], &before.shares[1], &before.shares[2]], &again.public));
	assert!(are_the_key(&[&after.shares[3], &after.shares[1], &after.shares[2]], &again.public));
	// Three members, each with its share of any generation: only shares of one generation are the
	// key. A member that was expelled, or thefts at any times, give nothing else.
	let generations = [before, after, again];
	for left_out in 0..4 {
		let members: Vec<usize> = (0..4).filter(|member| *member != left_out).collect();
		for choice in 0..27 {
			let times = [choice / 9, choice / 3 % 3, choice % 3];
			let shares: Vec<_> = times
				.iter()
				.zip(&members)
				.map(|(time, member)| &generations[*time].shares[*member])
				.collect();
			let is_one_time = times.iter().all(|time| *time == times[0]);
			assert_eq!(are_the_key(&shares, &again.public), is_one_time, "{members:?}, {times:?}");
		}
	}
	opens(again, sealed());
}

#[test]
fn an_expelled_member_opens_nothing_that_was_resealed() {
	let before = committee();
	let second = hand_on(before, &[1, 2, 3, 4], 0);
	let new = deal_in(second.public.epoch() + 1, 4);
	let resealed = new.public.seal(&DEK, &BINDING).unwrap();
	opens(&new, &resealed);

	// Member 2 kept its shares of both generations, and got the shares of t − 1 others. If these
	// are of one generation, they are the key that was handed on.
	for committee in [before, &second] {
		let [one, two, three, _] = &committee.shares[..] else { panic!() };
		assert!(are_the_key(&[one, two, three], &second.public));
	}
	// Sealed again to the new key, nothing opens with them, nor with t − 1 new ones.
	let all = [before, &second, &new];
	let shares_of =
		|member: MemberIndex| all.iter().map(move |one| &one.shares[usize::from(member) - 1]);
	for one in shares_of(2) {
		for two in shares_of(1).chain(shares_of(3)) {
			for three in shares_of(4) {
				let of_new = |share: &SecretShare| share.epoch() == new.public.epoch();
				let is_new_key = [one, two, three].into_iter().all(of_new);
				assert_eq!(are_the_key(&[one, two, three], &new.public), is_new_key);
			}
		}
	}
	for committee in [before, &second] {
		assert!(resealed.verify(&committee.public, &BINDING).is_err());
		let release = Release::new(&committee.public, &resealed, &context()).unwrap();
		assert!(committee.shares.iter().all(|share| release.share(share).is_err()));
	}
}

#[test]
fn a_key_passes_to_more_and_to_fewer_members() {
	let more = hand_on(without_the_second(), &[1, 2, 3, 4], 1);
	assert_eq!((more.public.members().count(), more.public.threshold()), (5, 4));
	opens(&more, sealed());
	let fewer = hand_on(&more, &[1, 2, 4, 5], 0);
	assert_eq!((fewer.public.members().count(), fewer.public.threshold()), (4, 3));
	opens(&fewer, sealed());
	let read = EpochPublic::from_bytes(fewer.public.to_bytes()).unwrap();
	assert_eq!((read.digest(), read.origin()), (fewer.public.digest(), fewer.public.origin()));
	opens(&Committee { public: read, ..fewer }, sealed());
}

#[test]
fn any_dealers_give_the_same_key() {
	let (after, again) = (without_the_second(), renewed());
	assert_eq!(again.public.dealers(), [1, 2, 3]);
	for left_out in 0..4 {
		let mut dealings = again.verified.clone();
		dealings.remove(left_out);
		let public = EpochPublic::assemble(&again.parameters, &dealings).unwrap();
		let own = &again.dealing_secrets;
		let shares: Vec<_> = again
			.secrets
			.iter()
			.zip(own)
			.map(|(secret, own)| {
				public.secret_share(&again.parameters, &dealings, secret, Some(own)).unwrap()
			})
			.collect();
		assert!(are_the_key(&[&shares[1], &shares[2], &shares[3]], &after.public));
	}
	assert!(matches!(
		EpochPublic::assemble(&again.parameters, &again.verified[..2]),
		Err(Error::TooFewDealings { have: 2, need: 3 })
	));
}

#[test]
fn only_holders_of_the_previous_epoch_take_part() {
	let before = committee();
	let members: Vec<_> = (1..).zip(before.secrets.iter().map(MemberSecret::identity)).collect();
	let parameters =
		|holders: &[_]| EpochParameters::resharing(9, members.clone(), 3, &before.public, holders);
	for (holders, refused) in [
		(vec![(1, 1), (2, 2), (2, 3)], 2),
		(vec![(1, 1), (2, 2), (3, 1)], 3),
		(vec![(1, 1), (2, 2), (3, 9)], 3),
		(vec![(1, 1), (2, 2), (9, 3)], 9),
	] {
		match parameters(&holders) {
			Err(Error::Holder { index }) => assert_eq!(index, refused),
			other => panic!("{other:?}"),
		}
	}
	assert!(matches!(
		parameters(&[(1, 1), (2, 2)]),
		Err(Error::TooFewHolders { have: 2, need: 3 })
	));

	let parameters = parameters(&[(1, 1), (3, 3), (4, 4)]).unwrap();
	let [first, second, ..] = &before.secrets[..] else { panic!() };
	assert!(matches!(deal(&parameters, first), Err(Error::OtherDealing)));
	assert!(matches!(
		reshare(&before.parameters, first, &before.shares[0]),
		Err(Error::OtherDealing)
	));
	assert!(matches!(reshare(&parameters, second, &before.shares[1]), Err(Error::NoShare)));
	assert!(matches!(reshare(&parameters, first, &before.shares[2]), Err(Error::NoShare)));
	let after = without_the_second();
	assert!(matches!(reshare(&parameters, first, &after.shares[0]), Err(Error::NoShare)));
	// A dealing for one epoch is none for another.
	let dealing = &before.dealings[0];
	assert!(matches!(
		verify_dealing(&parameters, 1, dealing),
		Err(DealingError { fault: DealingFault::OtherEpoch, .. })
	));
}
