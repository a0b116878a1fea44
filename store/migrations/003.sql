-- What networks were trained on and how; labels are compared only within one.
CREATE TABLE trainings (
  id   INTEGER PRIMARY KEY,
  json TEXT NOT NULL UNIQUE -- source, program, data, recipe, epochs, resolution, seed, versions
) STRICT;

-- The accuracy that a network reached in training, or why it reached none.
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

-- Labels in columns, for queries by hand. What failed has no top1.
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
