// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Registers records and decides about reading them as Salus's chain does, for the comparison of
/// benches/peers/run: membership of the author, the patient's consent to writing, the record and its
/// content in the state, an index by patient, and an event. It has no committee, no access log and
/// no emergency access.
contract Records {
	struct Grant {
		address grantee;
		uint32 organisation;
		uint8 actions;
		uint64 until;
		bool revoked;
	}

	struct Entry {
		address patient;
		uint32 organisation;
		uint64 registered;
		address author;
		uint32 versions;
		bytes content;
	}

	event Registered(bytes32 indexed id, address indexed patient, address author);

	uint8 constant READ = 1;
	uint8 constant WRITE = 2;

	address immutable registry = msg.sender;
	mapping(address => mapping(uint32 => bool)) members;
	mapping(address => Grant[]) grants;
	mapping(address => mapping(address => bool)) denied;
	mapping(bytes32 => Entry) entries;
	mapping(address => bytes32[]) recordsOf;
	uint256 public count;

	function setUp(uint32 organisation, address[] calldata people, address patient, address reader) external {
		require(msg.sender == registry, "only the registry");
		for (uint256 i = 0; i < people.length; i++) {
			members[people[i]][organisation] = true;
		}
		grants[patient].push(Grant(address(0), organisation, WRITE, type(uint64).max, false));
		grants[patient].push(Grant(reader, 0, READ, type(uint64).max, false));
	}

	function register(bytes32 salt, address patient, uint32 organisation, bytes calldata content) external {
		authorise(patient, organisation);
		add(salt, patient, organisation, content);
	}

	function registerMany(bytes32[] calldata salts, address patient, uint32 organisation, bytes[] calldata contents)
		external
	{
		authorise(patient, organisation);
		for (uint256 i = 0; i < salts.length; i++) {
			add(salts[i], patient, organisation, contents[i]);
		}
	}

	/// Returns whether somebody may read a record.
	function decide(address reader, bytes32 id) external view returns (bool) {
		Entry storage entry = entries[id];
		return entry.versions > 0 && permits(entry.patient, reader, READ);
	}

	function authorise(address patient, uint32 organisation) private view {
		require(members[msg.sender][organisation], "not a member");
		require(permits(patient, msg.sender, WRITE), "the patient has not consented");
	}

	function add(bytes32 salt, address patient, uint32 organisation, bytes calldata content) private {
		bytes32 id = keccak256(abi.encode(msg.sender, salt));
		Entry storage entry = entries[id];
		require(entry.versions == 0, "registered already");
		entry.patient = patient;
		entry.organisation = organisation;
		entry.registered = uint64(block.timestamp);
		entry.author = msg.sender;
		entry.versions = 1;
		entry.content = content;
		recordsOf[patient].push(id);
		count++;
		emit Registered(id, patient, msg.sender);
	}

	function permits(address patient, address who, uint8 action) private view returns (bool) {
		if (who == patient) {
			return true;
		}
		if (denied[patient][who]) {
			return false;
		}
		Grant[] storage given = grants[patient];
		for (uint256 i = 0; i < given.length; i++) {
			Grant storage grant = given[i];
			bool applies = grant.grantee == who || (grant.organisation != 0 && members[who][grant.organisation]);
			if (applies && grant.actions & action != 0 && !grant.revoked && grant.until > block.timestamp) {
				return true;
			}
		}
		return false;
	}
}
