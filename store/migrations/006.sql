-- The front without networks that their searches reject: their accuracy is
-- predicted, and they lie outside the range that the model was fitted on.
DROP VIEW front;
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
