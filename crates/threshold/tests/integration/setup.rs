//! Dealing, checking and assembling.

use crate::support::*;
use golden_core::GoldenGroup;
use golden_halo2curves::golden_group::Secp256k1GoldenGroup as G;
use salus_threshold::*;

/// Seals, makes all shares, and opens.
fn round_trip(committee: &Committee) {
	let sealed = committee.public.seal(&DEK, &BINDING).unwrap();
	let release = Release::new(&committee.public, &sealed, &context()).unwrap();
	let shares: Vec<_> = committee
		.shares
		.iter()
		.map(|secret| (secret.member(), release.share(secret).unwrap().to_vec()))
		.collect();
	for (member, share) in &shares {
		release.verify(*member, share).unwrap();
	}
	assert_eq!(*release.combine(named(&shares)).unwrap().dek, DEK);
}

#[test]
fn a_committee_of_one_deals_seals_and_opens() {
	let committee = deal_now(1);
	assert_eq!(committee.public.threshold(), 1);
	round_trip(&committee);
	let sealed = committee.public.seal(&DEK, &BINDING).unwrap();
	let release = Release::new(&committee.public, &sealed, &context()).unwrap();
	let mut share = release.share(&committee.shares[0]).unwrap();
	share[SHARE_SIZE - 30] ^= 1;
	assert!(release.verify(1, &share).is_err());
	match release.combine([(1, &share[..])]) {
		Err(CombineError::Waiting { missing: 1, bad }) => assert_eq!(blamed(&bad), [1]),
		other => panic!("{other:?}"),
	}
}

#[test]
fn a_committee_of_four_deals_seals_and_opens() {
	let committee = deal_now(4);
	assert_eq!(committee.public.threshold(), 3);
	assert_eq!(committee.public.dealers(), [1, 2, 3, 4]);
	assert_eq!(committee.public.excluded().count(), 0);
	round_trip(&committee);
}

#[test]
fn thresholds_are_two_thirds_plus_one() {
	for (members, threshold) in [(1, 1), (2, 2), (3, 3), (4, 3), (7, 5), (10, 7), (16, 11)] {
		assert_eq!(threshold_of(members), threshold);
	}
	for members in 1..=u16::MAX {
		assert_eq!(u32::from(threshold_of(members)), u32::from(members) * 2 / 3 + 1);
	}
}

#[test]
fn every_order_of_dealings_assembles_the_same_key() {
	let committee = committee();
	let mut dealings = committee.verified.clone();
	for _ in 0..4 {
		dealings.rotate_left(1);
		let public = EpochPublic::assemble(&committee.parameters, &dealings).unwrap();
		assert_eq!(public.to_bytes(), committee.public.to_bytes());
		assert_eq!(public.digest(), committee.public.digest());
	}
	let read = EpochPublic::from_bytes(committee.public.to_bytes()).unwrap();
	assert_eq!(read.digest(), committee.public.digest());
	assert_eq!(read.dealers(), committee.public.dealers());
}

#[test]
fn without_one_dealing_the_key_works_and_all_hold_shares() {
	let committee = committee();
	let without: Vec<_> = [0, 2, 3].map(|at| committee.verified[at].clone()).into();
	let public = EpochPublic::assemble(&committee.parameters, &without).unwrap();
	assert_ne!(public.digest(), committee.public.digest());
	assert_eq!(public.dealers(), [1, 3, 4]);
	assert_eq!(public.excluded().collect::<Vec<_>>(), [2]);
	assert_eq!(public.members().collect::<Vec<_>>(), [1, 2, 3, 4]);

	let shares: Vec<_> = (0..4)
		.map(|at| {
			// The second member's own dealing does not count, so its secret is not needed.
			let own = (at != 1).then(|| &committee.dealing_secrets[at]);
			public
				.secret_share(&committee.parameters, &without, &committee.secrets[at], own)
				.unwrap()
		})
		.collect();
	let sealed = public.seal(&DEK, &BINDING).unwrap();
	let release = Release::new(&public, &sealed, &context()).unwrap();
	let made: Vec<_> = shares
		.iter()
		.map(|secret| (secret.member(), release.share(secret).unwrap().to_vec()))
		.collect();
	for absent in 1..=4 {
		let present = named(&made).filter(|(member, _)| *member != absent);
		assert_eq!(*release.combine(present).unwrap().dek, DEK);
	}
	// Shares of the key of all four dealings belong to another key.
	assert!(release.share(&committee.shares[0]).is_err());
}

