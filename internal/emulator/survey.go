package emulator

import (
	"context"
	"errors"
	"io"
	"strings"

	"askflow/internal/check"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/records"
)

// Survey is what is known of a run before anything of it runs.
type Survey struct {
	Flow *flow.Flow
	// Schema has the properties that the records bring, too.
	Schema hubspot.Schema
	Total  int64
	// Found are those of the wanted ids that the records have.
	Found map[string]bool
	// Answers is where the answers would come from.
	Answers string
	// Inputs are the SHA-256 sums of the records' files, by path.
	Inputs map[string]string

	p *prepared
}

// Records opens the records that were surveyed, from the start.
func (s *Survey) Records() *Fixtures { return fixturesOf(s.p) }

// Survey reads the records that a request would consider, and looks for some of them.
func (e *Emulator) Survey(ctx context.Context, req Request, wanted map[string]bool) (*Survey, error) {
	s, err := e.settle(req)
	if err != nil {
		return nil, err
	}
	if err := e.readable(s); err != nil {
		return nil, err
	}
	schema := cloneSchema(e.Portal.Schema)
	p := &prepared{settled: s, inputs: map[string]string{}}
	if err := e.scanRecords(ctx, p, schema); err != nil {
		return nil, err
	}
	if err := e.faultable(s); err != nil {
		return nil, err
	}
	out := &Survey{Flow: p.flow, Schema: schema, Total: p.total, Found: map[string]bool{}, Answers: s.answers, Inputs: p.inputs, p: p}
	if len(wanted) == 0 {
		return out, nil
	}
	src := records.Open(p.objectType().Name, p.files, p.options)
	defer func() { _ = src.Close() }() // it was only read
	for len(out.Found) < len(wanted) {
		rec, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if wanted[rec.ID] {
			out.Found[strings.Clone(rec.ID)] = true // the id alone, not the whole row that it is a part of
		}
	}
	return out, nil
}

// faultable says why the faults that a request names cannot be had.
func (e *Emulator) faultable(s *settled) error {
	if s.req.Faults != "" && s.asksLive() {
		return noFaults(s.answers)
	}
	_, err := e.faults(&prepared{settled: s, inputs: map[string]string{}})
	return err
}

// noFaults is the error for faults where the real API is asked.
func noFaults(answers string) *Error {
	return usage("usage", "run with --answers scripted", "--faults needs the simulated API; answers: %s asks the real one", answers)
}

// Runnable says why a run of the request over surveyed records would not begin: its workflow has errors, or asks and is locked. It looks
// at no record; nil promises nothing of what the account, a budget or the model say.
func (e *Emulator) Runnable(req Request, of *Survey) error {
	s, err := e.settle(req)
	if err != nil {
		return err
	}
	problems := append(e.otherFiles(s, false), check.Flow(e.Portal, s.flow, check.Options{Schema: of.Schema, Models: e.Models, Now: s.now})...)
	if problems.HasErrors() {
		return invalid("the workflow "+s.flow.FileName, problems)
	}
	return e.unlocked(&prepared{settled: s})
}
