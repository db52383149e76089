package emulator

import (
	"context"
	"errors"
	"io"

	"askflow/internal/action"
	"askflow/internal/engine"
	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/source"
)

// Scan reads the records files of an object type and says what is in them and what is wrong with them.
func (e *Emulator) Scan(ctx context.Context, objectType string) (*records.Summary, source.Problems, error) {
	return e.scan(ctx, cloneSchema(e.Portal.Schema), objectType, e.Portal.RecordFiles[objectType])
}

// EachRecord calls fn for every record of an object type, in the order of the files, until it returns an error.
func (e *Emulator) EachRecord(ctx context.Context, objectType string, fn func(*hubspot.Record) error) error {
	files := e.Portal.RecordFiles[objectType]
	schema := cloneSchema(e.Portal.Schema)
	if _, problems, err := e.scan(ctx, schema, objectType, files); err != nil || problems.HasErrors() {
		if err != nil {
			return err
		}
		return invalid("the records", problems)
	}
	src := records.Open(objectType, files, records.Options{Properties: schema.Of(objectType), Users: e.Portal.Users})
	defer func() { _ = src.Close() }()
	for ctx.Err() == nil {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Eligibility is whether a workflow would enroll a record, and why not.
type Eligibility struct {
	Workflow string `json:"workflow"`
	Enrolls  bool   `json:"enrolls"`
	Reason   string `json:"reason,omitempty"`
}

// Eligible asks every workflow of the record's object type whether it would enroll the record. A workflow that cannot
// run says so.
func (e *Emulator) Eligible(ctx context.Context, rec *hubspot.Record) []Eligibility {
	out := []Eligibility{}
	for _, f := range e.Portal.Flows {
		if f.ObjectType().Name != rec.ObjectType {
			continue
		}
		el := Eligibility{Workflow: f.FileName}
		p, err := e.prepare(ctx, Request{Workflow: f.File, Seed: 1}, &planner{})
		if err != nil {
			el.Reason = "the workflow cannot run: " + err.Error()
		} else {
			el.Enrolls, el.Reason = p.program.Considers(rec)
		}
		out = append(out, el)
	}
	return out
}

var (
	_ action.World  = (*world)(nil)
	_ engine.Source = (*records.Reader)(nil)
)