#[test]
fn fewer_dealings_than_the_threshold_make_no_key() {
	let committee = committee();
	assert!(matches!(
		EpochPublic::assemble(&committee.parameters, &committee.verified[..2]),
		Err(Error::TooFewDealings { have: 2, need: 3 })
	));
	let twice = [0, 1, 1, 2].map(|at| committee.verified[at].clone());
	assert!(matches!(
		EpochPublic::assemble(&committee.parameters, &twice),
		Err(Error::DealtTwice { member: 2 })
	));
	let other = parameters(&committee.secrets, 2);
	assert!(matches!(
		EpochPublic::assemble(&other, &committee.verified),
		Err(Error::ForeignDealing { member: 1 })
	));
}

#[test]
fn a_member_without_its_dealing_secret_gets_no_share() {
	let Committee { parameters, verified, secrets, dealing_secrets, public, .. } = committee();
	for own in [None, Some(&dealing_secrets[1])] {
		assert!(matches!(
			public.secret_share(parameters, verified, &secrets[0], own),
			Err(Error::NoDealingSecret)
		));
	}
	let stranger = MemberSecret::generate().unwrap();
	assert!(matches!(
		public.secret_share(parameters, verified, &stranger, None),
		Err(Error::NotAMember)
	));
	assert!(matches!(
		public.secret_share(parameters, &verified[..3], &secrets[3], None),
		Err(Error::OtherEpoch { .. })
	));
}

#[test]
fn a_dealing_of_another_member_or_epoch_is_refused() {
	let committee = committee();
	let check = |parameters, member, bytes: &[u8]| {
		let error = verify_dealing(parameters, member, bytes).unwrap_err();
		assert_eq!(error.member, member);
		error.fault
	};
	let dealing = &committee.dealings[1];
	assert_eq!(check(&committee.parameters, 3, dealing), DealingFault::OtherMember { found: 2 });
	assert_eq!(check(&committee.parameters, 5, dealing), DealingFault::UnknownMember);
	let next = parameters(&committee.secrets, 2);
	assert_eq!(check(&next, 2, dealing), DealingFault::OtherEpoch);
	// The dealing is refused even if it claims to be for that epoch.
	let mut relabelled = dealing.clone();
	relabelled[4] = 2;
	assert_eq!(check(&next, 2, &relabelled), DealingFault::OtherEpoch);
}

#[test]
fn in_a_batch_exactly_the_tampered_dealings_are_refused() {
	let committee = committee();
	let mut dealings: Vec<_> = (1..).zip(committee.dealings.clone()).collect();
	let last = dealings[1].1.len() - 1;
	dealings[1].1[last - 40] ^= 1;
	dealings[3].1.truncate(100);
	let results = verify_dealings(&committee.parameters, &dealings);
	let faults: Vec<_> = results
		.iter()
		.map(|result| result.as_ref().err().map(|error| (error.member, error.fault)))
		.collect();
	assert_eq!(
		faults,
		[None, Some((2, DealingFault::Proof)), None, Some((4, DealingFault::Malformed))]
	);
	assert!(verify_dealings::<Vec<u8>>(&committee.parameters, &[]).is_empty());
}

#[test]
fn invalid_parameters_are_refused() {
	let one = MemberSecret::generate().unwrap().identity();
	let two = MemberSecret::generate().unwrap().identity();
	let new = |members, threshold| EpochParameters::new(GENESIS, 1, members, threshold);
	assert!(matches!(new(vec![], 1), Err(Error::MemberCount { found: 0 })));
	for members in
		[vec![(0, one)], vec![(17, one)], vec![(2, one), (1, two)], vec![(1, one), (1, two)]]
	{
		let count = members.len() as u16;
		assert!(matches!(new(members, count), Err(Error::MemberOrder { .. })));
	}
	assert!(matches!(
		new(vec![(1, one), (5, one)], 2),
		Err(Error::SameIdentity { first: 1, second: 5 })
	));
	for threshold in [0, 1, 3] {
		assert!(matches!(new(vec![(1, one), (2, two)], threshold), Err(Error::Threshold { .. })));
	}
	assert!(new(vec![(1, one), (16, two)], 2).is_ok());
}

#[test]
fn every_field_of_the_parameters_changes_their_digest() {
	let one = MemberSecret::generate().unwrap().identity();
	let two = MemberSecret::generate().unwrap().identity();
	let three = MemberSecret::generate().unwrap().identity();
	let digests: Vec<_> = [
		(GENESIS, 1, vec![(1, one), (2, two), (3, three)], 2),
		(GENESIS, 1, vec![(1, one), (2, two), (3, three)], 3),
		(GENESIS, 2, vec![(1, one), (2, two), (3, three)], 2),
		([8; 32], 1, vec![(1, one), (2, two), (3, three)], 2),
		(GENESIS, 1, vec![(1, one), (2, two), (4, three)], 2),
		(GENESIS, 1, vec![(1, one), (2, three), (3, two)], 2),
	]
	.into_iter()
	.map(|(genesis, epoch, members, threshold)| {
		EpochParameters::new(genesis, epoch, members, threshold).unwrap().digest()
	})
	.collect();
	for (at, digest) in digests.iter().enumerate() {
		assert!(!digests[..at].contains(digest));
	}
}

