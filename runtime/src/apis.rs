//! Runtime APIs for the node and clients.

use crate::{
	migrations, presets, signing, Access, AccountId, Attestation, Aura, AuthorityDiscovery,
	Balance, Block, Committee, Consent, Executive, Grandpa, Historical, InherentDataExt, Nonce,
	Records, Roles, Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys, Succession, System,
	Timestamp, TransactionPayment, Validators, VERSION,
};
use alloc::{string::String, vec::Vec};
use codec::Encode;
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	traits::{KeyOwnerProofSystem, Time},
	weights::Weight,
};
use pallet_grandpa::AuthorityId as GrandpaId;
use salus_primitives::{
	AttestationStatus, CaseId, Category, Cid, CommitteeQuery, ConsentDetails, ConsentPolicy,
	Dealing, DecidedRecord, Decision, EmergencyCase, Epoch, EpochInfo, EpochKey, Explanation,
	KeyAgreementKey, LogPage, MemberIndex, MemberInfo, MetadataHash, Moment, OrganisationId,
	OrganisationInfo, Page, Panel, PatientQuestion, Question, Recipient, RecipientKey,
	RecordDetails, RecordId, RecoveryAttempt, RecoveryPolicy, Release, ReleaseDetails,
	ReplicationStatus, RequestId, RoleQuery, RootUse, SealedKey, SealedVersions, StorageClaim,
	StoragePeer, StorageStatus, Subject, SuccessionQuery, UnderReplicatedVersion, ValidatorSet,
	Version, Wrap,
};
use sp_api::impl_runtime_apis;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult,
};
use sp_version::RuntimeVersion;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(
			header: &<Block as BlockT>::Header,
		) -> sp_runtime::ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(
			data: sp_inherents::InherentData,
		) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: sp_inherents::InherentData,
		) -> sp_inherents::CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			transaction: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, transaction, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
		fn slot_duration() -> sp_consensus_aura::SlotDuration {
			sp_consensus_aura::SlotDuration::from_millis(Aura::slot_duration())
		}

		fn authorities() -> Vec<AuraId> {
			pallet_aura::Authorities::<Runtime>::get().into_inner()
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(
			owner: Vec<u8>,
			seed: Option<Vec<u8>>,
		) -> sp_session::OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			pallet_grandpa::CurrentSetId::<Runtime>::get()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_grandpa::EquivocationProof<
				<Block as BlockT>::Hash,
				NumberFor<Block>,
			>,
			key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			Grandpa::submit_unsigned_equivocation_report(
				equivocation_proof,
				key_owner_proof.decode()?,
			)
		}

		fn generate_key_ownership_proof(
			_: sp_consensus_grandpa::SetId,
			authority: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			Historical::prove((sp_consensus_grandpa::KEY_TYPE, authority))
				.map(|proof| proof.encode())
				.map(sp_consensus_grandpa::OpaqueKeyOwnershipProof::new)
		}
	}

	impl sp_authority_discovery::AuthorityDiscoveryApi<Block> for Runtime {
		fn authorities() -> Vec<sp_authority_discovery::AuthorityId> {
			AuthorityDiscovery::authorities()
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
		for Runtime
	{
		fn query_info(
			extrinsic: <Block as BlockT>::Extrinsic,
			length: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(extrinsic, length)
		}

		fn query_fee_details(
			extrinsic: <Block as BlockT>::Extrinsic,
			length: u32,
		) -> pallet_transaction_payment::FeeDetails<Balance> {
			TransactionPayment::query_fee_details(extrinsic, length)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
		Block,
		Balance,
		RuntimeCall,
	> for Runtime {
		fn query_call_info(
			call: RuntimeCall,
			length: u32,
		) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, length)
		}

		fn query_call_fee_details(
			call: RuntimeCall,
			length: u32,
		) -> pallet_transaction_payment::FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, length)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl salus_primitives::api::SalusApi<Block, AccountId> for Runtime {
		fn organisation(id: OrganisationId) -> Option<OrganisationInfo<AccountId>> {
			Roles::organisation_info(id)
		}

		fn organisations(from: u32, limit: u32) -> Page<OrganisationInfo<AccountId>> {
			Roles::organisations_page(from, limit)
		}

		fn memberships(account: AccountId) -> Vec<MemberInfo> {
			Roles::memberships_info(&account)
		}

		fn key(recipient: Recipient<AccountId>) -> Option<KeyAgreementKey> {
			<Roles as RoleQuery<AccountId>>::key(&recipient)
		}

		fn organisation_key_share(organisation: OrganisationId, account: AccountId) -> Option<Wrap> {
			Roles::organisation_key_share(organisation, &account)
		}

		fn record(id: RecordId) -> Option<RecordDetails<AccountId>> {
			Records::details(&id)
		}

		fn records_of(patient: AccountId, from: u32, limit: u32) -> Page<RecordDetails<AccountId>> {
			Records::records_of(&patient, from, limit)
		}

		fn root(cid: Cid) -> Option<RootUse> {
			Records::root(&cid)
		}

		fn erased_root(cid: Cid) -> Option<Moment> {
			Records::erased_root(&cid)
		}

		fn wraps(record: RecordId, version: Version) -> Vec<(Recipient<AccountId>, Wrap)> {
			Records::wraps(&record, version)
		}

		fn wrap(
			record: RecordId,
			version: Version,
			recipient: Recipient<AccountId>,
		) -> Option<Wrap> {
			Records::wrap(&record, version, &recipient)
		}

		fn consent_of(patient: AccountId) -> ConsentDetails<AccountId> {
			Consent::consent_of(&patient)
		}

		fn standing_recipients(
			patient: AccountId,
			category: Category,
			record: Option<RecordId>,
		) -> Vec<RecipientKey<AccountId>> {
			Consent::standing_recipients(&patient, category, record.as_ref(), Timestamp::now())
		}

		fn may_write(
			author: AccountId,
			organisation: OrganisationId,
			patient: AccountId,
			category: Category,
		) -> bool {
			Consent::may_write(&author, organisation, &patient, category, None, Timestamp::now())
		}

		fn decide(question: Question<AccountId>) -> Decision {
			Consent::decide(&question, Timestamp::now())
		}

		fn decide_many(
			question: PatientQuestion<AccountId>,
			from: u32,
			limit: u32,
		) -> Page<DecidedRecord<AccountId>> {
			let decide = Consent::decider(&question, Timestamp::now());
			Records::page_of(&question.patient, from, limit, |id| {
				let entry = pallet_records::Records::<Runtime>::get(id)?;
				let decision = decide(id, Some(&entry));
				Some(DecidedRecord { id: *id, latest: Records::latest(id, &entry), entry, decision })
			})
		}

		fn explain(question: Question<AccountId>) -> Explanation {
			Consent::explain(&question, Timestamp::now())
		}

		fn attestations(subject: Subject<AccountId>) -> AttestationStatus<AccountId> {
			Attestation::attestations(&subject)
		}

		fn access_log(patient: AccountId, from: u32, limit: u32) -> LogPage<AccountId> {
			Access::log_page(&patient, from, limit)
		}

		fn release(request: RequestId) -> Option<ReleaseDetails<AccountId>> {
			Access::release_details(request)
		}

		fn open_releases(from: RequestId, limit: u32) -> Vec<Release<AccountId>> {
			Access::open_releases(from, limit)
		}

		fn release_stands(request: RequestId) -> bool {
			Access::stands(request)
		}

		fn emergency(case: CaseId) -> Option<EmergencyCase<AccountId>> {
			Access::emergency(case)
		}

		fn emergencies_of(patient: AccountId) -> Vec<(CaseId, EmergencyCase<AccountId>)> {
			Access::emergencies_of(&patient)
		}

		fn reviews_due(organisation: OrganisationId) -> Vec<(CaseId, EmergencyCase<AccountId>)> {
			Access::reviews_due(organisation)
		}

		fn emergency_panel(case: CaseId) -> Option<Panel<AccountId>> {
			Access::panel(case)
		}

		fn emergency_auditors() -> Vec<(AccountId, OrganisationId)> {
			Access::auditors()
		}

		fn sealed_key(record: RecordId, version: Version) -> Option<SealedKey> {
			Records::sealed_key(&record, version)
		}

		fn active_epoch() -> Option<Epoch> {
			<Committee as CommitteeQuery>::active()
		}

		fn current_epoch() -> Epoch {
			Committee::current_epoch()
		}

		fn epoch(epoch: Epoch) -> Option<EpochInfo> {
			Committee::epoch_info(epoch)
		}

		fn epoch_key(epoch: Epoch) -> Option<EpochKey> {
			Committee::epoch_key(epoch)
		}

		fn sealed_versions() -> Option<Vec<SealedVersions>> {
			Records::sealed_versions()
		}

		fn dealings(epoch: Epoch) -> Vec<(MemberIndex, Dealing)> {
			Committee::dealings(epoch)
		}

		fn elected_committee() -> Vec<AccountId> {
			Committee::elected()
		}

		fn recovery_attempt(patient: AccountId) -> Option<RecoveryAttempt<AccountId>> {
			Succession::attempt(&patient)
		}

		fn recovery_policy(patient: AccountId) -> RecoveryPolicy {
			Succession::policy(&patient)
		}

		fn successor(patient: AccountId) -> Option<AccountId> {
			<Succession as SuccessionQuery<AccountId>>::successor(&patient)
		}

		fn acts_for(account: AccountId) -> Option<AccountId> {
			<Succession as SuccessionQuery<AccountId>>::acts_for(&account)
		}

		fn outdated_storage() -> Vec<String> {
			migrations::outdated()
		}

		fn metadata_hash() -> Option<MetadataHash> {
			signing::metadata_hash()
		}

		fn log_entries() -> u64 {
			Access::total_entries()
		}

		fn validators() -> ValidatorSet<AccountId> {
			Validators::set()
		}

		fn storage_status() -> StorageStatus {
			Records::status()
		}

		fn replication() -> ReplicationStatus<AccountId> {
			Records::replication()
		}

		fn storage_peers() -> Vec<StoragePeer<AccountId>> {
			Records::storage_peers()
		}

		fn under_replicated(
			after: Option<(u32, RecordId, Version)>,
			limit: u32,
		) -> Vec<UnderReplicatedVersion<AccountId>> {
			Records::under_replicated(after, limit)
		}

		fn holdings(
			node: AccountId,
			after: Option<(RecordId, Version)>,
			limit: u32,
		) -> Vec<StorageClaim> {
			Records::holdings(&node, after, limit)
		}

		fn may_stage(account: AccountId) -> Option<OrganisationId> {
			Roles::may_stage(&account)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, presets::get_preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			presets::preset_names()
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(extra: bool) -> (
			Vec<frame_benchmarking::BenchmarkList>,
			Vec<frame_support::traits::StorageInfo>,
		) {
			crate::benchmarks::list(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benchmarks::run(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
			// This API never runs on chain, and a failed check has to stop the tool that called it.
			#[allow(clippy::expect_used)]
			let weight = Executive::try_runtime_upgrade(checks).expect("a check failed");
			(weight, crate::configs::RuntimeBlockWeights::get().max_block)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> Weight {
			// See `on_runtime_upgrade`.
			#[allow(clippy::expect_used)]
			Executive::try_execute_block(block, state_root_check, signature_check, select)
				.expect("the block failed")
		}
	}
}
