//! Comparison with the library itself: dealings that it would accept, and its own completion of the
//! same dealings.

use std::collections::BTreeMap;

use crate::support::*;
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

#[test]
fn a_dealing_of_non_zero_context_or_no_content_is_refused() {
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
	assert_eq!(with(&nothing, &zero).unwrap_err(), DealingFault::NoContribution);
	assert!(with(&five, &zero).is_ok());
}

#[test]
fn a_dealing_with_its_two_sessions_swapped_is_refused() {
	let committee = committee();
	let dealing = &committee.dealings[1];
	let (decryption, context) = messages(dealing);
	let mut swapped = dealing[..5].to_vec();
	context.write_wire(&mut swapped);
	decryption.write_wire(&mut swapped);
	let error = verify_dealing(&committee.parameters, 2, &swapped).unwrap_err();
	assert_eq!(error.member, 2);
	assert_eq!(error.fault, DealingFault::OtherEpoch);
}

/// Derives the two sessions as `docs/threshold-format.md` specifies, independently of the crate.
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
fn the_librarys_own_completion_gives_the_same_key() {
	let committee = committee();
	let (decryption, context) = configs(&committee.parameters);
	let all: Vec<_> = committee.dealings.iter().map(|dealing| messages(dealing)).collect();
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
		let x = run(&decryption, all.iter().map(|one| one.0.clone()).collect(), &own[39..71]);
		let z = run(&context, all.iter().map(|one| one.1.clone()).collect(), &own[71..]);
		let digest = committee.parameters.digest();
		let material = material_from_dkg_outputs(&decryption, &x, &context, &z, digest).unwrap();

		// Layout of the format: three digests, two roots, then the points.
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
		assert_eq!(public[start + 2..start + 35], G::encode_element(&share.decryption));
		assert_eq!(public[start + 35..start + 68], G::encode_element(&share.context));

		let secret = committee.shares[at].to_bytes();
		assert_eq!(secret[39..71], material.secret_share.decryption.to_repr());
		assert_eq!(secret[71..], material.secret_share.context.to_repr());
	}
}