#[test]
fn secrets_survive_the_keystore_and_are_not_shown() {
	let committee = committee();
	let secret = &committee.secrets[0];
	let again = MemberSecret::from_bytes(&*secret.to_bytes()).unwrap();
	assert_eq!(again.identity(), secret.identity());
	let own = DealingSecret::from_bytes(&*committee.dealing_secrets[0].to_bytes()).unwrap();
	let share = committee
		.public
		.secret_share(&committee.parameters, &committee.verified, &again, Some(&own))
		.unwrap();
	assert_eq!(*share.to_bytes(), *committee.shares[0].to_bytes());
	let read = SecretShare::from_bytes(&*share.to_bytes()).unwrap();
	let release = Release::new(&committee.public, sealed(), &context()).unwrap();
	release.verify(1, &release.share(&read).unwrap()).unwrap();
	assert_eq!(format!("{again:?} {own:?}"), "MemberSecret(..) DealingSecret(..)");
	assert_eq!(format!("{share:?}"), "SecretShare(epoch 1, member 1, ..)");
}

/// Returns the identity with the opposite sign.
fn negative(identity: MemberIdentity) -> MemberIdentity {
	let point = G::decode_element(&identity.to_bytes()).unwrap();
	let negative = G::encode_element(&G::sub(&G::identity(), &point));
	MemberIdentity::from_bytes(&negative).unwrap()
}

fn anyone() -> MemberIdentity {
	MemberSecret::generate().unwrap().identity()
}

#[test]
fn a_malicious_identity_does_not_keep_a_member_from_dealing() {
	let honest = MemberSecret::generate().unwrap();
	let mut one = [0; 32];
	one[0] = 1;
	let generator = MemberSecret::from_bytes(&one).unwrap().identity();
	for malicious in [generator, negative(generator)] {
		let members = vec![(1, honest.identity()), (2, malicious), (3, anyone())];
		let parameters = EpochParameters::new(GENESIS, 1, members, 3).unwrap();
		let dealing = deal(&parameters, &honest).unwrap();
		verify_dealing(&parameters, 1, &dealing.message).unwrap();
	}
}

#[test]
fn an_identity_with_the_opposite_sign_is_refused() {
	let honest = anyone();
	let members = vec![(1, honest), (2, anyone()), (4, negative(honest))];
	let error = EpochParameters::new(GENESIS, 1, members, 2).unwrap_err();
	assert!(matches!(error, Error::SameIdentity { first: 1, second: 4 }), "{error}");
}

#[test]
fn an_announced_identity_is_proved_for_its_place() {
	let place = Place { genesis: GENESIS, epoch: 2, member: 3 };
	for _ in 0..50 {
		let secret = MemberSecret::generate().unwrap();
		let announced = secret.announce(&place).unwrap();
		assert_eq!(announced, secret.announce(&place).unwrap());
		assert_eq!(MemberIdentity::announced(&announced, &place).unwrap(), secret.identity());
		assert_eq!(MemberIdentity::accepted(&announced).unwrap(), secret.identity());
		let refused = |bytes: &[u8], place: &Place| {
			let error = MemberIdentity::announced(bytes, place).unwrap_err();
			assert!(matches!(error, Error::UnprovenIdentity { member } if member == place.member));
		};
		for other in [
			Place { genesis: [8; 32], ..place },
			Place { epoch: 3, ..place },
			Place { member: 4, ..place },
		] {
			refused(&announced, &other);
		}
		// The opposite sign takes the secret, too.
		let opposite = negative(secret.identity()).to_bytes();
		refused(&[&opposite[..], &announced[33..]].concat(), &place);
		refused(&[&anyone().to_bytes()[..], &announced[33..]].concat(), &place);
		for bit in (33 * 8)..(97 * 8) {
			assert!(MemberIdentity::announced(&flipped(&announced, bit), &place).is_err());
		}
	}
	// One from before there were proofs.
	let identity = anyone();
	assert!(MemberIdentity::announced(&identity.to_bytes(), &place).is_err());
	assert_eq!(MemberIdentity::accepted(&identity.to_bytes()).unwrap(), identity);
	assert!(MemberIdentity::accepted(&[0; 32]).is_err());
}
