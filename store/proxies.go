package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/trtnas/trtnas/evaluator/zerocost"
)

// AppendProxies keeps a network's scores; they are on disk when it returns. A
// score that is there already stays.
func (s *Store) AppendProxies(ctx context.Context, n zerocost.Network, c zerocost.Conditions, scores []zerocost.Score) error {
	conditions, err := json.Marshal(c)
	if err != nil {
		return err
	}
	stored := network{Name: n.Name}
	if n.Arch != nil {
		stored = network{Arch: *n.Arch}
	}
	arch, err := stored.text()
	if err != nil {
		return err
	}
	return s.wrap(s.transaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO architectures VALUES (?,?) ON CONFLICT DO NOTHING", n.ID, arch); err != nil {
			return err
		}
		for _, p := range scores {
			failed := p.Failure != ""
			_, err := tx.ExecContext(ctx, "INSERT INTO proxies VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", n.ID, string(p.Proxy), asText(conditions), int64(p.Seed),
				sql.NullFloat64{Float64: p.Value, Valid: !failed}, sql.NullString{String: p.Failure, Valid: failed}, int64(p.Cost))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// Proxies are the scores of the networks under the conditions, by ID; in the
// order of proxies and seeds.
func (s *Store) Proxies(ctx context.Context, c zerocost.Conditions, ids []string) (map[string][]zerocost.Score, error) {
	conditions, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	wanted, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT p.architecture, p.proxy, p.seed, coalesce(p.score, 0), coalesce(p.failure, ''), p.cost_ns
		FROM json_each(?) w CROSS JOIN proxies p ON p.architecture = w.value AND p.conditions = ?
		ORDER BY p.architecture, p.proxy, p.seed`, asText(wanted), asText(conditions))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	found := map[string][]zerocost.Score{}
	for rows.Next() {
		var id string
		var seed int64
		var p zerocost.Score
		if err := rows.Scan(&id, &p.Proxy, &seed, &p.Value, &p.Failure, &p.Cost); err != nil {
			return nil, s.wrap(err)
		}
		p.Seed = uint64(seed)
		found[id] = append(found[id], p)
	}
	return found, s.wrap(rows.Err())
}
