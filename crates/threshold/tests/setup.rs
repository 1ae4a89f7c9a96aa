//! Dealing, checking and assembling, live and against the library's own completion.

mod support;

use std::collections::BTreeMap;

use golden_core::{
	complete, create_dealing_with_secret,
	wire::{WireDecode, WireEncode, WireReader},
	DealerMessage, DkgConfig, DkgDealing, DkgOutput, GoldenGroup, GoldenScalar, ParticipantIndex,
	ParticipantRegistry, SessionId, Share,
};
use golden_ehtdh1::{derive_context_session_id, material_from_dkg_outputs};
use golden_evrf::paper::secp_secq::SecpSecqBackend;
use golden_halo2curves::golden_group::{Secp256k1GoldenGroup as G, Secp256k1Scalar as Scalar};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use salus_threshold::*;
use support::*;

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
		assert_eq!(
			u32::from(threshold_of(members)),
			u32::from(members) * 2 / 3 + 1
		);
	}
}

#[test]
fn every_member_assembles_the_same_key_whatever_the_order_of_dealings() {
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
fn without_one_dealing_the_key_still_works_and_the_member_is_named_and_holds_a_share() {
	let committee = committee();
	let without: Vec<_> = [0, 2, 3].map(|at| committee.verified[at].clone()).into();
	let public = EpochPublic::assemble(&committee.parameters, &without).unwrap();
	assert_ne!(public.digest(), committee.public.digest());
	assert_eq!(public.dealers(), [1, 3, 4]);
	assert_eq!(public.excluded().collect::<Vec<_>>(), [2]);
	assert_eq!(public.members().collect::<Vec<_>>(), [1, 2, 3, 4]);

	let shares: Vec<_> = (0..4)
		.map(|at| {
			// The second member's own dealing does not count, so it needs no secret of it.
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
	// Shares of the key of all four are of another key.
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
fn a_member_without_the_secret_of_its_own_dealing_gets_no_share() {
	let Committee {
		parameters,
		verified,
		secrets,
		dealing_secrets,
		public,
		..
	} = committee();
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
fn a_dealing_under_another_members_name_or_for_another_epoch_is_refused_and_named() {
	let committee = committee();
	let check = |parameters, member, bytes: &[u8]| {
		let error = verify_dealing(parameters, member, bytes).unwrap_err();
		assert_eq!(error.member, member);
		error.fault
	};
	let dealing = &committee.dealings[1];
	assert_eq!(
		check(&committee.parameters, 3, dealing),
		DealingFault::OtherMember { found: 2 }
	);
	assert_eq!(
		check(&committee.parameters, 5, dealing),
		DealingFault::UnknownMember
	);
	let next = parameters(&committee.secrets, 2);
	assert_eq!(check(&next, 2, dealing), DealingFault::OtherEpoch);
	// Even when it claims to be for that epoch.
	let mut relabelled = dealing.clone();
	relabelled[4] = 2;
	assert_eq!(check(&next, 2, &relabelled), DealingFault::OtherEpoch);
	// The order of the two sessions matters.
	let (decryption, context) = messages(dealing);
	let mut swapped = dealing[..5].to_vec();
	context.write_wire(&mut swapped);
	decryption.write_wire(&mut swapped);
	assert_eq!(
		check(&committee.parameters, 2, &swapped),
		DealingFault::OtherEpoch
	);
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
		.map(|result| {
			result
				.as_ref()
				.err()
				.map(|error| (error.member, error.fault))
		})
		.collect();
	assert_eq!(
		faults,
		[
			None,
			Some((2, DealingFault::Proof)),
			None,
			Some((4, DealingFault::Malformed))
		]
	);
	assert!(verify_dealings::<Vec<u8>>(&committee.parameters, &[]).is_empty());
}

#[test]
fn a_dealing_that_does_not_share_zero_or_adds_nothing_is_refused() {
	let secrets = [(); 2].map(|()| MemberSecret::generate().unwrap());
	let parameters = parameters(&secrets, 1);
	let (decryption, context) = configs(&parameters);
	let dealer = ParticipantIndex::new(1).unwrap();
	let identity = Scalar::from_repr(&secrets[0].to_bytes()).unwrap();
	let mut randomness = ChaCha20Rng::from_seed([5; 32]);
	let mut message = |config: &DkgConfig<G>, value: u64| {
		let value = Scalar::from_u64(value).unwrap();
		create_dealing_with_secret::<G, SecpSecqBackend>(
			dealer,
			&identity,
			value,
			config,
			&mut randomness,
		)
		.unwrap()
		.message
	};
	let (five, nothing) = (message(&decryption, 5), message(&decryption, 0));
	let (one, zero) = (message(&context, 1), message(&context, 0));
	let with = |x: &DealerMessage<G>, z: &DealerMessage<G>| {
		let mut bytes = vec![FORMAT_VERSION, 0, 0, 0, 1];
		x.write_wire(&mut bytes);
		z.write_wire(&mut bytes);
		verify_dealing(&parameters, 1, &bytes).map_err(|error| error.fault)
	};
	assert_eq!(with(&five, &one).unwrap_err(), DealingFault::NotZero);
	assert_eq!(
		with(&nothing, &zero).unwrap_err(),
		DealingFault::NoContribution
	);
	assert!(with(&five, &zero).is_ok());
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
	let one = MemberSecret::generate().unwrap().identity();
	let two = MemberSecret::generate().unwrap().identity();
	let new = |members, threshold| EpochParameters::new(GENESIS, 1, members, threshold);
	assert!(matches!(
		new(vec![], 1),
		Err(Error::MemberCount { found: 0 })
	));
	for members in [
		vec![(0, one)],
		vec![(17, one)],
		vec![(2, one), (1, two)],
		vec![(1, one), (1, two)],
	] {
		let count = members.len() as u16;
		assert!(matches!(
			new(members, count),
			Err(Error::MemberOrder { .. })
		));
	}
	assert!(matches!(
		new(vec![(1, one), (5, one)], 2),
		Err(Error::SameIdentity {
			first: 1,
			second: 5
		})
	));
	for threshold in [0, 1, 3] {
		assert!(matches!(
			new(vec![(1, one), (2, two)], threshold),
			Err(Error::Threshold { .. })
		));
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
		EpochParameters::new(genesis, epoch, members, threshold)
			.unwrap()
			.digest()
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
		.secret_share(
			&committee.parameters,
			&committee.verified,
			&again,
			Some(&own),
		)
		.unwrap();
	assert_eq!(*share.to_bytes(), *committee.shares[0].to_bytes());
	let read = SecretShare::from_bytes(&*share.to_bytes()).unwrap();
	let release = Release::new(&committee.public, sealed(), &context()).unwrap();
	release.verify(1, &release.share(&read).unwrap()).unwrap();
	assert_eq!(
		format!("{again:?} {own:?}"),
		"MemberSecret(..) DealingSecret(..)"
	);
	assert_eq!(format!("{share:?}"), "SecretShare(epoch 1, member 1, ..)");
}

/// The two sessions as `docs/threshold-format.md` derives them, written a second time.
fn configs(parameters: &EpochParameters) -> (DkgConfig<G>, DkgConfig<G>) {
	use blake2::{Blake2b256, Digest};
	let hash = |domain: &str, input: &[u8]| -> [u8; 32] {
		let mut bytes = (domain.len() as u64).to_be_bytes().to_vec();
		bytes.extend_from_slice(domain.as_bytes());
		bytes.extend_from_slice(input);
		Blake2b256::digest(&bytes).into()
	};
	let mut input = parameters.genesis().to_vec();
	input.extend_from_slice(&parameters.epoch().to_be_bytes());
	input.extend_from_slice(&parameters.threshold().to_be_bytes());
	input.extend_from_slice(&(parameters.members().len() as u16).to_be_bytes());
	for (index, identity) in parameters.members() {
		input.extend_from_slice(&index.to_be_bytes());
		input.extend_from_slice(&identity.to_bytes());
	}
	let digest = hash("salus/threshold/parameters", &input);
	assert_eq!(digest, parameters.digest());
	let session = SessionId(hash("salus/threshold/session", &digest));
	let beta = Scalar::hash_to_scalar(b"salus/threshold/beta", &digest).unwrap();
	let registry = ParticipantRegistry::<G>::new(
		parameters
			.members()
			.iter()
			.map(|(index, identity)| {
				let point = G::decode_element(&identity.to_bytes()).unwrap();
				(ParticipantIndex::new(u32::from(*index)).unwrap(), point)
			})
			.collect(),
	)
	.unwrap();
	let threshold = usize::from(parameters.threshold());
	let config = |session| DkgConfig::new(threshold, session, beta, registry.clone()).unwrap();
	(config(session), config(derive_context_session_id(session)))
}

fn messages(dealing: &[u8]) -> (DealerMessage<G>, DealerMessage<G>) {
	let mut reader = WireReader::new(&dealing[5..]);
	let messages = (
		DealerMessage::read_wire(&mut reader).unwrap(),
		DealerMessage::read_wire(&mut reader).unwrap(),
	);
	reader.finish().unwrap();
	messages
}

#[test]
fn the_librarys_own_completion_gives_the_same_key_and_the_same_shares() {
	let committee = committee();
	let (decryption, context) = configs(&committee.parameters);
	let all: Vec<_> = committee
		.dealings
		.iter()
		.map(|dealing| messages(dealing))
		.collect();
	for at in 0..4 {
		let own = committee.dealing_secrets[at].to_bytes();
		let participant = ParticipantIndex::new(at as u32 + 1).unwrap();
		let identity = Scalar::from_repr(&committee.secrets[at].to_bytes()).unwrap();
		let run = |config: &DkgConfig<G>, messages: Vec<DealerMessage<G>>, value: &[u8]| {
			let dealing = DkgDealing {
				message: messages[at].clone(),
				private_share: Share {
					participant,
					value: Scalar::from_repr(value.try_into().unwrap()).unwrap(),
				},
			};
			let peers: BTreeMap<_, _> = messages
				.into_iter()
				.filter(|message| message.dealer != participant)
				.map(|message| (message.dealer, message))
				.collect();
			let output: DkgOutput<G> =
				complete::<G, SecpSecqBackend>(participant, &identity, &dealing, &peers, config)
					.unwrap();
			output
		};
		let x = run(
			&decryption,
			all.iter().map(|one| one.0.clone()).collect(),
			&own[39..71],
		);
		let z = run(
			&context,
			all.iter().map(|one| one.1.clone()).collect(),
			&own[71..],
		);
		let digest = committee.parameters.digest();
		let material = material_from_dkg_outputs(&decryption, &x, &context, &z, digest).unwrap();

		// As the format lays them out: three digests, two roots, then the points.
		let public = committee.public.to_bytes();
		let setup = &material.setup_context;
		assert_eq!(public[37..69], setup.epoch);
		assert_eq!(public[69..101], setup.registry_root);
		assert_eq!(public[101..133], setup.decryption_session_id.0);
		assert_eq!(public[133..165], setup.decryption_transcript_root);
		assert_eq!(public[165..197], setup.context_transcript_root);
		let keys = &material.public_key_set;
		assert_eq!(public[203..236], G::encode_element(&keys.joint_public_key));
		let share = &keys.public_shares[&participant];
		let start = 236 + at * 68;
		assert_eq!(
			public[start + 2..start + 35],
			G::encode_element(&share.decryption)
		);
		assert_eq!(
			public[start + 35..start + 68],
			G::encode_element(&share.context)
		);

		let secret = committee.shares[at].to_bytes();
		assert_eq!(secret[39..71], material.secret_share.decryption.to_repr());
		assert_eq!(secret[71..], material.secret_share.context.to_repr());
	}
}
