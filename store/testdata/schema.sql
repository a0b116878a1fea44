CREATE TABLE architectures (
  id   TEXT PRIMARY KEY, -- 16 hexadecimal digits
  json TEXT NOT NULL     -- stem, reduction, stages
) STRICT, WITHOUT ROWID;
CREATE TABLE conditions (
  id   INTEGER PRIMARY KEY,
  json TEXT NOT NULL UNIQUE -- device, driver, TensorRT, precision, batch, resolution, output, models
) STRICT;
CREATE TABLE evaluations (
  run          INTEGER NOT NULL REFERENCES runs (id),
  seq          INTEGER NOT NULL, -- from 0
  generation   INTEGER NOT NULL, -- from 1
  architecture TEXT    NOT NULL REFERENCES architectures (id),
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;
CREATE VIEW front AS
SELECT run, architecture, latency_ms, latency_source, accuracy, accuracy_bound, accuracy_source, params, macs
FROM (
  SELECT
    u.name AS run, r.architecture, r.latency_ns / 1e6 AS latency_ms, r.latency_source,
    r.accuracy, r.accuracy_bound, r.accuracy_source, r.params, r.macs,
    max(r.accuracy_bound) OVER (
      PARTITION BY u.id ORDER BY r.latency_ns, r.accuracy_bound DESC, e.seq
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS better
  FROM runs u
  JOIN evaluations e ON e.run = u.id
  JOIN results r ON r.conditions = u.conditions AND r.architecture = e.architecture
  WHERE r.failure_class IS NULL AND r.latency_ns <= u.budget_ns
    AND (r.accuracy_source <> 'predicted' OR r.accuracy_extrapolated = 0 OR coalesce(json_extract(u.settings, '$.extrapolate'), 0))
)
WHERE better IS NULL OR accuracy_bound > better;
CREATE TABLE generations (
  run         INTEGER NOT NULL REFERENCES runs (id),
  number      INTEGER NOT NULL, -- from 1
  evaluated   INTEGER NOT NULL, -- networks so far
  hypervolume REAL    NOT NULL,
  state       TEXT    NOT NULL, -- JSON: the population
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE labels (
  training     INTEGER NOT NULL REFERENCES trainings (id),
  architecture TEXT    NOT NULL REFERENCES architectures (id),
  epoch        INTEGER NOT NULL, -- after which it was counted
  attempt      INTEGER NOT NULL, -- from 1; the last one counts
  created      TEXT    NOT NULL, -- RFC 3339
  elapsed_ns   INTEGER NOT NULL, -- of this training, without what an earlier one had done
  top1         REAL,             -- per cent; NULL if it failed
  images       INTEGER,          -- that top1 was counted on; NULL if it failed
  failure      TEXT,             -- JSON: class and message
  PRIMARY KEY (training, architecture, epoch, attempt)
) STRICT, WITHOUT ROWID;
CREATE VIEW labels_overview AS
SELECT
  l.architecture, l.epoch, json_extract(t.json, '$.epochs') AS epochs, l.attempt, l.created,
  json_extract(t.json, '$.source') AS source,
  json_extract(t.json, '$.data') AS data,
  json_extract(t.json, '$.recipe') AS recipe,
  json_extract(t.json, '$.resolution') AS resolution,
  json_extract(t.json, '$.seed') AS seed,
  l.top1, l.images, l.elapsed_ns / 1e9 AS elapsed_s,
  json_extract(l.failure, '$.class') AS failure
FROM labels l JOIN trainings t ON t.id = l.training;
CREATE VIEW measurements AS
SELECT
  r.architecture,
  json_extract(c.json, '$.device') AS device,
  json_extract(c.json, '$.tensorrt') AS tensorrt,
  json_extract(c.json, '$.precision') AS precision,
  json_extract(c.json, '$.batch') AS batch,
  json_extract(c.json, '$.resolution') AS resolution,
  json_extract(c.json, '$.output') AS output,
  r.latency_ns / 1e6 AS latency_ms,
  r.latency_low_ns / 1e6 AS latency_low_ms,
  r.latency_high_ns / 1e6 AS latency_high_ms,
  r.latency_source,
  r.accuracy, r.accuracy_low, r.accuracy_high, r.accuracy_bound, r.accuracy_source,
  r.params, r.macs, r.failure_class, r.failure_message
FROM results r JOIN conditions c ON c.id = r.conditions;
CREATE TABLE profiles (
  name    TEXT PRIMARY KEY,
  profile TEXT NOT NULL, -- JSON: device, constants, interval, origin of the rows
  report  TEXT,          -- JSON: cross-validated errors; NULL if there is none
  created TEXT NOT NULL  -- RFC 3339
) STRICT, WITHOUT ROWID;
CREATE TABLE proxies (
  architecture TEXT    NOT NULL REFERENCES architectures (id),
  proxy        TEXT    NOT NULL, -- such as meco
  conditions   TEXT    NOT NULL, -- JSON: pass, batch, resolution, version of the definitions, libraries
  seed         INTEGER NOT NULL, -- of weights and images
  score        REAL,             -- NULL if it failed
  failure      TEXT,
  cost_ns      INTEGER NOT NULL, -- of the pass that gave it, and others with it
  PRIMARY KEY (architecture, proxy, conditions, seed)
) STRICT, WITHOUT ROWID;
CREATE TABLE results (
  conditions            INTEGER NOT NULL REFERENCES conditions (id),
  architecture          TEXT    NOT NULL REFERENCES architectures (id),
  params                INTEGER NOT NULL,
  macs                  INTEGER NOT NULL, -- multiply-accumulates for one image
  latency_ns            INTEGER NOT NULL, -- of one batch
  latency_low_ns        INTEGER NOT NULL,
  latency_high_ns       INTEGER NOT NULL,
  latency_level         REAL    NOT NULL, -- probability that the interval holds the true latency
  latency_source        TEXT    NOT NULL, -- predicted, measured, remeasured, simulated or published
  latency_extrapolated  INTEGER NOT NULL,
  accuracy              REAL    NOT NULL, -- ImageNet-1k top-1 in per cent
  accuracy_low          REAL    NOT NULL,
  accuracy_high         REAL    NOT NULL,
  accuracy_level        REAL    NOT NULL,
  accuracy_bound        REAL    NOT NULL, -- what a search maximises
  accuracy_source       TEXT    NOT NULL, -- predicted, trained, external or published
  accuracy_extrapolated INTEGER NOT NULL,
  failure_class         TEXT, -- NULL for a score; then the figures above are 0
  failure_message       TEXT, memory_bytes INTEGER NOT NULL DEFAULT 0, engine_bytes INTEGER NOT NULL DEFAULT 0, energy_j REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (conditions, architecture)
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,
  settings   TEXT    NOT NULL, -- JSON: all that the trajectory depends on
  budget_ns  INTEGER NOT NULL, -- latency of one batch
  conditions INTEGER NOT NULL REFERENCES conditions (id),
  created    TEXT    NOT NULL, -- RFC 3339
  reason     TEXT              -- why the run is over; NULL while it is not
) STRICT;
CREATE VIEW runs_overview AS
SELECT
  u.name, u.created, u.budget_ns / 1e6 AS budget_ms,
  json_extract(c.json, '$.device') AS device,
  (SELECT count(*) FROM evaluations e WHERE e.run = u.id) AS evaluated,
  coalesce(u.reason, 'unfinished') AS state
FROM runs u JOIN conditions c ON c.id = u.conditions;
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
CREATE TABLE trainings (
  id   INTEGER PRIMARY KEY,
  json TEXT NOT NULL UNIQUE -- source, program, data, recipe, epochs, resolution, seed, versions
) STRICT;
