ALTER TABLE results ADD COLUMN engine_bytes INTEGER NOT NULL DEFAULT 0; -- of the engine's file; 0 where it was not measured
ALTER TABLE results ADD COLUMN energy_j REAL NOT NULL DEFAULT 0; -- for one image; 0 where it was not measured
