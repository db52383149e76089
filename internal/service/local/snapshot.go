package local

import (
	"context"
	"sync"
	"time"

	"askflow/internal/check"
	"askflow/internal/emulator"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// snapshot is the portal as its files stood at one moment, and what was worked out about it.
type snapshot struct {
	e     *emulator.Emulator
	files stamps
	now   func() time.Time

	// turn is taken by whoever works out what is below.
	turn   chan struct{}
	schema hubspot.Schema
	whole  bool // the records files were read to their ends for the schema
	found  source.Problems
	done   bool

	counting sync.Once
}

func newSnapshot(e *emulator.Emulator, files stamps, now func() time.Time) *snapshot {
	return &snapshot{e: e, files: files, now: now, turn: make(chan struct{}, 1)}
}

func (s *snapshot) begin(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *snapshot) end() { <-s.turn }

// columns makes the schema from what the records files show at their start; partly tells that more may follow.
func (s *snapshot) columns(ctx context.Context) (schema hubspot.Schema, partly bool, err error) {
	schema = hubspot.Schema{}
	for t, properties := range s.e.Portal.Schema {
		schema[t] = properties
	}
	for t := range s.e.Portal.RecordFiles {
		pager, err := s.e.RecordPages(t)
		if err != nil {
			return nil, false, err
		}
		columns, all := pager.Columns(ctx)
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		partly = partly || !all
		schema[t] = withInferred(schema.Of(t), t, columns)
	}
	return schema, partly, nil
}

// withInferred is a set with the properties that no definition covers.
func withInferred(set *hubspot.Properties, objectType string, columns []hubspot.Property) *hubspot.Properties {
	var out *hubspot.Properties
	for _, c := range columns {
		if !c.Inferred {
			continue
		}
		if out == nil {
			out = hubspot.NewProperties(objectType, nil)
			for _, name := range set.Names() {
				if p, ok := set.Get(name); ok {
					out.Add(p)
				}
			}
		}
		out.Add(c)
	}
	if out == nil {
		return set
	}
	return out
}

// settle works out the schema, once. With whole, records files whose start does not show all their properties are read to
// their ends. The caller has its turn.
func (s *snapshot) settle(ctx context.Context, whole bool) (partly bool, err error) {
	if s.schema == nil {
		schema, partly, err := s.columns(ctx)
		if err != nil {
			return false, err
		}
		s.schema, s.whole = schema, !partly
	}
	if !whole || s.whole {
		return !s.whole, nil
	}
	_, schema, _ := s.e.Portal.Scan(ctx)
	if err := ctx.Err(); err != nil {
		return true, err
	}
	s.schema, s.whole = schema, true
	return false, nil
}

// checked calls fn with the options of a check. When what it finds may come from properties that the start of the records
// files does not show, they are read whole, and fn is called again.
func (s *snapshot) checked(ctx context.Context, fn func(check.Options) source.Problems) (source.Problems, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	return s.checkedInTurn(ctx, fn)
}

func (s *snapshot) checkedInTurn(ctx context.Context, fn func(check.Options) source.Problems) (source.Problems, error) {
	partly, err := s.settle(ctx, false)
	if err != nil {
		return nil, err
	}
	found := fn(s.options())
	if !partly || !unknownProperty(found) {
		return found, nil
	}
	if _, err := s.settle(ctx, true); err != nil {
		return nil, err
	}
	return fn(s.options()), nil
}

func unknownProperty(found source.Problems) bool {
	for _, p := range found {
		if p.Code == "unknown_property" {
			return true
		}
	}
	return false
}

func (s *snapshot) options() check.Options {
	return check.Options{Schema: s.schema, Models: s.e.Models, Today: s.now()}
}

// problems are what checking the whole portal finds, its records aside. It is worked out once.
func (s *snapshot) problems(ctx context.Context) (source.Problems, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	if s.done {
		return s.found, nil
	}
	found, err := s.checkedInTurn(ctx, func(opt check.Options) source.Problems { return check.Portal(s.e.Portal, opt) })
	if err != nil {
		return nil, err
	}
	s.found, s.done = found, true
	return found, nil
}

// properties are those of an object type, as checks know them.
func (s *snapshot) properties(ctx context.Context, objectType string) (*hubspot.Properties, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	if _, err := s.settle(ctx, false); err != nil {
		return nil, err
	}
	return s.schema.Of(objectType), nil
}

// workflow reads a workflow's text as if its file held it, and checks it.
func (s *snapshot) workflow(ctx context.Context, file string, text []byte) (*flow.Flow, source.Problems, error) {
	p, f, found := s.e.Portal.WithWorkflow(file, text)
	if f == nil {
		return nil, found, nil
	}
	found, err := s.checked(ctx, func(opt check.Options) source.Problems {
		out := append(check.Flow(p, f, opt), check.Refusals(p, f)...)
		out.Sort()
		return out
	})
	return f, found, err
}
