PRAGMA application_id = 1129860435;
BEGIN TRANSACTION;
CREATE TABLE customers (
	source TEXT NOT NULL, 
	object TEXT NOT NULL, 
	updated_at BIGINT, 
	gone_at BIGINT, 
	id TEXT NOT NULL, 
	persona TEXT, 
	since BIGINT, 
	dims TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, id)
);
CREATE TABLE erased (
	digest TEXT NOT NULL, 
	erased_at BIGINT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE exports (
	folder TEXT NOT NULL, 
	format TEXT NOT NULL, 
	exported_at BIGINT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (folder)
);
CREATE TABLE interactions (
	source TEXT NOT NULL, 
	object TEXT NOT NULL, 
	updated_at BIGINT, 
	gone_at BIGINT, 
	id TEXT NOT NULL, 
	customer TEXT NOT NULL, 
	touchpoint TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	journey TEXT, 
	stage TEXT, 
	channel TEXT, 
	dims TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, id)
);
CREATE TABLE invitations (
	source TEXT NOT NULL, 
	object TEXT NOT NULL, 
	updated_at BIGINT, 
	gone_at BIGINT, 
	id TEXT NOT NULL, 
	customer TEXT NOT NULL, 
	survey TEXT NOT NULL, 
	sent_at BIGINT NOT NULL, 
	channel TEXT, 
	delivered BOOLEAN, 
	answered_at BIGINT, 
	touchpoint TEXT, 
	dims TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, id)
);
INSERT INTO "invitations" VALUES('local','i',NULL,NULL,'i','c1','s',1780315200000000,NULL,1,NULL,NULL,'{}',7627650139561676037);
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('id','fc9734e4d84d4cb581eb6272dbb0d51e',8943885623048687219);
INSERT INTO "meta" VALUES('schema','1',-1154469686345164166);
INSERT INTO "meta" VALUES('tables','f824856491afcdf2bd97f11e911d3aa3',-7191683302420892482);
CREATE TABLE names (
	stream TEXT NOT NULL, 
	dim TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (stream, dim)
);
INSERT INTO "names" VALUES('responses','n',321862630129690260);
INSERT INTO "names" VALUES('responses','shop',2434334873258840415);
CREATE TABLE outcomes (
	source TEXT NOT NULL, 
	object TEXT NOT NULL, 
	updated_at BIGINT, 
	gone_at BIGINT, 
	id TEXT NOT NULL, 
	customer TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	value DOUBLE NOT NULL, 
	at BIGINT NOT NULL, 
	dims TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, id)
);
CREATE TABLE receipts (
	number INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	status TEXT NOT NULL, 
	receipt TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (number)
);
CREATE TABLE refused (
	source TEXT NOT NULL, 
	stream TEXT NOT NULL, 
	object TEXT NOT NULL, 
	record TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	raw TEXT NOT NULL, 
	context TEXT NOT NULL, 
	reasons TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	refused_at BIGINT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, stream, object, record, digest)
);
INSERT INTO "refused" VALUES('v','responses','x','','6903fb303cd60ccb0a2b9c2592fa773b','{"a": 1}','{}','["off"]',1,1780315200000000,2366786243541768605);
CREATE TABLE responses (
	source TEXT NOT NULL, 
	object TEXT NOT NULL, 
	updated_at BIGINT, 
	gone_at BIGINT, 
	id TEXT NOT NULL, 
	rating DOUBLE, 
	scale TEXT NOT NULL, 
	scale_labels TEXT, 
	question TEXT, 
	customer TEXT, 
	respondent TEXT NOT NULL, 
	verbatim TEXT, 
	language TEXT, 
	weight DOUBLE NOT NULL, 
	asked_at BIGINT, 
	answered_at BIGINT, 
	touchpoint TEXT, 
	interaction TEXT, 
	dims TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, id)
);
INSERT INTO "responses" VALUES('v','r1',1780315200000000,NULL,'r1',9.0,'0:10',NULL,NULL,'c1','customer','Très bien',NULL,1.0,1772323200000000,NULL,NULL,NULL,'{"shop":"N","n":1.5}',2634599807006753148);
INSERT INTO "responses" VALUES('v','o2',NULL,NULL,'r2',NULL,'0:1','["no","yes"]','again',NULL,'customer',NULL,NULL,1.0,NULL,NULL,NULL,NULL,'{}',-4640277634653421413);
CREATE TABLE states (
	source TEXT NOT NULL, 
	stream TEXT NOT NULL, 
	state TEXT NOT NULL, 
	checksum BIGINT NOT NULL, 
	PRIMARY KEY (source, stream)
);
INSERT INTO "states" VALUES('v','responses','{"at_mark": [], "began": null, "field": "updated", "filters": "", "mark": null, "objects": 0, "resume": {"page": 2}, "seen": null, "start": null, "version": 1}',457881129553586768);
CREATE INDEX responses_of_object ON responses (source, object) WHERE object != id;
CREATE INDEX customers_of_object ON customers (source, object) WHERE object != id;
CREATE INDEX interactions_of_object ON interactions (source, object) WHERE object != id;
CREATE INDEX invitations_of_object ON invitations (source, object) WHERE object != id;
CREATE INDEX outcomes_of_object ON outcomes (source, object) WHERE object != id;
COMMIT;
