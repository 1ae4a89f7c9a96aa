// Tests @polkadot/api as a hospital system uses it: without custom types or RPC definitions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { merkleizeMetadata } from "@polkadot-api/merkleize-metadata";
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";

const url = process.env.SALUS_URL;
const patientUri = process.env.SALUS_PATIENT;
const readerUri = process.env.SALUS_READER;
const record = process.env.SALUS_RECORD;

let api, patient, reader;

before(async () => {
	assert.ok(url && patientUri && readerUri && record, "set SALUS_URL, SALUS_PATIENT, SALUS_READER and SALUS_RECORD");
	api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
	const keyring = new Keyring({ type: "sr25519", ss58Format: 42 });
	patient = keyring.addFromUri(patientUri);
	reader = keyring.addFromUri(readerUri);
});

after(() => api?.disconnect());

// Resolves with the events when the call is in a finalised block. Rejects with the chain's error.
function submit(call, signer, options = {}) {
	return new Promise((resolve, reject) => {
		call.signAndSend(signer, options, ({ status, dispatchError, events }) => {
			if (dispatchError?.isModule) {
				const { section, name } = api.registry.findMetaError(dispatchError.asModule);
				reject(new Error(`${section}.${name}`));
			} else if (dispatchError) {
				reject(new Error(dispatchError.toString()));
			} else if (status.isFinalized) {
				resolve(events);
			}
		}).catch(reject);
	});
}

const decide = async () =>
	(
		await api.call.salusApi.decide({
			reader: reader.address,
			record,
			version: null,
			purpose: "TREAT",
			action: "Read",
		})
	).toJSON();

test("the chain reports its token and address format", () => {
	assert.deepEqual(api.registry.chainTokens, ["HEAL"]);
	assert.deepEqual(api.registry.chainDecimals, [12]);
	assert.equal(api.registry.chainSS58, 42);
});

test("a patient grants and revokes, and the decision follows", { timeout: 600_000 }, async () => {
	assert.ok("deny" in (await decide()));
	const terms = {
		grantee: { Account: reader.address },
		scope: { Record: record },
		purposes: ["TREAT"],
		actions: ["Read"],
		from: null,
		until: Date.now() + 3_600_000,
	};
	await submit(api.tx.consent.grant(terms, []), patient);
	const answer = await decide();
	const id = answer.permit.grant;
	assert.equal(typeof id, "number");

	const stored = (await api.query.consent.grants(patient.address, id)).unwrap();
	assert.equal(stored.terms.grantee.asAccount.toString(), reader.address);
	assert.deepEqual(stored.terms.purposes.map(String), ["TREAT"]);

	await submit(api.tx.consent.revoke(id, []), patient);
	assert.ok("deny" in (await decide()));
});

test("a signature covers the metadata, or is refused", { timeout: 600_000 }, async () => {
	const metadata = (await api.call.metadata.metadataAtVersion(15)).unwrap();
	const digest = merkleizeMetadata(metadata.toU8a(true), { decimals: 12, tokenSymbol: "HEAL" }).digest();
	const metadataHash = `0x${Buffer.from(digest).toString("hex")}`;
	assert.equal(await api._rpcCore.provider.send("salus_metadataHash", []), metadataHash);

	const call = api.tx.consent.revoke(4_000_000, []);
	await assert.rejects(submit(call, patient, { mode: 1, metadataHash }), /consent\.\w+/);
	const other = `0x${"07".repeat(32)}`;
	await assert.rejects(submit(call, patient, { mode: 1, metadataHash: other }), /bad signature/);
});

test("an error of the chain has a name", { timeout: 600_000 }, async () => {
	await assert.rejects(submit(api.tx.consent.revoke(4_000_000, []), patient), /consent\.\w+/);
});

test("a salus_ method agrees with the runtime API", async () => {
	const [plain, direct] = await Promise.all([
		api.rpc.provider?.send?.("salus_record", [record]) ?? api._rpcCore.provider.send("salus_record", [record]),
		api.call.salusApi.record(record),
	]);
	const entry = direct.unwrap().entry.asLive;
	assert.equal(plain.entry.live.patient, entry.patient.toString());
	assert.equal(plain.versions.length, direct.unwrap().versions.length);
});
