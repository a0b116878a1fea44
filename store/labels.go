package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/trtnas/trtnas/evaluator"
)

const insertLabel = `INSERT INTO labels (training, architecture, epoch, attempt, created, elapsed_ns, top1, images, failure)
	SELECT ?1, ?2, ?3, coalesce(max(attempt), 0) + 1, ?4, ?5, ?6, ?7, ?8 FROM labels WHERE training = ?1 AND architecture = ?2 AND epoch = ?3`

// AppendLabel keeps a label as the last attempt at its network and epoch; it is
// on disk when this returns.
func (s *Store) AppendLabel(ctx context.Context, t evaluator.Training, l evaluator.Label) error {
	training, err := json.Marshal(t)
	if err != nil {
		return err
	}
	arch, err := network{Arch: l.Arch}.text()
	if err != nil {
		return err
	}
	failure, err := optionalJSON(l.Failure)
	if err != nil {
		return err
	}
	scored := l.Failure == nil
	created := s.now().UTC().Truncate(time.Second).Format(time.RFC3339)
	return s.wrap(s.transaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO architectures VALUES (?,?) ON CONFLICT DO NOTHING", l.ID, arch); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO trainings (json) VALUES (?) ON CONFLICT DO NOTHING", asText(training)); err != nil {
			return err
		}
		var id int64
		if err := tx.QueryRowContext(ctx, "SELECT id FROM trainings WHERE json = ?", asText(training)).Scan(&id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertLabel, id, l.ID, l.Epoch, created, int64(l.Elapsed),
			sql.NullFloat64{Float64: l.Top1, Valid: scored}, sql.NullInt64{Int64: int64(l.Images), Valid: scored}, failure)
		return err
	}))
}

const labelColumns = `l.architecture, a.json, l.epoch, l.attempt, l.created, l.elapsed_ns, coalesce(l.top1, 0), coalesce(l.images, 0), l.failure, t.json
	FROM labels l JOIN trainings t ON t.id = l.training JOIN architectures a ON a.id = l.architecture`

// lastAttempt leaves out what was tried again.
const lastAttempt = `l.attempt = (SELECT max(attempt) FROM labels m WHERE m.training = l.training AND m.architecture = l.architecture AND m.epoch = l.epoch)`

// Labelled is a label with what it depends on.
type Labelled struct {
	Training evaluator.Training
	evaluator.Label
}

func scanLabel(row interface{ Scan(...any) error }) (Labelled, error) {
	var l Labelled
	var arch, created, training string
	var failure sql.NullString
	err := row.Scan(&l.ID, &arch, &l.Epoch, &l.Attempt, &created, &l.Elapsed, &l.Top1, &l.Images, &failure, &training)
	if err != nil {
		return l, err
	}
	var stored network
	if err := json.Unmarshal([]byte(arch), &stored); err != nil {
		return l, err
	}
	l.Arch = stored.Arch
	if l.Created, err = time.Parse(time.RFC3339, created); err != nil {
		return l, err
	}
	if l.Failure, err = fromJSON[evaluator.Failure](failure); err != nil {
		return l, err
	}
	return l, json.Unmarshal([]byte(training), &l.Training)
}

// Label is the last attempt's at the network and epoch; nil if there was none.
func (s *Store) Label(ctx context.Context, t evaluator.Training, id string, epoch int) (*evaluator.Label, error) {
	training, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	l, err := scanLabel(s.db.QueryRowContext(ctx, "SELECT "+labelColumns+" WHERE t.json = ? AND l.architecture = ? AND l.epoch = ? AND "+lastAttempt,
		asText(training), id, epoch))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &l.Label, s.wrap(err)
}

// Labels lists the last attempts at the networks, or at all networks if ids is
// nil, by training, network and epoch.
func (s *Store) Labels(ctx context.Context, ids []string) ([]Labelled, error) {
	wanted, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT "+labelColumns+" WHERE "+lastAttempt+
		" AND (?1 = 'null' OR l.architecture IN (SELECT value FROM json_each(?1))) ORDER BY l.training, l.architecture, l.epoch", asText(wanted))
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	var all []Labelled
	for rows.Next() {
		l, err := scanLabel(rows)
		if err != nil {
			return nil, s.wrap(err)
		}
		all = append(all, l)
	}
	return all, s.wrap(rows.Err())
}

// TrainingTime is the mean time that the training's networks took each, with all
// their attempts; 0 without any.
func (s *Store) TrainingTime(ctx context.Context, t evaluator.Training) (time.Duration, error) {
	training, err := json.Marshal(t)
	if err != nil {
		return 0, err
	}
	var mean float64
	err = s.db.QueryRowContext(ctx, `SELECT coalesce(avg(total), 0) FROM (
		SELECT sum(elapsed_ns) AS total FROM labels WHERE training = (SELECT id FROM trainings WHERE json = ?) GROUP BY architecture)`, asText(training)).Scan(&mean)
	return time.Duration(mean), s.wrap(err)
}

// TrainedNetworks counts, by the run's ID, the networks that have a label.
func (s *Store) TrainedNetworks(ctx context.Context) (map[int64]int, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT e.run, count(DISTINCT l.architecture)
		FROM (SELECT DISTINCT architecture FROM labels WHERE failure IS NULL) l
		JOIN evaluations e ON e.architecture = l.architecture GROUP BY e.run`)
	if err != nil {
		return nil, s.wrap(err)
	}
	defer rows.Close()
	counts := map[int64]int{}
	for rows.Next() {
		var run int64
		var n int
		if err := rows.Scan(&run, &n); err != nil {
			return nil, s.wrap(err)
		}
		counts[run] = n
	}
	return counts, s.wrap(rows.Err())
}
