-- Zero-cost proxies of untrained networks, which are no accuracies, or why there
-- is none. Scores are compared only within proxy and conditions.
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
