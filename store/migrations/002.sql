ALTER TABLE results ADD COLUMN memory_bytes INTEGER NOT NULL DEFAULT 0; -- on the device, beside the weights; 0 where it was not measured

-- What devices measured, raw. Session 1 gave the result its latency; in later
-- sessions the network was built and timed again.
CREATE TABLE timings (
  conditions   INTEGER NOT NULL,
  architecture TEXT    NOT NULL,
  session      INTEGER NOT NULL, -- from 1
  created      TEXT    NOT NULL, -- RFC 3339
  measurement  TEXT,             -- JSON: samples, interval, engine, health, reference, check; NULL if it failed
  failure      TEXT,             -- JSON: class and message
  PRIMARY KEY (conditions, architecture, session),
  FOREIGN KEY (conditions, architecture) REFERENCES results (conditions, architecture)
) STRICT, WITHOUT ROWID;

-- Timings in columns, for queries by hand. Samples are in timings.measurement.
CREATE VIEW timings_overview AS
SELECT
  t.architecture, t.session, t.created,
  json_extract(a.json, '$.name') AS name, -- of a network that is no architecture of a space
  json_extract(c.json, '$.device') AS device,
  json_extract(c.json, '$.driver') AS driver,
  json_extract(c.json, '$.tensorrt') AS tensorrt,
  json_extract(c.json, '$.precision') AS precision,
  json_extract(c.json, '$.batch') AS batch,
  json_extract(c.json, '$.resolution[0]') || 'x' || json_extract(c.json, '$.resolution[1]') AS resolution,
  json_extract(t.measurement, '$.median.value_ns') / 1e6 AS median_ms,
  json_extract(t.measurement, '$.median.low_ns') / 1e6 AS low_ms,
  json_extract(t.measurement, '$.median.high_ns') / 1e6 AS high_ms,
  json_array_length(t.measurement, '$.samples_ns') AS samples,
  json_extract(t.measurement, '$.converged') AS converged,
  json_extract(t.measurement, '$.checked') AS checked,
  json_extract(t.measurement, '$.reference.factor') AS drift,
  json_extract(t.measurement, '$.engine.build_ns') / 1e9 AS build_s,
  json_extract(t.measurement, '$.engine.bytes') AS engine_bytes,
  json_extract(t.failure, '$.class') AS failure
FROM timings t
JOIN conditions c ON c.id = t.conditions
JOIN architectures a ON a.id = t.architecture;

-- Latency profiles: models of devices, fitted on what was measured there, or
-- imported. A prediction's conditions name the profile and its content.
CREATE TABLE profiles (
  name    TEXT PRIMARY KEY,
  profile TEXT NOT NULL, -- JSON: device, constants, interval, origin of the rows
  report  TEXT,          -- JSON: cross-validated errors; NULL if there is none
  created TEXT NOT NULL  -- RFC 3339
) STRICT, WITHOUT ROWID;
