package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/trtnas/trtnas/evaluator"
)

// Elapsed lists the device's time that each measurement under the conditions
// took: building, timing, and all attempts.
func (s *Store) Elapsed(ctx context.Context, c evaluator.Conditions) ([]time.Duration, error) {
	conditions, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT measurement ->> '$.elapsed_ns' FROM timings
		WHERE measurement IS NOT NULL AND conditions = (SELECT id FROM conditions WHERE json = ?) ORDER BY created, architecture`, asText(conditions))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var all []time.Duration
	for rows.Next() {
		var d time.Duration
		if err := rows.Scan(&d); err != nil {
			return nil, s.wrap(err)
		}
		all = append(all, d)
	}
	return all, s.wrap(rows.Err())
}
