package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// line is a stream of jobs of one kind, and one of what became of them. A user's
// own streams of these names are used as they are, so that they may have
// replicas.
type line struct {
	jobSubjects     string // .FINGERPRINT and a job's key
	outcomeSubjects string // . and a job's key
	doneSubjects    string // likewise: outcomes that are kept for good

	jobsAs, outcomesAs jetstream.StreamConfig // as they are made
	jobs, outcomes     jetstream.Stream
}

// How long and how much the server keeps. Outcomes wait for the search that
// asked for them, which may be resumed days later; labels cost hours each.
const (
	outcomeAge   = 7 * 24 * time.Hour
	labelAge     = 30 * 24 * time.Hour
	outcomeBytes = 1 << 30
	mostJobs     = 100_000
)

func measuringLine() line {
	return newLine("trtnas.job", "trtnas.outcome", "trtnas.done",
		jetstream.StreamConfig{Name: "TRTNAS_JOBS", Description: "networks that trtnas wants measured", MaxMsgSize: maxJob + maxHeaders},
		jetstream.StreamConfig{Name: "TRTNAS_OUTCOMES", Description: "what trtnas's workers measured", MaxMsgSize: maxOutcome + maxHeaders, MaxAge: outcomeAge})
}

func trainingLine() line {
	return newLine("trtnas.training", "trtnas.label", "trtnas.labelled",
		jetstream.StreamConfig{Name: "TRTNAS_TRAININGS", Description: "networks that trtnas wants trained", MaxMsgSize: maxTraining + maxHeaders},
		jetstream.StreamConfig{Name: "TRTNAS_LABELS", Description: "what trtnas's workers trained", MaxMsgSize: maxLabel + maxHeaders, MaxAge: labelAge})
}

// maxHeaders is room for the headers of a message, which count to its size.
const maxHeaders = 1 << 10

func newLine(jobSubjects, outcomeSubjects, doneSubjects string, jobs, outcomes jetstream.StreamConfig) line {
	jobs.Subjects = []string{jobSubjects + ".>"}
	jobs.Retention, jobs.MaxMsgs, jobs.Discard = jetstream.WorkQueuePolicy, mostJobs, jetstream.DiscardNew
	outcomes.Subjects, outcomes.MaxBytes = []string{outcomeSubjects + ".>"}, outcomeBytes
	outcomes.RePublish = &jetstream.RePublish{Source: outcomeSubjects + ".>", Destination: doneSubjects + ".>"}
	return line{jobSubjects: jobSubjects, outcomeSubjects: outcomeSubjects, doneSubjects: doneSubjects, jobsAs: jobs, outcomesAs: outcomes}
}

// open finds the streams, and makes those that the server lacks.
func (l *line) open(ctx context.Context, server jetstream.JetStream) (err error) {
	if l.jobs, err = stream(ctx, server, l.jobsAs); err != nil {
		return err
	}
	l.outcomes, err = stream(ctx, server, l.outcomesAs)
	return err
}

func stream(ctx context.Context, server jetstream.JetStream, c jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := server.Stream(ctx, c.Name)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return s, err
	}
	s, err = server.CreateStream(ctx, c)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // made by another at this moment
		return server.Stream(ctx, c.Name)
	}
	return s, err
}

// outcome is what became of a job, as check accepts it; nil while nothing did.
func (l *line) outcome(ctx context.Context, key string, check func([]byte) error) ([]byte, error) {
	m, err := l.outcomes.GetLastMsgForSubject(ctx, l.outcomeSubjects+"."+key)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := check(m.Data); err != nil {
		return nil, malformed{err}
	}
	return m.Data, nil
}
