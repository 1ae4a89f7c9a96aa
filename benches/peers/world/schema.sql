-- Registers records and decides about reading them as Salus's chain does, in tables and policies of
-- PostgreSQL, for the comparison of benches/peers/run. Nothing here is signed, and the superuser can
-- change every row.

CREATE ROLE author LOGIN;
CREATE ROLE reader LOGIN;

CREATE TABLE memberships (
	account bytea, organisation int, role text, live boolean NOT NULL DEFAULT true,
	PRIMARY KEY (account, organisation)
);
CREATE TABLE grants (
	patient bytea NOT NULL, account bytea, organisation int, purposes text[] NOT NULL,
	actions text[] NOT NULL, until timestamptz NOT NULL DEFAULT 'infinity', revoked boolean NOT NULL DEFAULT false
);
CREATE INDEX ON grants (patient);
CREATE TABLE denials (patient bytea, account bytea, PRIMARY KEY (patient, account));
CREATE TABLE records (
	id bytea PRIMARY KEY, patient bytea NOT NULL, organisation int NOT NULL, author bytea NOT NULL,
	registered timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON records (patient, registered);
CREATE TABLE versions (
	record bytea REFERENCES records, version int, content bytea NOT NULL,
	PRIMARY KEY (record, version)
);

CREATE FUNCTION permits(whose bytea, who bytea, what text, why text) RETURNS boolean
-- Not in SQL, because this server would plan each call again.
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
	RETURN whose = who OR (
		NOT EXISTS (SELECT FROM denials WHERE patient = whose AND account = who)
		AND EXISTS (
			SELECT FROM grants g
			WHERE g.patient = whose AND what = ANY (actions) AND why = ANY (purposes)
				AND until > now() AND NOT revoked
				AND (g.account = who OR EXISTS (
					SELECT FROM memberships m
					WHERE m.account = who AND m.organisation = g.organisation AND live))));
END
$$;

-- Registers several records with one content each, in the caller's transaction.
CREATE FUNCTION register(first bigint, who bytea, house int, whose bytea, contents bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM memberships WHERE account = who AND organisation = house AND live) THEN
		RAISE 'not a member';
	END IF;
	IF NOT permits(whose, who, 'write', 'TREAT') THEN
		RAISE 'the patient has not consented';
	END IF;
	INSERT INTO records (id, patient, organisation, author)
		SELECT sha256(int8send(first) || int4send(i)), whose, house, who
		FROM generate_subscripts(contents, 1) i;
	INSERT INTO versions (record, version, content)
		SELECT sha256(int8send(first) || int4send(i)), 1, contents[i]
		FROM generate_subscripts(contents, 1) i;
END
$$;

ALTER TABLE records ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON records FOR SELECT TO reader
	USING (permits(patient, decode(current_setting('salus.reader'), 'hex'), 'read', 'TREAT'));
GRANT SELECT ON records TO reader;
GRANT EXECUTE ON FUNCTION register TO author;

INSERT INTO memberships SELECT sha256(int4send(i)), 1, 'practitioner' FROM generate_series(0, 15) i;
INSERT INTO grants VALUES
	(sha256('patient'), NULL, 1, '{TREAT}', '{write}'),
	(sha256('patient'), sha256(int4send(1)), NULL, '{TREAT}', '{read}');
