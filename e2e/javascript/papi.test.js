// Tests polkadot-api (PAPI) without generated descriptors: it needs only the chain's metadata.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Keyring } from "@polkadot/api";
import { createClient } from "polkadot-api";
import { getPolkadotSigner } from "polkadot-api/signer";
import { getWsProvider } from "polkadot-api/ws";
import { WebSocket } from "ws";

// Node.js 20 has no WebSocket of its own.
globalThis.WebSocket ??= WebSocket;

const url = process.env.SALUS_URL;
const record = process.env.SALUS_RECORD;

let client, api, patient, reader, signer;

before(async () => {
	const keyring = new Keyring({ type: "sr25519", ss58Format: 42 });
	patient = keyring.addFromUri(process.env.SALUS_PATIENT);
	reader = keyring.addFromUri(process.env.SALUS_READER);
	signer = getPolkadotSigner(patient.publicKey, "Sr25519", (bytes) => patient.sign(bytes));
	client = createClient(getWsProvider(url));
	api = client.getUnsafeApi();
	await api.runtimeToken;
});

after(() => client?.destroy());

const decide = () =>
	api.apis.SalusApi.decide({
		reader: reader.address,
		record,
		version: undefined,
		purpose: { type: "TREAT", value: undefined },
		action: { type: "Read", value: undefined },
	});

test("a patient grants and revokes, and the decision follows", { timeout: 600_000 }, async () => {
	assert.equal((await decide()).type, "Deny");
	const granted = await api.tx.Consent.grant({
		terms: {
			grantee: { type: "Account", value: reader.address },
			scope: { type: "Record", value: record },
			purposes: [{ type: "TREAT", value: undefined }],
			actions: [{ type: "Read", value: undefined }],
			from: undefined,
			until: BigInt(Date.now() + 3_600_000),
		},
		wraps: [],
	}).signAndSubmit(signer);
	assert.ok(granted.ok, JSON.stringify(granted.dispatchError));
	const answer = await decide();
	assert.equal(answer.type, "Permit");
	assert.equal(answer.value.type, "Grant");

	const stored = await api.query.Consent.Grants.getValue(patient.address, answer.value.value);
	assert.equal(stored.terms.grantee.value, reader.address);

	const revoked = await api.tx.Consent.revoke({ grant: answer.value.value, remove: [] }).signAndSubmit(signer);
	assert.ok(revoked.ok, JSON.stringify(revoked.dispatchError));
	assert.equal((await decide()).type, "Deny");
});

test("a salus_ method answers", async () => {
	const info = await client._request("salus_nodeInfo", []);
	const genesis = await client._request("chain_getBlockHash", [0]);
	assert.equal(info.genesis, genesis);
});
