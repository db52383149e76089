package emulator

import (
	"context"
	"errors"
	"io"
	"strings"

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
